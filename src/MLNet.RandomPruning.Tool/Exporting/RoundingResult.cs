using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Tool.Evaluating;

namespace MLNet.RandomPruning.Tool.Exporting;

/// <summary>What storing weights in fewer bits does to predictions.</summary>
/// <param name="Images">The number of images that were scored.</param>
/// <param name="AccuracyBefore">The share of them that the model classifies correctly.</param>
/// <param name="Accuracy">The share that it classifies correctly with rounded weights.</param>
/// <param name="LogLossBefore">The mean cross-entropy in nats.</param>
/// <param name="LogLoss">The mean cross-entropy in nats with rounded weights.</param>
/// <param name="EceBefore">The expected calibration error, over 15 bins of equal width.</param>
/// <param name="Ece">The expected calibration error with rounded weights.</param>
/// <param name="ChangedLabels">The number of images that get another label.</param>
/// <param name="LargestScoreChange">The largest change of a class's probability in any image.</param>
internal sealed record RoundingResult(
    int Images, double AccuracyBefore, double Accuracy, double LogLossBefore, double LogLoss, double EceBefore, double Ece, int ChangedLabels, double LargestScoreChange)
{
    /// <summary>Scores images with a model as it is, and as it comes back from a file of a precision.</summary>
    /// <remarks>
    /// An ONNX file with int8 weights rounds them after batch-norm was folded in, which multiplies all weights of an output channel, and
    /// their scale, by one number: the rounded weights are the same.
    /// </remarks>
    /// <param name="model">The model.</param>
    /// <param name="precision">The precision.</param>
    /// <param name="images">Labelled images.</param>
    /// <param name="threads">How many threads score.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static RoundingResult Of(TrainedModel model, ModelPrecision precision, ImageSet images, int threads, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        model.Save(file, precision);
        file.Position = 0;
        int classes = model.Network.ClassCount;
        int[] labels = [.. Enumerable.Range(0, images.Count).Select(images.Label)];
        float[] before = Logits(model, images, threads, cancellationToken), after = Logits(TrainedModel.Load(file), images, threads, cancellationToken);
        var calibrationBefore = Calibration(before);
        var calibration = Calibration(after);
        int changed = 0;
        double largest = 0;
        for (int start = 0; start < before.Length; start += classes)
        {
            ReadOnlySpan<float> old = before.AsSpan(start, classes), rounded = after.AsSpan(start, classes);
            changed += LogSoftmax.IndexOfLargest(old) == LogSoftmax.IndexOfLargest(rounded) ? 0 : 1;
            largest = Math.Max(largest, LargestChange(old, rounded));
        }

        return new RoundingResult(
            images.Count, calibrationBefore.Accuracy, calibration.Accuracy, calibrationBefore.NegativeLogLikelihood, calibration.NegativeLogLikelihood,
            calibrationBefore.ExpectedCalibrationError, calibration.ExpectedCalibrationError, changed, largest);

        CalibrationMetrics Calibration(float[] logits) =>
            CalibrationMetrics.Compute(logits, labels, classes, new CalibrationOptions { Softmax = true }, cancellationToken);
    }

    private static float[] Logits(TrainedModel model, ImageSet images, int threads, CancellationToken cancellationToken)
    {
        using var scorer = new ImageLogits(model, factory: null, threads);
        return scorer.Score(images, cancellationToken);
    }

    private static double LargestChange(ReadOnlySpan<float> before, ReadOnlySpan<float> after)
    {
        // ln Σ exp(z), from −ln softmax(z)₀ = ln Σ exp(z) − z₀.
        double normalizerBefore = LogSoftmax.CrossEntropy(before, 0) + before[0], normalizer = LogSoftmax.CrossEntropy(after, 0) + after[0];
        double largest = 0;
        for (int label = 0; label < before.Length; label++)
        {
            largest = Math.Max(largest, Math.Abs(Math.Exp(before[label] - normalizerBefore) - Math.Exp(after[label] - normalizer)));
        }

        return largest;
    }
}
