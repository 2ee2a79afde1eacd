using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Ratios;

// ER: density_l = ε·(outputs + inputs)/(outputs·inputs), the kernel's rows and columns left out
// (Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse connectivity", Nature Communications 2018).
internal sealed class ErdosRenyiRatio : LayerwiseRatio
{
    public override string Name => "ER";

    public override IReadOnlyList<double> Densities(LayerwiseRatioContext context) =>
        ErdosRenyiSolver.Densities(context.Network.WeightLayers, Score, context.Budget);

    private static double Score(WeightLayer layer)
    {
        double outputs = layer.WeightShape[0], inputs = layer.WeightShape[1];
        return (outputs + inputs) / (outputs * inputs);
    }
}
