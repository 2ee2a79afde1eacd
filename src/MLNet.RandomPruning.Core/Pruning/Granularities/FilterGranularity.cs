using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Granularities;

// A filter, all weights that make one output channel, is a unit, together with the weights behind it that read the channel. Where
// additions tie channels of several layers, the filters that make one of them are one unit, which counts for as many as they are.
internal sealed class FilterGranularity : MaskGranularity
{
    public override string Name => "Filter";

    internal override string UnitNoun => "filters";

    internal override IReadOnlyList<UnitSet> UnitsOf(Network network) =>
        [.. PrunableGroups(network).Select(group => new UnitSet(group.Name, group.Producers, group.Channels, group.Producers.Count))];

    internal override NetworkMask Expand(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<ulong[]> kept, MaskOrigin? origin)
    {
        var groups = ChannelGroups.Of(network);
        var live = PrunableGroups(groups).Zip(kept).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
        var outputs = groups.Outputs;
        var inputs = groups.Inputs;
        return new NetworkMask(
            network,
            [.. network.WeightLayers.Select((layer, index) =>
                ChannelMasks.Crossing(layer, live.GetValueOrDefault(outputs[index].Name), live.GetValueOrDefault(inputs[index].Name), inputs[index]))],
            origin)
        {
            RemovesChannels = sets.Zip(kept).Any(pair => BitSets.Count(pair.Second) < pair.First.Count),
        };
    }

    internal override (long Least, long Most)[] KeptWeights(Network network, IReadOnlyList<UnitSet> sets, IReadOnlyList<int> counts)
    {
        var groups = ChannelGroups.Of(network);
        var live = PrunableGroups(groups).Zip(counts).ToDictionary(pair => pair.First, pair => (long)pair.Second);
        long Live(ChannelGroup group) => live.TryGetValue(group, out long count) ? count : group.Channels;
        var outputs = groups.Outputs;
        var inputs = groups.Inputs;
        return
        [
            .. network.WeightLayers.Select((layer, index) =>
            {
                long kept = Live(outputs[index]) * Live(inputs[index]) * ChannelGroups.WeightsPerInput(layer, inputs[index]);
                return (kept, kept);
            }),
        ];
    }

    // A channel is there as long as a kept weight makes or reads it.
    internal override ulong[][] KeptUnits(NetworkMask mask, IReadOnlyList<UnitSet> sets) =>
    [
        .. PrunableGroups(mask.Network).Select(group => group.Producers.Select(layer => ChannelMasks.Outputs(mask.Layers[layer]))
            .Concat(group.Readers.Select(layer => ChannelMasks.Inputs(mask.Layers[layer], group)))
            .Aggregate((left, right) => BitSets.Or(left, right))),
    ];

    private static IEnumerable<ChannelGroup> PrunableGroups(Network network) => PrunableGroups(ChannelGroups.Of(network));

    private static IEnumerable<ChannelGroup> PrunableGroups(ChannelGroups groups) => groups.All.Where(group => group.IsPrunable);
}
