using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Ratios;

/// <summary>Spreads a budget over layers in proportion to given scores, no layer above its size.</summary>
internal static class ErdosRenyiSolver
{
    // density_l = ε·score_l, where ε solves Σ density_l·n_l = budget. A layer whose density would pass 1 becomes dense, and ε
    // is solved again over the others with what is left, until none does (Evci et al., ICML 2020, and its code).
    public static double[] Densities(IReadOnlyList<WeightLayer> layers, Func<WeightLayer, double> score, double budget)
    {
        double[] densities = new double[layers.Count];
        var open = Enumerable.Range(0, layers.Count).ToList();
        double left = budget;
        while (open.Count > 0)
        {
            double epsilon = left / open.Sum(index => score(layers[index]) * layers[index].WeightCount);
            foreach (int index in open)
            {
                densities[index] = epsilon * score(layers[index]);
            }

            var full = open.Where(index => densities[index] >= 1).ToList();
            if (full.Count == 0)
            {
                break;
            }

            foreach (int index in full)
            {
                densities[index] = 1;
                left -= layers[index].WeightCount;
                open.Remove(index);
            }
        }

        return densities;
    }
}
