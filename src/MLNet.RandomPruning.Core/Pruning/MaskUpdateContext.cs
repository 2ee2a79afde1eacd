using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Pruning;

/// <summary>What a <see cref="MaskSchedule"/> may look at when masks change.</summary>
public sealed record MaskUpdateContext
{
    /// <summary>The weights before the change, with their masks.</summary>
    public required NetworkState Weights { get; init; }

    /// <summary>The masks that the trainer was given or made: where a schedule that prunes ends, where one that only moves weights began.</summary>
    public required NetworkMask Target { get; init; }

    /// <summary>
    /// The gradient of the loss on the batch of the step, of all weights, the pruned ones too: one array a weight layer, row-major; null
    /// unless <see cref="MaskSchedule.NeedsGradients"/>.
    /// </summary>
    public IReadOnlyList<float[]>? Gradients { get; init; }

    /// <summary>The step before which masks change, counted from 0 over all epochs.</summary>
    public required long Step { get; init; }

    /// <summary>The number of steps in each epoch.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>The number of epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>The seed of the training.</summary>
    public required long Seed { get; init; }
}
