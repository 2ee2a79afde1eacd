namespace Microsoft.ML.Data;

/// <summary>A data view over objects of a row class, in their own order. Each cursor enumerates by itself, as far as it is moved.</summary>
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

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        bool[] active = ColumnSet.Activate(Schema, columnsNeeded);
        return _data is IList<TRow> list
            ? new ListCursor(this, active, list)
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
        private int _index = -1;

        public ListCursor(EnumerableDataView<TRow> parent, bool[] active, IList<TRow> list)
            : base(parent, active)
        {
            _list = list;
        }

        protected override TRow Current() => _list[_index];

        protected override DataViewRowId CurrentId() => new((ulong)_index, 0);

        protected override bool MoveNextCore()
        {
            if (++_index >= _list.Count)
            {
                return false;
            }

            NotNull(_list[_index]);
            return true;
        }
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
