using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// Data with scores. Nothing is computed until a cursor asks for the scores or the predicted label; cursors are independent of
/// each other and may run at once.
/// </summary>
internal sealed class ScoredDataView(IHost host, ScoreMapper mapper, IDataView source) : IDataView
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
            return columns.Any(mapper.IsAdded) ? new ScoringCursor(host, mapper, cursor, columns) : new PassingCursor(mapper, cursor, columns);
        }
        catch
        {
            cursor.Dispose();
            throw;
        }
    }
}
