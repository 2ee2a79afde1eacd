using System.Text.Json.Serialization;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>What <c>randprune bench --json</c> prints. Times are in milliseconds.</summary>
internal sealed record BenchResult
{
    /// <summary>What was measured on.</summary>
    public required MachineDescription Machine { get; init; }

    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The layer-wise ratio's name.</summary>
    public required string Ratio { get; init; }

    /// <summary>The number of images in a batch.</summary>
    public required int Batch { get; init; }

    /// <summary>Whether training kept activations in bfloat16.</summary>
    public required bool MixedPrecision { get; init; }

    /// <summary>The number of training steps, and of scored batches, that each figure comes from.</summary>
    public required int Repetitions { get; init; }

    /// <summary>Whether a signal ended it early; figures then come from fewer repetitions or are missing.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>The speeds, one row for each sparsity and number of threads.</summary>
    public required IReadOnlyList<BenchRow> Rows { get; init; }

    /// <summary>What the model takes, one row a sparsity.</summary>
    public required IReadOnlyList<BenchModelRow> Models { get; init; }

    /// <summary>The most memory that the process has had at a time, in bytes.</summary>
    public required long PeakMemoryBytes { get; init; }
}

/// <summary>The speed of one network with one number of threads. What was not measured is left out.</summary>
internal sealed record BenchRow
{
    /// <summary>The fraction of weights that do not exist.</summary>
    public required double Sparsity { get; init; }

    /// <summary>The number of threads.</summary>
    public required int Threads { get; init; }

    /// <summary>A whole training step of one batch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimingSummary? TrainingStep { get; init; }

    /// <summary>The images that are trained on in a second.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TrainingImagesPerSecond { get; init; }

    /// <summary>The bytes that a training step allocates on the managed heap.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AllocatedBytesPerStep { get; init; }

    /// <summary>Scoring one batch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimingSummary? ScoringBatch { get; init; }

    /// <summary>The images that are scored in a second, in batches.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ScoringImagesPerSecond { get; init; }

    /// <summary>Scoring one image.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimingSummary? ScoringImage { get; init; }
}

/// <summary>What the model of one sparsity takes.</summary>
/// <param name="Sparsity">The fraction of weights that do not exist.</param>
/// <param name="Kept">The number of kept weights.</param>
/// <param name="Parameters">The number of weights when nothing is pruned.</param>
/// <param name="MultiplyAdds">The multiply-adds for one image, kept weights only.</param>
/// <param name="DenseMultiplyAdds">The multiply-adds for one image when nothing is pruned.</param>
/// <param name="FileBytes">The length of the model's file.</param>
/// <param name="LoadAndScore">The time from the file to the logits of a first image.</param>
internal sealed record BenchModelRow(
    double Sparsity, long Kept, long Parameters, long MultiplyAdds, long DenseMultiplyAdds, long FileBytes, TimingSummary LoadAndScore);
