using System.Globalization;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Ratios;

// Uniform+ (Gale et al., "The state of sparsity in deep neural networks", 2019, section 5):
//   density of the first convolution = 1
//   density of the last linear layer = max(0.2, d)
//   density of the others            = (d·N − n_first − max(0.2, d)·n_last) / (N − n_first − n_last)
// The others' density is at most d, so it never passes 1.
internal sealed class UniformPlusRatio : LayerwiseRatio
{
    private const double LeastLastDensity = 0.2;

    public override string Name => "Uniform+";

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context)
    {
        var layers = context.Network.WeightLayers;
        var first = layers.OfType<ConvolutionLayer>().FirstOrDefault();
        var last = layers.OfType<LinearLayer>().LastOrDefault();
        double lastDensity = Math.Max(LeastLastDensity, context.Density);
        double rest = context.Budget - (first?.WeightCount ?? 0) - lastDensity * (last?.WeightCount ?? 0);
        if (rest < 0)
        {
            throw new PruningBudgetException(string.Create(CultureInfo.InvariantCulture,
                $"the dense first convolution '{first?.Name}' ({first?.WeightCount} weights) and {lastDensity:P0} of the last linear layer '{last?.Name}' ({last?.WeightCount} weights) alone are more than the {context.Budget:F0} weights to keep."));
        }

        double others = layers.Where(layer => layer != first && layer != last).Sum(layer => (double)layer.WeightCount);
        return [.. layers.Select(layer => layer == first ? 1 : layer == last ? lastDensity : Math.Min(rest / others, 1))];
    }
}
