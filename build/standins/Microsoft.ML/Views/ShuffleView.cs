namespace Microsoft.ML.Data;

/// <summary>
/// The rows of another data view in random order: read in random order where the source can, and drawn at random from a pool of rows.
/// A pass without random numbers of its own uses the view's seed, so that each such pass has the same order.
/// Columns that cannot be kept in a pool, such as images, are left out.
/// </summary>
internal sealed class ShuffleView : IDataView
{
    private readonly IDataView _source;
    private readonly KeptColumns _kept;
    private readonly int _seed;
    private readonly int _poolSize;
    private readonly bool _shuffleSource;

    public ShuffleView(IDataView source, int seed, int poolSize, bool shuffleSource)
    {
        _source = source;
        _kept = new KeptColumns(source.Schema);
        _seed = seed;
        _poolSize = poolSize;
        _shuffleSource = shuffleSource && source.CanShuffle;
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _kept.Schema;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        DataViewSchema.Column[] columns = columnsNeeded.ToArray();
        bool[] active = ColumnSet.Activate(Schema, columns);
        var own = new Random(rand?.Next() ?? _seed);
        DataViewRowCursor input = _source.GetRowCursor(columns.Select(column => _kept.OfSource(column.Index)), _shuffleSource ? new Random(own.Next()) : null);
        try
        {
            return new Cursor(input, _kept, active, own, _poolSize);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => new[] { GetRowCursor(columnsNeeded, rand) };

    private sealed class Cursor : RootCursor
    {
        private readonly DataViewRowCursor _input;
        private readonly Random _random;
        private readonly int _poolSize;
        private readonly ColumnBuffer[] _buffers;
        private readonly Action<int>[] _readers;
        private readonly ValueGetter<DataViewRowId> _readId;
        private readonly List<DataViewRowId> _ids = new();

        // The slots that hold rows still to come; the order of the list is that of the draw.
        private readonly List<int> _waiting = new();
        private int _current = -1;
        private bool _inputAtEnd;

        public Cursor(DataViewRowCursor input, KeptColumns kept, bool[] active, Random random, int poolSize)
            : base(kept.Schema, active)
        {
            _input = input;
            _random = random;
            _poolSize = poolSize;
            _buffers = new ColumnBuffer[active.Length];
            var readers = new List<Action<int>>();
            foreach (DataViewSchema.Column column in kept.Schema)
            {
                if (active[column.Index])
                {
                    _buffers[column.Index] = ColumnBuffer.Create(column.Type);
                    readers.Add(_buffers[column.Index].MakeReader(input, kept.OfSource(column.Index)));
                }
            }

            _readers = readers.ToArray();
            _readId = input.GetIdGetter();
        }

        protected override Delegate MakeGetter(int column)
            => _buffers[column].MakeGetter(() =>
            {
                CheckAtRow();
                return _current;
            });

        protected override DataViewRowId CurrentId() => _ids[_current];

        protected override bool MoveNextCore()
        {
            // The slot of the row that was just left is free, so the pool never holds more rows than its size.
            if (_current >= 0)
            {
                TryFill(_current);
            }

            while (_current < 0 && _waiting.Count < _poolSize && TryFill(_waiting.Count))
            {
            }

            if (_waiting.Count == 0)
            {
                return false;
            }

            int draw = _random.Next(_waiting.Count);
            _current = _waiting[draw];
            _waiting[draw] = _waiting[^1];
            _waiting.RemoveAt(_waiting.Count - 1);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _input.Dispose();
            }

            base.Dispose(disposing);
        }

        private bool TryFill(int slot)
        {
            DataViewRowId id = default;
            try
            {
                if (_inputAtEnd || !_input.MoveNext())
                {
                    _inputAtEnd = true;
                    return false;
                }

                foreach (Action<int> read in _readers)
                {
                    read(slot);
                }

                _readId(ref id);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"The rows to shuffle could not be read: {e.Message}", e);
            }

            if (slot == _ids.Count)
            {
                _ids.Add(id);
            }
            else
            {
                _ids[slot] = id;
            }

            _waiting.Add(slot);
            return true;
        }
    }
}
