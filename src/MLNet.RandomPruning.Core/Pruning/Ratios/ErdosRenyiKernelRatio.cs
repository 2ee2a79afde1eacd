using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Ratios;

// ERK: density_l = ε·Σ(s_l)/Π(s_l) over all dimensions s_l of the weights: outputs, inputs and the kernel's rows and columns
// (Evci et al., "Rigging the lottery: making all tickets winners", ICML 2020, section 3).
internal sealed class ErdosRenyiKernelRatio : LayerwiseRatio
{
    public override string Name => "ERK";

    public static double Score(WeightLayer layer) => (double)layer.WeightShape.Sum() / layer.WeightCount;

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context) =>
        ErdosRenyiSolver.Densities(context.Network.WeightLayers, Score, context.Budget);
}
