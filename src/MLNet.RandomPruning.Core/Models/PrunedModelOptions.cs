using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Models;

/// <summary>How a <see cref="PrunedModel"/> is called.</summary>
public sealed class PrunedModelOptions
{
    /// <summary>In which order the values of an image are given.</summary>
    public PixelLayout PixelLayout { get; init; } = PixelLayout.Planar;

    /// <summary>
    /// How many threads may work on one call at most, the caller's counted in, at least 1; the others are the thread pool's. The answers do
    /// not depend on it. 1, as it is unless set, suits programs whose threads call the model at the same time; one that scores large batches by
    /// itself sets <see cref="Environment.ProcessorCount"/>.
    /// </summary>
    public int NumberOfThreads { get; init; } = 1;
}
