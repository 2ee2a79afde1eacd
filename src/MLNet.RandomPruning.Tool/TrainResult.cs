using System.Text.Json.Serialization;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool;

/// <summary>What <c>randprune train --json</c> prints.</summary>
internal sealed record TrainResult
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The layer-wise ratio's name.</summary>
    public required string? Ratio { get; init; }

    /// <summary>What is kept or pruned as a whole.</summary>
    public required string Granularity { get; init; }

    /// <summary>The fraction of weights, or of filters or channels, that never existed, or that masks end without: as asked for where it was.</summary>
    public required double Sparsity { get; init; }

    /// <summary>The seed of the training.</summary>
    public required long? Seed { get; init; }

    /// <summary>How the masks changed in training; left out where they did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? MaskSchedule { get; init; }

    /// <summary>Which engine trained.</summary>
    public required string Engine { get; init; }

    /// <summary>On how many threads.</summary>
    public required int Threads { get; init; }

    /// <summary>The number of images that were trained on.</summary>
    public required int TrainingImages { get; init; }

    /// <summary>The number of images that were held out for validation.</summary>
    public required int ValidationImages { get; init; }

    /// <summary>What each epoch found, over all runs when training was resumed.</summary>
    public required IReadOnlyList<EpochResult> Epochs { get; init; }

    /// <summary>Whether training was stopped by a signal before its last epoch.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>The share of test images classified correctly by the model that was saved; null when there was no test.</summary>
    public required double? TestAccuracy { get; init; }

    /// <summary>The mean cross-entropy of the test images in nats; null when there was no test.</summary>
    public required double? TestLoss { get; init; }

    /// <summary>The number of test images; 0 when there was no test.</summary>
    public required long TestImages { get; init; }

    /// <summary>The number of kept weights.</summary>
    public required long Kept { get; init; }

    /// <summary>The number of weights when nothing is pruned.</summary>
    public required long Parameters { get; init; }

    /// <summary>Kept weights ÷ all weights of the model; left out where masks do not change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required double? Density { get; init; }

    /// <summary>The share of the weights that training began with that were still kept after the last epoch; left out where masks do not change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required double? MaskOverlap { get; init; }

    /// <summary>The model's file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The length of that file.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>The SHA-256 of that file.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>The wall-clock time of the command.</summary>
    public required double Seconds { get; init; }
}

/// <summary>What one epoch of training found.</summary>
internal sealed record EpochResult(
    int Epoch, double LearningRate, double TrainLoss, double TrainAccuracy, double? ValidationLoss, double? ValidationAccuracy, double GradientNorm, double ImagesPerSecond)
{
    /// <summary>The norm of the gradient at each step; left out unless asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? StepGradientNorms { get; init; }

    /// <summary>The mean norm of the gradient of each layer, by its name; left out unless asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? LayerGradientNorms { get; init; }

    /// <summary>Kept weights ÷ all weights at the end of the epoch; left out where masks do not change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Density { get; init; }

    /// <summary>The share of the weights that training began with that are still kept; left out where masks do not change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MaskOverlap { get; init; }

    public static EpochResult Of(EpochMetrics metrics) => new(
        metrics.Epoch, metrics.LearningRate, metrics.TrainLoss, metrics.TrainAccuracy, metrics.ValidationLoss, metrics.ValidationAccuracy,
        metrics.GradientNorm, Math.Round(metrics.ImagesPerSecond, 1))
    {
        StepGradientNorms = metrics.StepGradientNorms,
        LayerGradientNorms = metrics.LayerGradientNorms,
        Density = metrics.Density,
        MaskOverlap = metrics.MaskOverlap,
    };
}
