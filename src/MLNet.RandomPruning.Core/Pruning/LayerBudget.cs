using System.Globalization;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning;

/// <summary>The density and the exact number of kept weights of each layer of a network.</summary>
internal sealed record LayerBudget(IReadOnlyList<double> Densities, int[] KeptCounts)
{
    /// <summary>Spreads a sparsity over a network's layers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is out of range.</exception>
    /// <exception cref="PruningBudgetException">It cannot be done; the message names the nearest sparsity that can.</exception>
    public static LayerBudget Solve(Network network, LayerwiseRatio ratio, double sparsity, NetworkSaliency? saliency)
    {
        CheckSparsity(sparsity);
        try
        {
            return Allocate(network, ratio, sparsity, saliency);
        }
        catch (PruningBudgetException error) when (!ratio.DeterminesSparsity)
        {
            string sparsityText = sparsity.ToString(CultureInfo.InvariantCulture);
            throw new PruningBudgetException($"Sparsity {sparsityText} is not possible with {ratio} on {network}: {error.Message} {Nearest(network, ratio, sparsity, saliency)}");
        }
        catch (PruningBudgetException error)
        {
            throw new PruningBudgetException($"{ratio} is not possible on {network}: {error.Message}");
        }
    }

    public static void CheckSparsity(double sparsity)
    {
        if (!(sparsity is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(sparsity), string.Create(CultureInfo.InvariantCulture,
                $"The sparsity is {sparsity}; it is the fraction of weights to prune, from 0 (nothing) to below 1, for example 0.9."));
        }
    }

    /// <summary>
    /// 1 − sparsity without the binary rounding error: 0.9 gives exactly 0.1, so that round(0.1·N) is what is kept.
    /// </summary>
    public static decimal Density(double sparsity) => 1m - (decimal)sparsity;

    /// <summary>The budget of a network whose layers' densities are known, as they were when it was first made.</summary>
    /// <exception cref="ArgumentException">The densities are not one a layer, from 0 to 1.</exception>
    public static LayerBudget Of(Network network, IReadOnlyList<double> densities, double sparsity)
    {
        CheckSparsity(sparsity);
        if (densities.Count != network.WeightLayers.Count || densities.Any(density => !(density is >= 0 and <= 1)))
        {
            throw new ArgumentException($"{network} has {network.WeightLayers.Count} layers with weights and needs a density from 0 to 1 for each, but {densities.Count} are given: {string.Join(", ", densities)}.");
        }

        long total = (long)Math.Round((double)(Density(sparsity) * network.WeightCount), MidpointRounding.AwayFromZero);
        return new LayerBudget(densities, LargestRemainders(network, densities, total));
    }

    private static LayerBudget Allocate(Network network, LayerwiseRatio ratio, double sparsity, NetworkSaliency? saliency)
    {
        decimal density = Density(sparsity);
        if (density == 0)
        {
            throw new PruningBudgetException("it keeps no weight at all.");
        }

        var densities = ratio.Densities(new LayerwiseRatioContext(network, (double)density) { Saliency = saliency });
        double total = ratio.DeterminesSparsity
            ? densities.Zip(network.WeightLayers, (share, layer) => share * layer.WeightCount).Sum()
            : (double)(density * network.WeightCount);
        int[] kept = LargestRemainders(network, densities, (long)Math.Round(total, MidpointRounding.AwayFromZero));
        int empty = Array.IndexOf(kept, 0);
        if (empty >= 0)
        {
            var layer = network.WeightLayers[empty];
            throw new PruningBudgetException(
                $"layer '{layer.Name}' would keep none of its {layer.WeightCount} weights, and nothing would pass through it.");
        }

        return new LayerBudget(densities, kept);
    }

    // The method of largest remainders: round down, then give the missing weights to the layers that lost most. A dense layer
    // has lost nothing. Rounding errors of the densities can put the sum a weight above the total; that is taken back likewise.
    private static int[] LargestRemainders(Network network, IReadOnlyList<double> densities, long total)
    {
        int count = network.WeightLayers.Count;
        int[] kept = new int[count];
        double[] remainders = new double[count];
        for (int layer = 0; layer < count; layer++)
        {
            int weights = network.WeightLayers[layer].WeightCount;
            double quota = Math.Min(densities[layer] * weights, weights);
            kept[layer] = (int)quota;
            remainders[layer] = quota - kept[layer];
        }

        long missing = total - kept.Sum(value => (long)value);
        int step = Math.Sign(missing);
        int[] order = [.. Enumerable.Range(0, count).OrderByDescending(layer => step * remainders[layer])];
        while (missing != 0)
        {
            long before = missing;
            foreach (int layer in order)
            {
                int weights = network.WeightLayers[layer].WeightCount;
                if (missing != 0 && densities[layer] < 1 && kept[layer] + step >= 0 && kept[layer] + step <= weights)
                {
                    kept[layer] += step;
                    missing -= step;
                }
            }

            if (missing == before)
            {
                throw new PruningBudgetException($"its densities sum to {total - missing} weights where {total} are to be kept.");
            }
        }

        return kept;
    }

    // Between the sparsities that keep too little and those that keep too much, the possible ones are an interval. Its end
    // nearest to what was asked for is found by bisection between that and a sparsity that is possible, and rounded into it.
    private static string Nearest(Network network, LayerwiseRatio ratio, double sparsity, NetworkSaliency? saliency)
    {
        const int Probes = 1000;
        const decimal Precision = 0.0001m;
        bool IsPossible(decimal value)
        {
            try
            {
                Allocate(network, ratio, (double)value, saliency);
                return true;
            }
            catch (PruningBudgetException)
            {
                return false;
            }
        }

        decimal asked = (decimal)sparsity;
        var probes = Enumerable.Range(0, Probes).Select(probe => (decimal)probe / Probes).OrderBy(probe => Math.Abs(probe - asked));
        if (probes.Where(IsPossible).Select(probe => (decimal?)probe).FirstOrDefault() is not decimal possible)
        {
            return "No sparsity is possible with this ratio.";
        }

        decimal impossible = asked;
        while (Math.Abs(possible - impossible) > Precision / 16)
        {
            decimal middle = (possible + impossible) / 2;
            (possible, impossible) = IsPossible(middle) ? (middle, impossible) : (possible, middle);
        }

        bool isLargest = asked > possible;
        decimal steps = possible / Precision;
        decimal end = (isLargest ? Math.Floor(steps) : Math.Ceiling(steps)) * Precision;
        end = IsPossible(end) ? end : possible;
        return string.Create(CultureInfo.InvariantCulture, $"The {(isLargest ? "largest" : "smallest")} possible sparsity is {end:0.##########}.");
    }
}
