using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Scoring;

/// <summary>A cursor over scored data when no score is asked for: the input's rows as they are.</summary>
internal sealed class PassingCursor(ScoreMapper mapper, DataViewRowCursor source, IEnumerable<DataViewSchema.Column> columns) : DataViewRowCursor
{
    private readonly bool[] _active = mapper.ActiveFlags(columns);
    private bool _disposed;

    public override DataViewSchema Schema => mapper.OutputSchema;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _active[column.Index]
        ? source.GetGetter<TValue>(mapper.InputSchema[column.Index])
        : throw ScoreMapper.NoGetter(column, typeof(TValue));

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
