using Microsoft.ML;

namespace MLNet.RandomPruning.Rows;

/// <summary>
/// Data with added columns. Nothing is read or computed until a cursor asks for it; cursors are independent of each other and may
/// run at once.
/// </summary>
internal sealed class ColumnAddingDataView(ColumnAddingMapper mapper, IDataView source) : IDataView
{
    public DataViewSchema Schema => mapper.OutputSchema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return Wrap(source.GetRowCursor(mapper.GetDependencies(columns).ToArray(), rand), columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return [.. source.GetRowCursorSet(mapper.GetDependencies(columns).ToArray(), n, rand).Select(cursor => Wrap(cursor, columns))];
    }

    private DataViewRowCursor Wrap(DataViewRowCursor cursor, DataViewSchema.Column[] columns)
    {
        try
        {
            return mapper.OpenCursor(cursor, columns);
        }
        catch
        {
            cursor.Dispose();
            throw;
        }
    }
}
