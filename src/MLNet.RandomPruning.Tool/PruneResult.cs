using System.Text.Json.Serialization;

namespace MLNet.RandomPruning.Tool;

/// <summary>What <c>randprune prune --json</c> prints.</summary>
internal sealed record PruneResult
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The layer-wise ratio's name.</summary>
    public required string Ratio { get; init; }

    /// <summary>What was kept or pruned as a whole.</summary>
    public required string Granularity { get; init; }

    /// <summary>The fraction of the whole network's weights, or of its filters or channels, that is gone: as asked for, or as counted where the ratio decides it.</summary>
    public required double Sparsity { get; init; }

    /// <summary>The seed of the positions and of the training.</summary>
    public required long Seed { get; init; }

    /// <summary>The number of weights that were kept before.</summary>
    public required long KeptBefore { get; init; }

    /// <summary>The number of kept weights.</summary>
    public required long Kept { get; init; }

    /// <summary>The number of weights when nothing is pruned.</summary>
    public required long Parameters { get; init; }

    /// <summary>The multiply-adds for one image before, kept weights only.</summary>
    public required long MultiplyAddsBefore { get; init; }

    /// <summary>The multiply-adds for one image, kept weights only.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>The share of test images that the model classified correctly before pruning; null when there was no test.</summary>
    public required double? TestAccuracyBefore { get; init; }

    /// <summary>The mean cross-entropy of the test images in nats before pruning; null when there was no test.</summary>
    public required double? TestLossBefore { get; init; }

    /// <summary>The share of test images classified correctly after pruning, before any training; null when there was no test.</summary>
    public required double? TestAccuracyPruned { get; init; }

    /// <summary>The mean cross-entropy of the test images in nats after pruning, before any training; null when there was no test.</summary>
    public required double? TestLossPruned { get; init; }

    /// <summary>The share of test images classified correctly by the model that was saved; null when there was no test.</summary>
    public required double? TestAccuracy { get; init; }

    /// <summary>The mean cross-entropy of the test images in nats by the model that was saved; null when there was no test.</summary>
    public required double? TestLoss { get; init; }

    /// <summary>The number of test images; 0 when there was no test.</summary>
    public required long TestImages { get; init; }

    /// <summary>The training after pruning; left out when there was none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FineTuningResult? FineTuning { get; init; }

    /// <summary>The model's file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The length of that file.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>The SHA-256 of that file.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>The wall-clock time of the command.</summary>
    public required double Seconds { get; init; }
}

/// <summary>A training after pruning.</summary>
/// <param name="Engine">Which engine trained.</param>
/// <param name="Threads">On how many threads.</param>
/// <param name="TrainingImages">The number of images that were trained on.</param>
/// <param name="ValidationImages">The number of images that were held out for validation.</param>
/// <param name="Epochs">What each epoch found; they are counted on from those of the model.</param>
/// <param name="Cancelled">Whether training was stopped by a signal before its last epoch.</param>
internal sealed record FineTuningResult(
    string Engine, int Threads, int TrainingImages, int ValidationImages, IReadOnlyList<EpochResult> Epochs, bool Cancelled);
