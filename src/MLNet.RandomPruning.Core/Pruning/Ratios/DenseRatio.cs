namespace MLNet.RandomPruning.Pruning.Ratios;

// Dense: density_l = 1.
internal sealed class DenseRatio : LayerwiseRatio
{
    public override string Name => "Dense";

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context) => context.Density == 1
        ? [.. context.Network.WeightLayers.Select(_ => 1.0)]
        : throw new PruningBudgetException("a dense network keeps every weight; use sparsity 0, or another ratio.");
}
