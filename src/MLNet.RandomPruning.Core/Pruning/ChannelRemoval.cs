using System.Numerics;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// Takes the channels out of a network that its masks cut off on both sides: no kept weight of any layer makes them, and no kept
/// weight of any layer reads them. Channels that are tied together by additions go together, and those of the image and the classes
/// stay. All kept weights stay, in their order, since only empty rows and columns of the weight tensors go.
/// </summary>
internal static class ChannelRemoval
{
    /// <summary>The same masks on the narrower network; the masks themselves where no channel goes.</summary>
    /// <exception cref="InvalidOperationException">All channels of a group would go; names the layer.</exception>
    public static NetworkMask Narrow(NetworkMask mask)
    {
        var network = mask.Network;
        var groups = ChannelGroups.Of(network);
        var inputs = groups.Inputs;
        var outputs = groups.Outputs;
        var places = groups.All.Zip(Places(mask, groups)).ToDictionary(pair => pair.First, pair => pair.Second);
        int[] channels = [.. groups.All.Select(group => places[group].Max() + 1)];
        if (groups.All.Zip(channels).All(pair => pair.First.Channels == pair.Second))
        {
            return mask;
        }

        var narrower = NetworkNarrowing.WithChannels(network, groups, channels);
        return new NetworkMask(narrower, [.. mask.Layers.Select((layer, index) => Move(
            layer, narrower.WeightLayers[index], places[inputs[index]], places[outputs[index]], ChannelGroups.WeightsPerInput(layer.Layer, inputs[index])))]);
    }

    /// <summary>
    /// For each group in order, the place of each channel in the network without the channels that the masks take out of it; −1 for one
    /// that goes. Every channel stays where it is unless the masks remove channels.
    /// </summary>
    /// <exception cref="InvalidOperationException">All channels of a group would go; names the layer.</exception>
    public static IReadOnlyList<int[]> Places(NetworkMask mask, ChannelGroups groups)
    {
        if (!mask.RemovesChannels)
        {
            return [.. groups.All.Select(group => Enumerable.Range(0, group.Channels).ToArray())];
        }

        var inputs = groups.Inputs;
        var outputs = groups.Outputs;
        var isUsed = groups.All.ToDictionary(group => group, group => new bool[group.Channels]);
        for (int index = 0; index < mask.Layers.Count; index++)
        {
            Mark(mask.Layers[index], isUsed[inputs[index]], isUsed[outputs[index]], ChannelGroups.WeightsPerInput(mask.Layers[index].Layer, inputs[index]));
        }

        return [.. groups.All.Select(group => Places(group, isUsed[group], mask.Network))];
    }

    private static void Mark(WeightMask mask, bool[] inputs, bool[] outputs, int weightsPerInput)
    {
        int fanIn = mask.Layer.FanIn;
        var bits = mask.Bits;
        for (int word = 0; word < bits.Length; word++)
        {
            for (ulong rest = bits[word]; rest != 0; rest &= rest - 1)
            {
                int index = (word << 6) + BitOperations.TrailingZeroCount(rest);
                inputs[index % fanIn / weightsPerInput] = true;
                outputs[index / fanIn] = true;
            }
        }
    }

    private static int[] Places(ChannelGroup group, bool[] isUsed, Network network)
    {
        int next = 0;
        int[] places = [.. isUsed.Select(used => used || !group.IsPrunable ? next++ : -1)];
        return next > 0
            ? places
            : throw new InvalidOperationException(
                $"The masks of {network.Name} take all {group.Channels} channels of layer '{group.Name}' out of the network: no kept weight makes or reads any of them. Keep at least one.");
    }

    private static WeightMask Move(WeightMask mask, WeightLayer layer, int[] inputs, int[] outputs, int weightsPerInput)
    {
        int fanIn = mask.Layer.FanIn;
        int[] kept = mask.KeptIndices();
        for (int j = 0; j < kept.Length; j++)
        {
            (int output, int rest) = Math.DivRem(kept[j], fanIn);
            (int input, int place) = Math.DivRem(rest, weightsPerInput);
            kept[j] = outputs[output] * layer.FanIn + inputs[input] * weightsPerInput + place;
        }

        return WeightMask.FromIndices(layer, kept);
    }
}
