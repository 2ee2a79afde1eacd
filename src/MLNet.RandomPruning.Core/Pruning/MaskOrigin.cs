namespace MLNet.RandomPruning.Pruning;

/// <summary>How the kept count of a layer is drawn.</summary>
public enum MaskSampling
{
    /// <summary>Each layer keeps exactly its share, and the network exactly round(density·N) weights.</summary>
    Exact,

    /// <summary>Each weight is kept with the layer's density as its probability, on its own, as the paper's reference code does.</summary>
    Bernoulli,
}

/// <summary>What a mask is a pure function of, together with the network.</summary>
/// <param name="LayerwiseRatio">The name of the layer-wise ratio, for example <c>ERK</c>.</param>
/// <param name="Sparsity">The fraction of weights that is pruned, from 0 to below 1.</param>
/// <param name="Seed">The seed of the positions.</param>
/// <param name="Sampling">How the kept count of a layer is drawn.</param>
public sealed record MaskOrigin(string LayerwiseRatio, double Sparsity, long Seed, MaskSampling Sampling)
{
    /// <summary>What is kept or pruned as a whole: the name of a <see cref="MaskGranularity"/>.</summary>
    public string Granularity { get; init; } = MaskGranularity.Unstructured.Name;

    /// <summary>
    /// The density of each layer in order, where the ratio was measured on training images, so that masks can be made again without
    /// them; null where network, ratio and sparsity give the densities.
    /// </summary>
    public IReadOnlyList<double>? LayerDensities { get; init; }

    /// <summary>Whether both make the same masks.</summary>
    public bool Equals(MaskOrigin? other) =>
        other is not null && LayerwiseRatio == other.LayerwiseRatio && Sparsity.Equals(other.Sparsity) && Seed == other.Seed && Sampling == other.Sampling
        && Granularity == other.Granularity
        && (LayerDensities ?? []).SequenceEqual(other.LayerDensities ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(LayerwiseRatio, Sparsity, Seed, Sampling, Granularity);
}
