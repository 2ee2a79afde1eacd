using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Another data view, each column of which is read once, when a cursor first needs it, and then kept in memory.
/// Columns that cannot be kept, such as images, which own resources, are left out.
/// </summary>
internal sealed class CacheView : IDataView
{
    private readonly IDataView _source;
    private readonly int[] _sourceIndex;
    private readonly bool[] _prefetch;
    private readonly object _gate = new();
    private readonly ColumnBuffer[] _buffers;
    private int _rowCount = -1;

    public CacheView(IDataView source, IReadOnlyCollection<string> columnsToPrefetch)
    {
        _source = source;
        var builder = new DataViewSchema.Builder();
        var kept = new List<int>();
        foreach (DataViewSchema.Column column in source.Schema)
        {
            if (column.Type is PrimitiveDataViewType or VectorDataViewType)
            {
                builder.AddColumn(column.Name, column.Type, column.Annotations);
                kept.Add(column.Index);
            }
        }

        Schema = builder.ToSchema();
        _sourceIndex = kept.ToArray();
        _buffers = new ColumnBuffer[_sourceIndex.Length];
        _prefetch = new bool[_sourceIndex.Length];
        foreach (string name in columnsToPrefetch)
        {
            DataViewSchema.Column column = Schema.GetColumnOrNull(name)
                ?? throw Contracts.ExceptSchemaMismatch(nameof(columnsToPrefetch), "prefetch", name);
            _prefetch[column.Index] = true;
        }
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema { get; }

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
            DataViewSchema.Column[] columns = Array.ConvertAll(missing, i => _source.Schema[_sourceIndex[i]]);
            int rows = 0;
            using (DataViewRowCursor cursor = _source.GetRowCursor(columns))
            {
                for (int i = 0; i < missing.Length; i++)
                {
                    filled[i] = ColumnBuffer.Create(columns[i].Type);
                    readers[i] = filled[i].MakeReader(cursor, columns[i]);
                }

                while (cursor.MoveNext())
                {
                    foreach (Action<int> read in readers)
                    {
                        read(rows);
                    }

                    rows = checked(rows + 1);
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
