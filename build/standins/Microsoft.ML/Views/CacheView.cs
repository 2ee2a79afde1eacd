using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Another data view, each column of which is read once, when a cursor first needs it, and then kept in memory.
/// Columns that cannot be kept, such as images, which own resources, are left out.
/// </summary>
internal sealed class CacheView : IDataView
{
    private readonly IDataView _source;
    private readonly KeptColumns _kept;
    private readonly bool[] _prefetch;
    private readonly object _gate = new();
    private readonly ColumnBuffer[] _buffers;
    private int _rowCount = -1;

    public CacheView(IDataView source, IReadOnlyCollection<string> columnsToPrefetch)
    {
        _source = source;
        _kept = new KeptColumns(source.Schema);
        _buffers = new ColumnBuffer[Schema.Count];
        _prefetch = new bool[Schema.Count];
        foreach (string name in columnsToPrefetch)
        {
            if (Schema.GetColumnOrNull(name) == null && source.Schema.GetColumnOrNull(name) is { } unkept)
            {
                throw new InvalidOperationException($"Asked to prefetch column '{name}' into cache, but it is of type '{unkept.Type}', which cannot be kept");
            }

            DataViewSchema.Column column = Schema.GetColumnOrNull(name)
                ?? throw Contracts.ExceptSchemaMismatch(nameof(columnsToPrefetch), "prefetch", name);
            _prefetch[column.Index] = true;
        }
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _kept.Schema;

    public long? GetRowCount()
    {
        int count = Volatile.Read(ref _rowCount);
        return count >= 0 ? count : _source.GetRowCount();
    }

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(this, ColumnSet.Activate(Schema, columnsNeeded), rand == null ? null : new Random(rand.Next()));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => new[] { GetRowCursor(columnsNeeded, rand) };

    /// <summary>Reads what is needed and not there yet, in one pass over the source; then there are that many rows.</summary>
    private int Fill(bool[] needed)
    {
        lock (_gate)
        {
            int[] missing = Enumerable.Range(0, _buffers.Length)
                .Where(i => _buffers[i] == null && (needed[i] || _prefetch[i]))
                .ToArray();
            if (missing.Length == 0 && _rowCount >= 0)
            {
                return _rowCount;
            }

            var filled = new ColumnBuffer[missing.Length];
            var readers = new Action<int>[missing.Length];
            DataViewSchema.Column[] columns = Array.ConvertAll(missing, _kept.OfSource);
            int rows = 0;
            using (DataViewRowCursor cursor = _source.GetRowCursor(columns))
            {
                for (int i = 0; i < missing.Length; i++)
                {
                    filled[i] = ColumnBuffer.Create(columns[i].Type);
                    readers[i] = filled[i].MakeReader(cursor, columns[i]);
                }

                try
                {
                    while (cursor.MoveNext())
                    {
                        foreach (Action<int> read in readers)
                        {
                            read(rows);
                        }

                        rows = checked(rows + 1);
                    }
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"The rows to cache could not be read: {e.Message}", e);
                }
            }

            // Only when all went well, so that an error in the source meets the next cursor afresh.
            for (int i = 0; i < missing.Length; i++)
            {
                _buffers[missing[i]] = filled[i];
            }

            Volatile.Write(ref _rowCount, rows);
            return rows;
        }
    }

    private sealed class Cursor : RootCursor
    {
        private readonly CacheView _parent;
        private readonly bool[] _active;
        private readonly Random _random;
        private int _rows = -1;
        private int[] _order;
        private int _index = -1;

        public Cursor(CacheView parent, bool[] active, Random random)
            : base(parent.Schema, active)
        {
            _parent = parent;
            _active = active;
            _random = random;
        }

        private int Row => _order == null ? _index : _order[_index];

        protected override bool MoveNextCore()
        {
            if (_rows < 0)
            {
                _rows = _parent.Fill(_active);
                _order = _random == null ? null : Permutation.Create(_random, _rows);
            }

            return ++_index < _rows;
        }

        protected override DataViewRowId CurrentId() => new((ulong)Row, 0);

        /// <summary>The buffer is there only after the first move, so the getter finds it when it is first called.</summary>
        protected override Delegate MakeGetter(int column)
            => LazyGetter.Create(Schema[column].Type, () =>
            {
                CheckAtRow();
                return _parent._buffers[column].MakeGetter(() =>
                {
                    CheckAtRow();
                    return Row;
                });
            });
    }
}
