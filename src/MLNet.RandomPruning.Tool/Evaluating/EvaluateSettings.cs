using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>What <c>randprune evaluate</c> is to do.</summary>
internal sealed record EvaluateSettings
{
    /// <summary>The model's file.</summary>
    public required string Model { get; init; }

    /// <summary>Where the labelled images are.</summary>
    public required string Data { get; init; }

    /// <summary>Which of them.</summary>
    public CifarSplit Split { get; init; } = CifarSplit.Test;

    /// <summary>Where the sets of out-of-distribution images are.</summary>
    public IReadOnlyList<string> OutOfDistribution { get; init; } = [];

    /// <summary>Whether image files are scaled to the model's size.</summary>
    public bool Resize { get; init; }

    /// <summary>The attacks and corruptions.</summary>
    public IReadOnlyList<IPerturbation> Perturbations { get; init; } = [];

    /// <summary>How many images are attacked and corrupted; null for all.</summary>
    public int? AttackImages { get; init; }

    /// <summary>The number of bins of the reliability diagram.</summary>
    public int Bins { get; init; } = 15;

    /// <summary>The number of resamples of bootstrap intervals; null for no intervals.</summary>
    public int? Bootstrap { get; init; }

    /// <summary>The seed of attacks, noise and resamples.</summary>
    public long Seed { get; init; }

    /// <summary>How many threads work.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>What scores and gives gradients; null for the sparse engine.</summary>
    public TrainingEngineFactory? Engine { get; init; }

    /// <summary>The engine's name.</summary>
    public string EngineName { get; init; } = "Sparse";

    /// <summary>Where the report page goes; null for none.</summary>
    public string? Report { get; init; }

    /// <summary>Whether the result is printed as JSON.</summary>
    public bool Json { get; init; }
}
