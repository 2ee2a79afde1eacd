using Microsoft.ML;

namespace MLNet.RandomPruning.Tests;

/// <summary>Data that counts what is asked of it, and may be read only once or fail at a row.</summary>
public sealed class WatchedDataView(IDataView source) : IDataView
{
    public int RowsRead { get; private set; }

    public List<string[]> ColumnsAsked { get; } = [];

    public bool ReadableOnce { get; init; }

    public long? FailsAtRow { get; init; }

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        if (ReadableOnce && ColumnsAsked.Count > 0)
        {
            throw new InvalidOperationException("This data can be read only once.");
        }

        var columns = columnsNeeded.ToArray();
        ColumnsAsked.Add([.. columns.Select(column => column.Name)]);
        return new Cursor(this, source.GetRowCursor(columns, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(WatchedDataView view, DataViewRowCursor source) : DataViewRowCursor
    {
        public override DataViewSchema Schema => source.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool MoveNext()
        {
            if (view.FailsAtRow == source.Position + 1)
            {
                throw new InvalidOperationException($"Row {view.FailsAtRow} cannot be read.");
            }

            bool moved = source.MoveNext();
            view.RowsRead += moved ? 1 : 0;
            return moved;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<Microsoft.ML.Data.DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                source.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
