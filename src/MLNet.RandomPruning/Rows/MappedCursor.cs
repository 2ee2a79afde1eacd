using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Rows;

/// <summary>The input's rows as they are, with added columns whose values are worked out when they are asked for. Owns the input cursor.</summary>
internal sealed class MappedCursor(ColumnAddingMapper mapper, DataViewRowCursor source, IEnumerable<DataViewSchema.Column> columns) : DataViewRowCursor
{
    private readonly bool[] _active = mapper.ActiveFlags(columns);
    private bool _disposed;

    public override DataViewSchema Schema => mapper.OutputSchema;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => mapper.GetterOf<TValue>(source, _active, column);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
