using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Granularities;

// An input channel of one layer, all weights with which the layer reads it, is a unit. A channel that no layer reads any more is
// not made either. The image's channels are no units.
internal sealed class ChannelGranularity : MaskGranularity
{
    public override string Name => "Channel";

    internal override string UnitNoun => "input channels";

    internal override IReadOnlyList<UnitSet> UnitsOf(Network network) =>
    [
        .. ChannelGroups.Of(network).Inputs
            .Select((group, layer) => (Group: group, Set: new UnitSet(network.WeightLayers[layer].Name, [layer], group.Channels, Size: 1)))
            .Where(entry => entry.Group.IsPrunable)
            .Select(entry => entry.Set),
    ];

    internal override NetworkMask Expand(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<ulong[]> kept, MaskOrigin? origin)
    {
        var groups = ChannelGroups.Of(network);
        var inputs = groups.Inputs;
        var outputs = groups.Outputs;
        var read = new ulong[network.WeightLayers.Count][];
        var live = new Dictionary<string, ulong[]>(StringComparer.Ordinal);
        foreach (var (set, bits) in sets.Zip(kept))
        {
            int layer = set.Layers[0];
            string group = inputs[layer].Name;
            read[layer] = bits;
            live[group] = live.TryGetValue(group, out ulong[]? others) ? BitSets.Or(others, bits) : bits;
        }

        return new NetworkMask(
            network,
            [.. network.WeightLayers.Select((layer, index) => ChannelMasks.Crossing(layer, live.GetValueOrDefault(outputs[index].Name), read[index], inputs[index]))],
            origin)
        {
            RemovesChannels = sets.Zip(kept).Any(pair => BitSets.Count(pair.Second) < pair.First.Count),
        };
    }

    internal override ulong[][] KeptUnits(NetworkMask mask, IReadOnlyList<UnitSet> sets)
    {
        var inputs = ChannelGroups.Of(mask.Network).Inputs;
        return [.. sets.Select(set => ChannelMasks.Inputs(mask.Layers[set.Layers[0]], inputs[set.Layers[0]]))];
    }
}
