using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>Units within one layer that tile its outputs × inputs plane: single weights, blocks and kernels.</summary>
/// <param name="rows">The outputs of a tile.</param>
/// <param name="columns">The inputs of a tile.</param>
/// <param name="wholeKernel">Whether a tile holds all positions of the kernel, or a unit one position.</param>
internal abstract class TiledGranularity(int rows, int columns, bool wholeKernel) : MaskGranularity
{
    internal sealed override IReadOnlyList<UnitSet> UnitsOf(Network network) =>
        [.. network.WeightLayers.SelectMany((layer, index) => TileSet.Of(layer, index, rows, columns, wholeKernel).Select(Limit))];

    internal sealed override NetworkMask Expand(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<ulong[]> kept, MaskOrigin? origin)
    {
        var weights = new ulong[network.WeightLayers.Count][];
        for (int index = 0; index < sets.Count; index++)
        {
            var set = (TileSet)sets[index];
            if (IsWeights(set))
            {
                weights[set.Layers[0]] = kept[index];
                continue;
            }

            ulong[] bits = weights[set.Layers[0]] ??= BitSets.Empty(set.Layer.WeightCount);
            for (int unit = 0; unit < set.Count; unit++)
            {
                if (BitSets.Contains(kept[index], unit))
                {
                    set.AddWeights(unit, bits);
                }
            }
        }

        return new NetworkMask(network, [.. network.WeightLayers.Zip(weights, (layer, bits) => WeightMask.Owning(layer, bits))], origin);
    }

    internal sealed override (long Least, long Most)[] KeptWeights(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<int> counts)
    {
        var kept = new (long Least, long Most)[network.WeightLayers.Count];
        for (int index = 0; index < sets.Count; index++)
        {
            ref var layer = ref kept[sets[index].Layers[0]];
            layer.Least = layer.Most += (long)counts[index] * sets[index].Size;
        }

        return kept;
    }

    internal sealed override ulong[][] KeptUnits(NetworkMask mask, IReadOnlyList<UnitSet> sets)
    {
        return [.. sets.Select(set => Kept((TileSet)set))];

        ulong[] Kept(TileSet set)
        {
            var layer = mask.Layers[set.Layers[0]];
            if (IsWeights(set))
            {
                return layer.Bits.ToArray();
            }

            ulong[] kept = BitSets.Empty(set.Count);
            foreach (int weight in layer.KeptIndices())
            {
                if (set.UnitOf(weight) is int unit and >= 0)
                {
                    BitSets.Add(kept, unit);
                }
            }

            return kept;
        }
    }

    /// <summary>Sets how many of the units may be kept, where that is fewer than all.</summary>
    private protected virtual TileSet Limit(TileSet set) => set;

    private static bool IsWeights(TileSet set) => set.Count == set.Layer.WeightCount;
}
