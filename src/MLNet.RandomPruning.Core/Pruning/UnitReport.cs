using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning;

/// <summary>How many of the things that pruning keeps or removes as a whole masks keep: blocks, kernels, filters or input channels.</summary>
/// <param name="Granularity">What a unit is: the name of a <see cref="MaskGranularity"/>.</param>
/// <param name="Kept">The number of kept units of the whole network. Filters that additions tie together are one unit.</param>
/// <param name="Count">The number of units.</param>
/// <param name="Layers">The units of each weight layer, in the order of computation. A unit of tied filters stands in each of its layers.</param>
public sealed record UnitReport(string Granularity, int Kept, int Count, IReadOnlyList<LayerUnitReport> Layers)
{
    /// <summary>Counts the units of masks by their granularity; null where each weight is a unit, as of unstructured and N:M masks.</summary>
    /// <exception cref="ArgumentException">The masks' origin names a granularity that is not known.</exception>
    public static UnitReport? From(NetworkMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var granularity = mask.Granularity;
        var sets = granularity.UnitsOf(mask.Network);
        if (sets.All(set => set.Layers is [var layer] && set.Count == mask.Network.WeightLayers[layer].WeightCount))
        {
            return null;
        }

        int[] kept = [.. granularity.KeptUnits(mask, sets).Select(units => BitSets.Count(units))];
        var layers = mask.Layers.Select((layer, index) =>
        {
            var own = Enumerable.Range(0, sets.Count).Where(set => sets[set].Layers.Contains(index)).ToArray();
            return new LayerUnitReport(layer.Layer.Name, own.Sum(set => kept[set]), own.Sum(set => sets[set].Count));
        });
        return new UnitReport(granularity.Name, kept.Sum(), sets.Sum(set => set.Count), [.. layers]);
    }
}

/// <summary>How many of a layer's units masks keep.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Kept">The number of kept units.</param>
/// <param name="Count">The number of units; 0 for a layer whose weights belong to no unit, such as the last one where filters are pruned.</param>
public sealed record LayerUnitReport(string Name, int Kept, int Count);
