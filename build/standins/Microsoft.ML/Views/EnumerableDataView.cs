namespace Microsoft.ML.Data;

/// <summary>A data view over objects of a row class. Over a list it can be shuffled; each cursor enumerates by itself, as far as it is moved.</summary>
internal sealed class EnumerableDataView<TRow> : IDataView
    where TRow : class
{
    private readonly IEnumerable<TRow> _data;
    private readonly RowReader<TRow>[] _readers;

    public EnumerableDataView(IEnumerable<TRow> data, SchemaDefinition definition)
    {
        _data = data;
        RowColumn[] columns = RowColumn.Bind(typeof(TRow), SchemaDefinition.Direction.Read, definition);
        _readers = RowReader<TRow>.Create(columns);
        Schema = RowColumn.MakeSchema(columns);
    }

    public bool CanShuffle => _data is IList<TRow>;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        bool[] active = ColumnSet.Activate(Schema, columnsNeeded);
        return _data is IList<TRow> list
            ? new ListCursor(this, active, list, rand == null ? null : Permutation.Create(rand, list.Count))
            : new StreamCursor(this, active, _data.GetEnumerator());
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => new[] { GetRowCursor(columnsNeeded, rand) };

    private static TRow NotNull(TRow row)
        => row ?? throw new InvalidOperationException("Encountered null when iterating over data, this is not supported.");

    private abstract class Cursor : RootCursor
    {
        private readonly EnumerableDataView<TRow> _parent;

        protected Cursor(EnumerableDataView<TRow> parent, bool[] active)
            : base(parent.Schema, active)
        {
            _parent = parent;
        }

        protected abstract TRow Current();

        protected override Delegate MakeGetter(int column) => _parent._readers[column].MakeGetter(CurrentRow);

        private TRow CurrentRow()
        {
            CheckAtRow();
            return Current();
        }
    }

    private sealed class ListCursor : Cursor
    {
        private readonly IList<TRow> _list;
        private readonly int[] _order;
        private int _index = -1;

        public ListCursor(EnumerableDataView<TRow> parent, bool[] active, IList<TRow> list, int[] order)
            : base(parent, active)
        {
            _list = list;
            _order = order;
        }

        protected override TRow Current() => NotNull(_list[Row]);

        protected override DataViewRowId CurrentId() => new((ulong)Row, 0);

        protected override bool MoveNextCore() => ++_index < (_order?.Length ?? _list.Count);

        private int Row => _order == null ? _index : _order[_index];
    }

    private sealed class StreamCursor : Cursor
    {
        private readonly IEnumerator<TRow> _rows;

        public StreamCursor(EnumerableDataView<TRow> parent, bool[] active, IEnumerator<TRow> rows)
            : base(parent, active)
        {
            _rows = rows;
        }

        protected override TRow Current() => _rows.Current;

        protected override DataViewRowId CurrentId() => new((ulong)Position, 0);

        protected override bool MoveNextCore()
        {
            if (!_rows.MoveNext())
            {
                return false;
            }

            NotNull(_rows.Current);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _rows.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
