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

    // A channel is made when any of the layers that may read it does: at least as many as one of them reads, at most as many as all do.
    internal override (long Least, long Most)[] KeptWeights(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<int> counts)
    {
        var groups = ChannelGroups.Of(network);
        var inputs = groups.Inputs;
        var outputs = groups.Outputs;
        var read = sets.Zip(counts).ToDictionary(pair => pair.First.Layers[0], pair => (long)pair.Second);
        (long Least, long Most) Made(ChannelGroup group) => group.IsPrunable && group.Readers.Count > 0
            ? (group.Readers.Max(reader => read[reader]), Math.Min(group.Channels, group.Readers.Sum(reader => read[reader])))
            : (group.Channels, group.Channels);
        return
        [
            .. network.WeightLayers.Select((layer, index) =>
            {
                long perOutput = read.GetValueOrDefault(index, inputs[index].Channels) * ChannelGroups.WeightsPerInput(layer, inputs[index]);
                var (least, most) = Made(outputs[index]);
                return (least * perOutput, most * perOutput);
            }),
        ];
    }

    internal override ulong[][] KeptUnits(NetworkMask mask, IReadOnlyList<UnitSet> sets)
    {
        var inputs = ChannelGroups.Of(mask.Network).Inputs;
        return [.. sets.Select(set => ChannelMasks.Inputs(mask.Layers[set.Layers[0]], inputs[set.Layers[0]]))];
    }
}
