using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Rows;

/// <summary>A row as it is, with added columns whose values are worked out when they are asked for. Owns the input row.</summary>
internal sealed class MappedRow(ColumnAddingMapper mapper, DataViewRow input, IEnumerable<DataViewSchema.Column> columns) : DataViewRow
{
    private readonly bool[] _active = mapper.ActiveFlags(columns);
    private bool _disposed;

    public override DataViewSchema Schema => mapper.OutputSchema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => mapper.GetterOf<TValue>(input, _active, column);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
