using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// Reads rows ahead, scores them together and serves them one by one. The values of the other active columns are kept along
/// with the rows read ahead: a second cursor over the same data would be simpler, but it need not see the same rows again, since
/// data may be shuffled, drawn at random or readable only once. The first batches are small, so that looking at a few rows
/// reads few. What is wrong with a row read ahead is reported when the row's turn comes.
/// </summary>
internal sealed class ScoringCursor : DataViewRowCursor
{
    private const int FirstBatchCount = 16;

    private readonly ScoreMapper _mapper;
    private readonly DataViewRowCursor _source;
    private readonly bool[] _active;
    private readonly ColumnBuffer?[] _buffers;
    private readonly PixelReader _pixels;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly EvaluationLabelCheck? _labelCheck;
    private readonly ByteBatch _batch;
    private readonly float[] _scores, _logits;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private ExceptionDispatchInfo? _failure;
    private long _position = -1;
    private int _current, _target;
    private bool _sourceEnded, _ended, _disposed;

    public ScoringCursor(IHost host, ScoreMapper mapper, DataViewRowCursor source, DataViewSchema.Column[] columns)
    {
        _mapper = mapper;
        _source = source;
        _active = mapper.ActiveFlags(columns);
        _pixels = mapper.OpenPixels(source);
        _idGetter = source.GetIdGetter();
        int capacity = mapper.Scorer.BatchCount;
        _target = Math.Min(FirstBatchCount, capacity);
        _batch = new ByteBatch(mapper.Scorer.Shape, capacity);
        _scores = new float[capacity * mapper.Scorer.Labels.Count];
        _logits = mapper.LogitsIndex >= 0 && _active[mapper.LogitsIndex] ? new float[_scores.Length] : [];
        _ids = new DataViewRowId[capacity];
        _batches = new long[capacity];
        _buffers = new ColumnBuffer?[mapper.InputSchema.Count];
        for (int index = 0; index < _buffers.Length; index++)
        {
            if (_active[index])
            {
                _buffers[index] = ColumnBuffer.Open(source, mapper.InputSchema[index], capacity);
            }
        }

        if (mapper.InputSchema.GetColumnOrNull(mapper.Scorer.Columns.Label) is { } label && _active[label.Index])
        {
            _labelCheck = EvaluationLabelCheck.TryOpen(host, source, label, mapper.Scorer.Labels);
        }
    }

    public override DataViewSchema Schema => _mapper.OutputSchema;

    public override long Position => _position;

    public override long Batch => _position < 0 ? 0 : _batches[_current];

    public override bool MoveNext()
    {
        if (_ended)
        {
            return false;
        }

        if (_position < 0 || _current + 1 == _batch.Count)
        {
            // An error takes its turn after the rows that came before it.
            _failure?.Throw();
            ReadAhead();
            if (_batch.Count == 0)
            {
                _failure?.Throw();
                _ended = true;
                _position = -1;
                return false;
            }

            _current = 0;
        }
        else
        {
            _current++;
        }

        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[Row()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index])
        {
            throw ColumnAddingMapper.NoGetter(column, typeof(TValue));
        }

        Delegate? getter = column.Index == _mapper.ScoreIndex ? (ValueGetter<VBuffer<float>>)GetScore
            : column.Index == _mapper.LogitsIndex ? (ValueGetter<VBuffer<float>>)GetLogits
            : column.Index == _mapper.PredictedLabelIndex ? (ValueGetter<uint>)GetPredictedLabel
            : _buffers[column.Index]!.GetterOf<TValue>(Row);
        return getter as ValueGetter<TValue> ?? throw ColumnAddingMapper.NoGetter(column, typeof(TValue));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _ended = true;
            _position = -1;
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void ReadAhead()
    {
        _batch.Clear();
        try
        {
            while (_batch.Count < _target && !_sourceEnded)
            {
                if (_source.MoveNextOrExplain())
                {
                    ReadRow(_batch.Count);
                }
                else
                {
                    _sourceEnded = true;
                }
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }

        _target = Math.Min(2 * _target, _batch.Capacity);
        if (_batch.Count > 0)
        {
            _mapper.Scorer.Score(_batch, _scores, _logits);
        }
    }

    private void ReadRow(int slot)
    {
        _labelCheck?.Check();
        foreach (var buffer in _buffers)
        {
            buffer?.Read(slot);
        }

        _idGetter(ref _ids[slot]);
        _batches[slot] = _source.Batch;
        _batch.Add(_pixels.Read());
    }

    private int Row() => _position >= 0
        ? _current
        : throw new InvalidOperationException("The cursor stands on no row: MoveNext has not been called, or has returned false.");

    private ReadOnlySpan<float> RowOf(float[] values) => values.AsSpan(Row() * _mapper.Scorer.Labels.Count, _mapper.Scorer.Labels.Count);

    private void GetScore(ref VBuffer<float> value) => VectorValue.Set(ref value, RowOf(_scores));

    private void GetLogits(ref VBuffer<float> value) => VectorValue.Set(ref value, RowOf(_logits));

    private void GetPredictedLabel(ref uint value) => value = (uint)LogSoftmax.IndexOfLargest(RowOf(_scores)) + 1;
}
