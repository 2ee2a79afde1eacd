using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>Takes the scores of rows, one by one, and makes a metric of them.</summary>
/// <param name="column">The column of scores that it takes.</param>
internal abstract class ScoreSink(ScoreColumn column)
{
    public ScoreColumn Column => column;

    /// <summary>Takes a row.</summary>
    /// <param name="scores">A score a class.</param>
    /// <param name="label">The class, from 0 on; −1 where labels are not read.</param>
    /// <exception cref="ScoreRowException">Nothing can be measured on the row.</exception>
    public abstract void Add(ReadOnlySpan<float> scores, int label);
}

/// <summary>Takes rows for calibration.</summary>
internal sealed class CalibrationSink(ScoreColumn column, CalibrationOptions options) : ScoreSink(column)
{
    private readonly CalibrationEvaluator _evaluator = new(column.ClassCount, options);

    public override void Add(ReadOnlySpan<float> scores, int label) => _evaluator.Add(scores, label);

    public CalibrationMetrics Compute(CancellationToken cancellationToken) => _evaluator.Compute(cancellationToken);
}

/// <summary>Takes rows for selective prediction: of each it keeps how sure the model is, and whether it is right.</summary>
internal sealed class SelectiveSink(ScoreColumn column, bool softmax) : ScoreSink(column)
{
    private readonly List<double> _confidences = [];
    private readonly List<bool> _correct = [];

    public override void Add(ReadOnlySpan<float> scores, int label)
    {
        var score = OutOfDistributionScore.MaxSoftmax;
        _confidences.Add(-(softmax ? score.FromLogits(scores) : score.FromProbabilities(scores)));
        _correct.Add(LogSoftmax.IndexOfLargest(scores) == label);
    }

    public SelectiveMetrics Compute(SelectiveOptions options, CancellationToken cancellationToken) =>
        SelectiveMetrics.Compute([.. _confidences], [.. _correct], options, cancellationToken);
}

/// <summary>Takes rows for the detection of out-of-distribution inputs: of each it keeps one number.</summary>
internal sealed class OutOfDistributionSink(ScoreColumn column, OutOfDistributionScore scoring, bool logits) : ScoreSink(column)
{
    private readonly List<double> _scores = [];

    public OutOfDistributionScore Scoring => scoring;

    public double[] Scores => [.. _scores];

    public override void Add(ReadOnlySpan<float> scores, int label) =>
        _scores.Add(logits ? scoring.FromLogits(scores) : scoring.FromProbabilities(scores));
}

/// <summary>Keeps all rows, which must hold logits or probabilities.</summary>
internal sealed class RowSink(ScoreColumn column, bool softmax) : ScoreSink(column)
{
    private readonly List<float> _scores = [];
    private readonly List<int> _labels = [];

    public float[] Scores => [.. _scores];

    public int[] Labels => [.. _labels];

    public int Count => _labels.Count;

    public override void Add(ReadOnlySpan<float> scores, int label)
    {
        // A score of the row checks it here, where its place in the data is known.
        var check = OutOfDistributionScore.MaxSoftmax;
        _ = softmax ? check.FromLogits(scores) : check.FromProbabilities(scores);
        _scores.AddRange(scores);
        _labels.Add(label);
    }
}
