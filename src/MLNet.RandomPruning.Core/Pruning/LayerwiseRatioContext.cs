using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning;

/// <summary>What a layer-wise ratio may look at when it spreads the overall density over the layers.</summary>
/// <param name="Network">The network.</param>
/// <param name="Density">The overall density d = 1 − sparsity, above 0 and at most 1.</param>
public sealed record LayerwiseRatioContext(Network Network, double Density)
{
    /// <summary>The saliency of the network's weights, for ratios that are measured on training images; null when there are none.</summary>
    public NetworkSaliency? Saliency { get; init; }

    /// <summary>The number of kept weights to spread, d·N.</summary>
    public double Budget => Density * Network.WeightCount;

    /// <summary>The number of kept weights as a whole number, round(d·N), halves rounded up.</summary>
    public long KeptTotal => (long)Math.Round((double)((decimal)Density * Network.WeightCount), MidpointRounding.AwayFromZero);
}
