namespace Microsoft.ML.Data;

/// <summary>Some consecutive rows of another data view, in its own order.</summary>
internal sealed class SkipTakeView : IDataView
{
    private readonly IDataView _source;
    private readonly long _skip;
    private readonly long _take;

    public SkipTakeView(IDataView source, long skip, long take)
    {
        _source = source;
        _skip = skip;
        _take = take;
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount()
        => _source.GetRowCount() is long count ? Math.Min(_take, Math.Max(0, count - _skip)) : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        DataViewSchema.Column[] columns = columnsNeeded.ToArray();
        return new Cursor(_source.GetRowCursor(columns), ColumnSet.Activate(Schema, columns), _skip, _take);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => new[] { GetRowCursor(columnsNeeded, rand) };

    private sealed class Cursor : FilterCursor
    {
        private long _skip;
        private long _take;

        public Cursor(DataViewRowCursor input, bool[] active, long skip, long take)
            : base(input, active)
        {
            _skip = skip;
            _take = take;
        }

        protected override bool MoveNextCore()
        {
            for (; _skip > 0; _skip--)
            {
                if (!Input.MoveNext())
                {
                    return false;
                }
            }

            return _take-- > 0 && Input.MoveNext();
        }
    }
}
