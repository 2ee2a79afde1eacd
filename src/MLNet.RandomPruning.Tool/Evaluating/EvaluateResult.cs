using System.Text.Json.Serialization;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>What <c>randprune evaluate</c> finds: <c>--json</c> prints it, and the tables and the report page show it.</summary>
internal sealed record EvaluateResult
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The share of images classified correctly.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The mean cross-entropy in nats, from logits.</summary>
    public required double LogLoss { get; init; }

    /// <summary>The number of images.</summary>
    public required long Count { get; init; }

    /// <summary>The mean over the classes of the share of their images classified correctly.</summary>
    public required double MacroAccuracy { get; init; }

    /// <summary>For k = 1, 2, …: the share of images whose class is among the k most probable.</summary>
    public required IReadOnlyList<double> TopKAccuracy { get; init; }

    /// <summary>The figures of each class.</summary>
    public required IReadOnlyList<ClassResult> Classes { get; init; }

    /// <summary>How many images of a class (row) were taken for a class (column).</summary>
    public required IReadOnlyList<long[]> ConfusionMatrix { get; init; }

    /// <summary>The model's file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Where the images are.</summary>
    public required string Data { get; init; }

    /// <summary>What scored and gave attacks their gradients.</summary>
    public required string Engine { get; init; }

    /// <summary>The seed of attacks, noise and resamples.</summary>
    public required long Seed { get; init; }

    /// <summary>How far the probabilities can be taken at their word.</summary>
    public required CalibrationMetrics Calibration { get; init; }

    /// <summary>How well confidence tells right from wrong.</summary>
    public required SelectiveMetrics Selective { get; init; }

    /// <summary>How well the images are told apart from others, a set of which each is.</summary>
    public required IReadOnlyList<OutOfDistributionResult> OutOfDistribution { get; init; }

    /// <summary>How well the model does under attacks and corruptions; left out where there were none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required RobustnessFigures? Robustness { get; init; }

    /// <summary>What each epoch of the model's training found; empty where the file does not say.</summary>
    public required IReadOnlyList<HistoryEpoch> History { get; init; }

    /// <summary>What pruning left of the network, in all and per layer.</summary>
    public required PruningReport Masks { get; init; }

    /// <summary>The wall-clock time of scoring all sets of images once, in seconds.</summary>
    public required double ScoringSeconds { get; init; }

    /// <summary>The wall-clock time of scoring and evaluating, in seconds.</summary>
    public required double Seconds { get; init; }
}

/// <summary>How well one class was recognised.</summary>
/// <param name="Label">The class.</param>
/// <param name="Count">The number of its images.</param>
/// <param name="Recall">The share of its images that was classified correctly; null without images.</param>
/// <param name="Precision">The share of the images taken for it that are of it; null when none was.</param>
internal sealed record ClassResult(string Label, long Count, double? Recall, double? Precision);

/// <summary>How well a set of other images is told from those of the model's classes.</summary>
/// <param name="Data">Where the images are.</param>
/// <param name="Count">Their number.</param>
/// <param name="Scores">The figures of each out-of-distribution score.</param>
internal sealed record OutOfDistributionResult(string Data, int Count, IReadOnlyList<ScoreResultOfSet> Scores);

/// <summary>How well one out-of-distribution score does on one set.</summary>
/// <param name="Score">The score's name.</param>
/// <param name="Metrics">The figures, the ROC curve and the histogram.</param>
internal sealed record ScoreResultOfSet(string Score, OutOfDistributionMetrics Metrics);

/// <summary>What one epoch of training found.</summary>
/// <param name="Epoch">Which epoch, counted from 1.</param>
/// <param name="LearningRate">The learning rate of its last step.</param>
/// <param name="TrainLoss">The mean loss over the training images as they were varied, in nats.</param>
/// <param name="TrainAccuracy">The share of them classified correctly.</param>
/// <param name="ValidationLoss">The mean cross-entropy of the validation images in nats; null without any.</param>
/// <param name="ValidationAccuracy">The share of them classified correctly; null without any.</param>
/// <param name="GradientNorm">The mean norm of the gradient over the kept weights.</param>
/// <param name="Density">Kept weights ÷ all weights; null where masks never change.</param>
/// <param name="MaskOverlap">The share of the first weights that are still kept; null where masks never change.</param>
internal sealed record HistoryEpoch(
    int Epoch, double LearningRate, double TrainLoss, double TrainAccuracy, double? ValidationLoss, double? ValidationAccuracy, double GradientNorm,
    double? Density, double? MaskOverlap)
{
    public static HistoryEpoch Of(EpochMetrics epoch) => new(
        epoch.Epoch, epoch.LearningRate, epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss, epoch.ValidationAccuracy, epoch.GradientNorm,
        epoch.Density, epoch.MaskOverlap);
}
