using System.Globalization;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Ratios;

// ERK+ (Liu et al., ICLR 2022, section 3): the last linear layer has a given density p (1: dense); the others share d·N − p·n_last by ERK.
internal sealed class ErdosRenyiKernelPlusRatio(double lastLayerDensity) : LayerwiseRatio
{
    public override string Name => lastLayerDensity == 1 ? "ERK+" : string.Create(CultureInfo.InvariantCulture, $"ERK+({lastLayerDensity})");

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context)
    {
        var layers = context.Network.WeightLayers;
        var last = layers.OfType<LinearLayer>().LastOrDefault()
            ?? throw new PruningBudgetException("the network has no linear layer to keep.");
        var others = layers.Where(layer => layer != last).ToArray();
        double lastCount = lastLayerDensity * last.WeightCount;
        double left = context.Budget - lastCount;
        if (left <= 0)
        {
            throw new PruningBudgetException(string.Create(CultureInfo.InvariantCulture,
                $"the {lastCount:F0} kept weights of the last linear layer '{last.Name}' leave nothing of the {context.Budget:F0} for the other layers."));
        }

        // Half a weight is what rounding may add or take.
        long most = others.Sum(layer => (long)layer.WeightCount);
        if (left > most + 0.5)
        {
            throw new PruningBudgetException(string.Create(CultureInfo.InvariantCulture,
                $"with '{last.Name}' at density {lastLayerDensity}, the other layers would have to keep {left:F0} of their {most} weights."));
        }

        var densities = ErdosRenyiSolver.Densities(others, ErdosRenyiKernelRatio.Score, Math.Min(left, most));
        int next = 0;
        return [.. layers.Select(layer => layer == last ? lastLayerDensity : densities[next++])];
    }
}
