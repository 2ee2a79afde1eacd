using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// One row with its scores, computed when first asked for and again when the input row has moved. Owns the input row. Not for
/// use by two threads at once.
/// </summary>
internal sealed class ScoredRow : DataViewRow
{
    private readonly ScoreMapper _mapper;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly PixelReader? _pixels;
    private readonly ByteBatch _batch;
    private readonly float[] _scores, _logits;
    private long? _scoredPosition;
    private bool _disposed;

    public ScoredRow(ScoreMapper mapper, DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        _mapper = mapper;
        _input = input;
        _active = mapper.ActiveFlags(activeColumns);
        _batch = new ByteBatch(mapper.Scorer.Shape, capacity: 1);
        _scores = new float[mapper.Scorer.Labels.Count];
        _logits = mapper.LogitsIndex >= 0 && _active[mapper.LogitsIndex] ? new float[_scores.Length] : [];
        if (_active[mapper.ScoreIndex] || _active[mapper.PredictedLabelIndex] || _logits.Length > 0)
        {
            _pixels = mapper.OpenPixels(input);
        }
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index] || !_mapper.IsAdded(column))
        {
            return _mapper.GetterOf<TValue>(_input, _active, column);
        }

        Delegate getter = column.Index == _mapper.ScoreIndex ? (ValueGetter<VBuffer<float>>)GetScore
            : column.Index == _mapper.LogitsIndex ? (ValueGetter<VBuffer<float>>)GetLogits
            : (ValueGetter<uint>)GetPredictedLabel;
        return getter as ValueGetter<TValue> ?? throw ColumnAddingMapper.NoGetter(column, typeof(TValue));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private void GetScore(ref VBuffer<float> value)
    {
        ScoreIfMoved();
        VectorValue.Set(ref value, _scores);
    }

    private void GetLogits(ref VBuffer<float> value)
    {
        ScoreIfMoved();
        VectorValue.Set(ref value, _logits);
    }

    private void GetPredictedLabel(ref uint value)
    {
        ScoreIfMoved();
        value = (uint)LogSoftmax.IndexOfLargest(_scores) + 1;
    }

    private void ScoreIfMoved()
    {
        if (_scoredPosition != _input.Position)
        {
            _batch.Clear();
            _batch.Add(_pixels!.Read());
            _mapper.Scorer.Score(_batch, _scores, _logits);
            _scoredPosition = _input.Position;
        }
    }
}
