using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>Logits, and what follows from them.</summary>
internal sealed class ClassScores
{
    public ClassScores(float[] logits, int classes)
    {
        Classes = classes;
        Logits = logits;
        Scores = [.. logits.Chunk(classes).SelectMany(Softmax)];
        Predictions = [.. logits.Chunk(classes).Select(row => LogSoftmax.IndexOfLargest(row))];
    }

    public int Classes { get; }

    public float[] Logits { get; }

    public float[] Scores { get; }

    public int[] Predictions { get; }

    private static float[] Softmax(float[] logits)
    {
        double top = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - top));
        return [.. logits.Select(logit => (float)(Math.Exp(logit - top) / sum))];
    }
}

/// <summary>How far a peer's scores and labels are from this library's.</summary>
internal sealed class Agreement
{
    /// <summary>How far a score may be off.</summary>
    public const double ScoreTolerance = 1e-4;

    // Two logits this close may change places by rounding alone; such an image is shown all the same.
    private const double LogitNoise = 1e-4;

    private readonly ClassScores _ours;
    private readonly int[] _predictions;
    private readonly double _difference;
    private readonly (int Image, double Margin)[] _flips;

    public Agreement(ClassScores ours, float[] scores, int[] predictions)
    {
        _ours = ours;
        _predictions = predictions;
        // A score that is no number is infinitely far away.
        _difference = ours.Scores.Zip(scores, (mine, other) => float.IsNaN(other) ? double.PositiveInfinity : Math.Abs((double)mine - other)).Max();
        _flips = [.. Enumerable.Range(0, predictions.Length).Where(image => predictions[image] != ours.Predictions[image])
            .Select(image => (image, (double)ours.Logits[image * ours.Classes + ours.Predictions[image]] - ours.Logits[image * ours.Classes + predictions[image]]))];
    }

    public bool Holds => _difference <= ScoreTolerance && _flips.All(flip => flip.Margin <= LogitNoise);

    public string Difference => $"{_difference:0.0e+0}";

    public string Flips => $"{_flips.Length}";

    /// <summary>One line for each label that differs.</summary>
    public IEnumerable<string> Describe(string what) => _flips.Select(flip =>
        $"{what}: image {flip.Image} is class {_ours.Predictions[flip.Image]} here and {_predictions[flip.Image]} there; the two logits differ by {flip.Margin:g3}.");

    public string Accuracy(int[] labels) => $"{AccuracyOf(_predictions, labels):P2}";

    public static double AccuracyOf(int[] predictions, int[] labels) => predictions.Zip(labels).Average(pair => pair.First == pair.Second ? 1.0 : 0);
}
