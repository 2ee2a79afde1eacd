using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tool;

/// <summary>What <c>randprune evaluate --json</c> prints.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Accuracy">The share of images classified correctly.</param>
/// <param name="LogLoss">The mean cross-entropy in nats.</param>
/// <param name="Count">The number of images.</param>
/// <param name="MacroAccuracy">The mean over the classes of the share of their images classified correctly.</param>
/// <param name="TopKAccuracy">For k = 1, 2, …: the share of images whose class is among the k most probable.</param>
/// <param name="Classes">The figures of each class.</param>
/// <param name="ConfusionMatrix">How many images of a class (row) were taken for a class (column).</param>
internal sealed record EvaluateResult(
    string Network, double Accuracy, double LogLoss, long Count, double MacroAccuracy, IReadOnlyList<double> TopKAccuracy,
    IReadOnlyList<ClassResult> Classes, IReadOnlyList<long[]> ConfusionMatrix)
{
    /// <summary>Puts ML.NET's metrics of a model together.</summary>
    public static EvaluateResult Of(RandomPrunedResNetTransformer model, MulticlassClassificationMetrics metrics)
    {
        var matrix = metrics.ConfusionMatrix;
        var counts = matrix.Counts.Select(row => row.Select(value => (long)value).ToArray()).ToArray();
        return new EvaluateResult(
            model.Model.Network.Name, metrics.MicroAccuracy, metrics.LogLoss, CountOf(metrics), metrics.MacroAccuracy, [.. metrics.TopKAccuracyForAllK],
            [.. counts.Select((row, label) => new ClassResult(
                model.Model.ClassNames[label], row.Sum(), Share(row[label], row.Sum()), Share(row[label], counts.Sum(other => other[label]))))],
            counts);
    }

    /// <summary>The number of images that were evaluated.</summary>
    public static long CountOf(MulticlassClassificationMetrics metrics) => (long)metrics.ConfusionMatrix.Counts.Sum(row => row.Sum());

    private static double? Share(long part, long all) => all == 0 ? null : (double)part / all;
}

/// <summary>How well one class was recognised.</summary>
/// <param name="Label">The class.</param>
/// <param name="Count">The number of its images.</param>
/// <param name="Recall">The share of its images that was classified correctly; null without images.</param>
/// <param name="Precision">The share of the images taken for it that are of it; null when none was.</param>
internal sealed record ClassResult(string Label, long Count, double? Recall, double? Precision);
