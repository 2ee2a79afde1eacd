namespace Microsoft.ML.Data;

/// <summary>
/// The rows whose place in [0, 1) is inside a range, or outside of it. A row's place is a function of a seed and of the row's number,
/// or of the value of a sampling key column, so that views with one seed and ranges that part [0, 1) part the rows.
/// </summary>
internal sealed class SplitView : IDataView
{
    private readonly IDataView _source;
    private readonly DataViewSchema.Column? _samplingKey;
    private readonly ulong _seed;
    private readonly double _lower;
    private readonly double _upper;
    private readonly bool _complement;

    public SplitView(IDataView source, DataViewSchema.Column? samplingKey, int seed, double lower, double upper, bool complement)
    {
        _source = source;
        _samplingKey = samplingKey;
        _seed = StableHash.Mix((uint)seed);
        _lower = lower;
        _upper = upper;
        _complement = complement;
    }

    /// <summary>The number of a row in the source's own order decides, so that order is kept.</summary>
    public bool CanShuffle => false;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        List<DataViewSchema.Column> columns = columnsNeeded.ToList();
        bool[] active = ColumnSet.Activate(Schema, columns);
        if (_samplingKey is DataViewSchema.Column key && !active[key.Index])
        {
            columns.Add(key);
        }

        return new Cursor(this, _source.GetRowCursor(columns), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => new[] { GetRowCursor(columnsNeeded, rand) };

    private sealed class Cursor : FilterCursor
    {
        private readonly SplitView _parent;
        private readonly Func<ulong> _key;
        private long _row = -1;

        public Cursor(SplitView parent, DataViewRowCursor input, bool[] active)
            : base(input, active)
        {
            _parent = parent;
            _key = parent._samplingKey is DataViewSchema.Column column ? StableHash.MakeHasher(input, column) : () => (ulong)_row;
        }

        protected override bool MoveNextCore()
        {
            while (Input.MoveNext())
            {
                _row++;
                double place = StableHash.ToUnitInterval(StableHash.Mix(_parent._seed ^ StableHash.Mix(_key())));
                bool inside = place >= _parent._lower && place < _parent._upper;
                if (inside != _parent._complement)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
