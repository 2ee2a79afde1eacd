namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>How a model in a pipeline is tested under attacks and corruptions.</summary>
public sealed record RobustnessOptions
{
    /// <summary>The true labels, a key; null for the column that held the labels in training.</summary>
    public string? LabelColumnName { get; init; }

    /// <summary>The seed of all that is drawn at random.</summary>
    public long Seed { get; init; }

    /// <summary>The most images that are attacked at once, at least 1; results do not depend on it.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>What computes scores and gradients: by default libtorch where there is a CUDA device, the built-in sparse engine otherwise.</summary>
    public TrainingEngineKind Engine { get; init; } = TrainingEngineKind.Auto;

    /// <summary>Where the TorchSharp engine computes: cpu, cuda, cuda:N or auto. The sparse engine does not look at it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>How many threads compute, at least 1; null for as many as there are processors. Results of the sparse engine do not depend on it.</summary>
    public int? NumberOfThreads { get; init; }

    /// <summary>Told after each batch.</summary>
    public IProgress<RobustnessProgress>? Progress { get; init; }

    internal void Check()
    {
        if (LabelColumnName is "")
        {
            throw new ArgumentException("LabelColumnName is empty; name the column with the true labels, or leave it null for that of the training.");
        }

        if (BatchSize < 1)
        {
            throw new ArgumentException($"BatchSize is {BatchSize}, but must be at least 1.");
        }

        if (NumberOfThreads < 1)
        {
            throw new ArgumentException($"NumberOfThreads is {NumberOfThreads}, but must be at least 1, or null for as many as there are processors.");
        }
    }
}
