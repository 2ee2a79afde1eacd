using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Pipeline;

/// <summary>A data view over arrays, with any types and annotations, that counts how often it is read.</summary>
internal sealed class ColumnarView : IDataView
{
    private readonly List<Array> _values = [];
    private readonly DataViewSchema.Builder _builder = new();
    private DataViewSchema? _schema;
    private int _cursors;

    public int CursorsOpened => _cursors;

    public bool CanShuffle => false;

    public DataViewSchema Schema => _schema ??= _builder.ToSchema();

    public ColumnarView Add<T>(string name, DataViewType type, T[] values, DataViewSchema.Annotations? annotations = null)
    {
        _values.Add(values);
        _builder.AddColumn(name, type, annotations);
        return this;
    }

    public ColumnarView AddText(string name, params string[] values)
        => Add(name, TextDataViewType.Instance, Array.ConvertAll(values, v => v.AsMemory()));

    public static DataViewSchema.Annotations TextAnnotation(string kind, params string[] values)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        var buffer = new VBuffer<ReadOnlyMemory<char>>(values.Length, Array.ConvertAll(values, v => v.AsMemory()));
        builder.Add(kind, new VectorDataViewType(TextDataViewType.Instance, values.Length),
            (ref VBuffer<ReadOnlyMemory<char>> destination) => buffer.CopyTo(ref destination));
        return builder.ToAnnotations();
    }

    public long? GetRowCount() => _values[0].Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Interlocked.Increment(ref _cursors);
        return new Cursor(this, columnsNeeded.Select(c => c.Index).ToHashSet());
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(ColumnarView parent, HashSet<int> active) : DataViewRowCursor
    {
        private long _position = -1;

        public override DataViewSchema Schema => parent.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool MoveNext() => ++_position < parent._values[0].Length || (_position = -1) >= 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!active.Contains(column.Index))
            {
                throw new InvalidOperationException($"Column '{column.Name}' is not active.");
            }
            var values = (TValue[])parent._values[column.Index];
            return (ref TValue value) => value = values[_position];
        }
    }
}
