namespace MLNet.RandomPruning.Pruning.Ratios;

// Uniform: density_l = d.
internal sealed class UniformRatio : LayerwiseRatio
{
    public override string Name => "Uniform";

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context) =>
        [.. context.Network.WeightLayers.Select(_ => context.Density)];
}
