using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning;

/// <summary>The density of each layer of a network, and how many units of each set they keep.</summary>
/// <param name="Densities">The layer-wise ratio's density of each layer.</param>
/// <param name="UnitDensities">The density of each set of units.</param>
/// <param name="KeptCounts">The number of kept units of each set.</param>
internal sealed record LayerBudget(IReadOnlyList<double> Densities, IReadOnlyList<double> UnitDensities, int[] KeptCounts)
{
    /// <summary>Spreads a sparsity over a network's layers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is out of range.</exception>
    /// <param name="units">The network's units.</param>
    /// <param name="ratio">How the sparsity is spread.</param>
    /// <param name="sparsity">The sparsity, from 0 to below 1.</param>
    /// <param name="saliency">The saliency of the weights, for a ratio that asks for it.</param>
    /// <param name="namesNearest">Whether the error names the nearest sparsity that can be had, which takes a thousand times as long to find.</param>
    /// <exception cref="PruningBudgetException">It cannot be done.</exception>
    public static LayerBudget Solve(MaskUnits units, LayerwiseRatio ratio, double sparsity, NetworkSaliency? saliency, bool namesNearest = true)
    {
        CheckSparsity(sparsity);
        string how = units.Granularity.Equals(MaskGranularity.Unstructured) ? ratio.Name : $"{ratio} and granularity {units.Granularity}";
        try
        {
            return Allocate(units, ratio, sparsity, saliency);
        }
        catch (PruningBudgetException error) when (!ratio.DeterminesSparsity)
        {
            string sparsityText = sparsity.ToString(CultureInfo.InvariantCulture);
            string nearest = namesNearest ? $" {Nearest(units, ratio, sparsity, saliency)}" : "";
            throw new PruningBudgetException($"Sparsity {sparsityText} is not possible with {how} on {units.Network}: {error.Message}{nearest}");
        }
        catch (PruningBudgetException error)
        {
            throw new PruningBudgetException($"{how} is not possible on {units.Network}: {error.Message}");
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
    /// <exception cref="ArgumentException">The densities are not one a layer, from 0 to 1, or do not fit the sparsity.</exception>
    public static LayerBudget Of(MaskUnits units, IReadOnlyList<double> densities, double sparsity)
    {
        CheckSparsity(sparsity);
        var network = units.Network;
        if (densities.Count != network.WeightLayers.Count || densities.Any(density => !(density is >= 0 and <= 1)))
        {
            throw new ArgumentException($"{network} has {network.WeightLayers.Count} layers with weights and needs a density from 0 to 1 for each, but {densities.Count} are given: {string.Join(", ", densities.Take(network.WeightLayers.Count + 1))}.");
        }

        return Apportion(units, densities, OfSets(units, densities), Round((double)(Density(sparsity) * units.Extent)));
    }

    private static LayerBudget Allocate(MaskUnits units, LayerwiseRatio ratio, double sparsity, NetworkSaliency? saliency)
    {
        decimal density = Density(sparsity);
        var granularity = units.Granularity;
        if (density == 0)
        {
            throw new PruningBudgetException("it keeps no weight at all.");
        }

        // A sparsity of 2/3 is known to 15 digits only.
        const decimal Tolerance = 1e-12m;
        var (most, of) = granularity.MaximumDensity;
        if (!ratio.DeterminesSparsity && density * of > most + Tolerance)
        {
            throw new PruningBudgetException($"{granularity} keeps at most {most} of each {of} neighbouring inputs.");
        }

        var densities = ratio.Densities(new LayerwiseRatioContext(units.Network, (double)density) { Saliency = saliency });
        var unitDensities = OfSets(units, densities);
        if (ratio.DeterminesSparsity)
        {
            CheckCapacities(units, unitDensities);
        }

        double total = ratio.DeterminesSparsity
            ? units.Sets.Select((set, index) => Math.Min(unitDensities[index] * set.Count, units.Capacities[index]) * set.Size).Sum()
            : (double)(density * units.Extent);
        var budget = Apportion(units, densities, unitDensities, Round(total));
        CheckNoLayerIsEmpty(units, budget.KeptCounts);
        return budget;
    }

    private static long Round(double total) => (long)Math.Round(total, MidpointRounding.AwayFromZero);

    // Units of tied layers take the mean of the layers' densities.
    private static double[] OfSets(MaskUnits units, IReadOnlyList<double> densities) =>
        [.. units.Sets.Select(set => set.Layers.Count == 1 ? densities[set.Layers[0]] : set.Layers.Average(layer => densities[layer]))];

    private static LayerBudget Apportion(MaskUnits units, IReadOnlyList<double> densities, IReadOnlyList<double> unitDensities, long total)
    {
        unitDensities = UnitApportionment.Scale(units, unitDensities, total);
        return new LayerBudget(densities, unitDensities, UnitApportionment.LargestRemainders(units, unitDensities, total));
    }

    private static void CheckCapacities(MaskUnits units, IReadOnlyList<double> unitDensities)
    {
        foreach (var (set, density) in units.Sets.Zip(unitDensities))
        {
            if (density * set.Count > set.Capacity + 0.5)
            {
                var (most, of) = units.Granularity.MaximumDensity;
                throw new PruningBudgetException(string.Create(CultureInfo.InvariantCulture,
                    $"layer '{set.Name}' would have density {density}, but {units.Granularity} keeps at most {most} of each {of} neighbouring inputs; give the layer a density of at most {(double)most / of:0.####}."));
            }
        }
    }

    // A layer that had nothing before is none of this budget's making.
    private static void CheckNoLayerIsEmpty(MaskUnits units, int[] kept)
    {
        var byLayer = units.Sets.SelectMany((set, index) => set.Layers.Select(layer => (Layer: layer, Index: index))).GroupBy(entry => entry.Layer, entry => entry.Index);
        foreach (var sets in byLayer)
        {
            if (sets.All(set => kept[set] == 0) && sets.Any(set => units.Capacities[set] > 0))
            {
                throw new PruningBudgetException(
                    $"layer '{units.Network.WeightLayers[sets.Key].Name}' would keep none of its {sets.Sum(set => units.Sets[set].Extent / units.Sets[set].Layers.Count)} {units.Granularity.UnitNoun}, and nothing would pass through it.");
            }
        }
    }

    // Between the sparsities that keep too little and those that keep too much, the possible ones are an interval. Its end
    // nearest to what was asked for is found by bisection between that and a sparsity that is possible, and rounded into it.
    private static string Nearest(MaskUnits units, LayerwiseRatio ratio, double sparsity, NetworkSaliency? saliency)
    {
        const int Probes = 1000;
        const decimal Precision = 0.0001m;
        bool IsPossible(decimal value)
        {
            try
            {
                Allocate(units, ratio, (double)value, saliency);
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
