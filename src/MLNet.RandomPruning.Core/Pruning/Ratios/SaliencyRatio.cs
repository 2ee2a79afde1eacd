namespace MLNet.RandomPruning.Pruning.Ratios;

// SNIP ratio and GraSP ratio (Liu et al., ICLR 2022, section 3.2): measure every weight of the dense network, keep the d·N best
// of all, and take each layer's kept fraction: density_l = (kept weights of layer l)/n_l. Which weights they were is
// forgotten; positions are drawn at random as with any other ratio. A layer that would keep none keeps one.
internal sealed class SaliencyRatio(string name, SaliencyKind kind) : LayerwiseRatio
{
    public override string Name => name;

    public override bool NeedsTrainingImages => true;

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context)
    {
        var layers = context.Network.WeightLayers;
        long total = context.KeptTotal;
        if (total == context.Network.WeightCount)
        {
            return [.. layers.Select(_ => 1.0)];
        }

        if (context.Saliency is null)
        {
            throw new ArgumentException(
                $"The layer-wise ratio {Name} is measured on training images, but none are given: pass a {nameof(SaliencySource)} with images and an engine, or take a ratio that needs none, such as {ErdosRenyiKernel}.");
        }

        int[] kept = context.Saliency.KeptCounts(kind, total);
        return [.. layers.Zip(kept, (layer, count) => (double)count / layer.WeightCount)];
    }
}
