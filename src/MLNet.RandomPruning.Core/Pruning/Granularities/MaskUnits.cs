using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>The units of a network at a granularity, and which of them may be kept.</summary>
internal sealed class MaskUnits
{
    private readonly ulong[]?[] _candidates;

    private MaskUnits(Network network, MaskGranularity granularity, IReadOnlyList<UnitSet> sets, ulong[]?[] candidates, int[] capacities)
    {
        Network = network;
        Granularity = granularity;
        Sets = sets;
        _candidates = candidates;
        Capacities = capacities;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>What the units are.</summary>
    public MaskGranularity Granularity { get; }

    /// <summary>The units in sets.</summary>
    public IReadOnlyList<UnitSet> Sets { get; }

    /// <summary>How many units of each set may be kept.</summary>
    public IReadOnlyList<int> Capacities { get; }

    /// <summary>What all units count for together: what the sparsity is a fraction of.</summary>
    public long Extent => Sets.Sum(set => set.Extent);

    /// <summary>All units of a network.</summary>
    public static MaskUnits Of(Network network, MaskGranularity granularity)
    {
        var sets = granularity.UnitsOf(network);
        return new MaskUnits(network, granularity, sets, new ulong[]?[sets.Count], [.. sets.Select(set => set.Capacity)]);
    }

    /// <summary>The units of which masks keep anything, as many as may be kept together.</summary>
    /// <param name="present">The masks.</param>
    /// <param name="granularity">What the units are.</param>
    /// <param name="seed">The seed of the keys.</param>
    public static MaskUnits In(NetworkMask present, MaskGranularity granularity, long seed)
    {
        var sets = granularity.UnitsOf(present.Network);
        var candidates = sets.Zip(granularity.KeptUnits(present, sets), (set, kept) => granularity.Candidates(set, seed, kept)!).ToArray();
        return new MaskUnits(present.Network, granularity, sets, candidates, [.. candidates.Select(bits => BitSets.Count(bits))]);
    }

    /// <summary>The masks that keep so many units of each set, those with the smallest keys.</summary>
    public NetworkMask Draw(IReadOnlyList<int> counts, long seed, MaskOrigin? origin)
    {
        ushort[] room = new ushort[Sets.Select((set, index) => counts[index] == set.Count ? 0 : set.Count).DefaultIfEmpty().Max()];
        return Granularity.Expand(
            Network, Sets,
            [
                .. Sets.Select((set, index) =>
                {
                    // A set of which all is kept needs no keys.
                    var candidates = counts[index] == set.Count ? null : _candidates[index] ?? Granularity.Candidates(set, seed, among: null);
                    return UnitKeys.Smallest(set.Name, set.Count, counts[index], seed, candidates, room);
                }),
            ],
            origin);
    }

    /// <summary>
    /// Throws unless masks of a budget keep as many weights of each layer as is recorded of them; of units that are drawn on their own,
    /// about as many. It takes no more memory than the budget, so it comes before masks of a size that nothing else bounds.
    /// </summary>
    /// <exception cref="ArgumentException">They do not; the message names the layer.</exception>
    public void ThrowIfOtherCounts(LayerBudget budget, MaskSampling sampling, IReadOnlyList<int> keptWeights)
    {
        // A binomial count is this far from its mean in less than one of 10²⁰ draws.
        const int Spread = 64, Factor = 4;
        int[] Counts(Func<double, double> bound) =>
            [.. Sets.Select((set, index) => (int)Math.Clamp(bound(budget.UnitDensities[index] * set.Count), 0, set.Count))];
        bool isExact = sampling == MaskSampling.Exact;
        var least = Granularity.KeptWeights(Network, Sets, isExact ? budget.KeptCounts : Counts(mean => mean / Factor - Spread));
        var most = isExact ? least : Granularity.KeptWeights(Network, Sets, Counts(mean => mean * Factor + Spread));
        for (int layer = 0; layer < keptWeights.Count; layer++)
        {
            if (keptWeights[layer] < least[layer].Least || keptWeights[layer] > most[layer].Most)
            {
                string range = least[layer].Least == most[layer].Most ? $"{least[layer].Least}" : $"from {least[layer].Least} to {most[layer].Most}";
                throw new ArgumentException($"it makes masks that keep {range} weights of layer '{Network.WeightLayers[layer].Name}', but {keptWeights[layer]} are recorded");
            }
        }
    }

    /// <summary>
    /// The masks that keep each unit with the density of its set as the probability. A layer that would by chance keep no unit keeps the
    /// one with the smallest key of its first set, since nothing passes through an empty layer.
    /// </summary>
    public NetworkMask DrawBernoulli(IReadOnlyList<double> densities, long seed, MaskOrigin? origin)
    {
        ulong[][] kept = [.. Sets.Select((set, index) => UnitKeys.Below(set.Name, set.Count, densities[index], seed))];
        foreach (var layer in Enumerable.Range(0, Sets.Count).SelectMany(set => Sets[set].Layers.Select(layer => (Set: set, Layer: layer))).GroupBy(entry => entry.Layer, entry => entry.Set))
        {
            if (layer.All(set => BitSets.Count(kept[set]) == 0))
            {
                var first = Sets[layer.First()];
                kept[layer.First()] = UnitKeys.Smallest(first.Name, first.Count, kept: 1, seed);
            }
        }

        return Granularity.Expand(Network, Sets, kept, origin);
    }
}
