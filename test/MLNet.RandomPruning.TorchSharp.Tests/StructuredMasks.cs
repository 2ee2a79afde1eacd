using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>Structured masks of residual networks, made weight by weight: a rule says which weights stay.</summary>
internal static class StructuredMasks
{
    public static NetworkMask Of(string kind, Network network, int seed)
    {
        var random = new Random(seed);
        return kind switch
        {
            "block" => ByGroup(network, random, (output, input, position) => (output / 4, input, position)),
            "kernel" => ByGroup(network, random, (output, input, _) => (output, input, 0)),
            "2:4" => TwoOfFour(network, random),
            "filter" => Filters(network, random),
            "channel" => Channels(network, random),
            _ => throw new ArgumentException(kind),
        };
    }

    /// <summary>Half of the channels of every stage, and of those inside every block.</summary>
    private static NetworkMask Filters(Network network, Random random)
    {
        var kept = new Dictionary<string, bool[]>();
        bool Keeps(string? set, int channels, int channel)
        {
            if (set is null)
            {
                return true;
            }

            if (!kept.TryGetValue(set, out bool[]? flags))
            {
                flags = [.. Enumerable.Range(0, channels).Select(i => i % 2 == 0)];
                random.Shuffle(flags);
                kept.Add(set, flags);
            }

            return flags[channel];
        }

        return Where(network, (layer, output, input, _) =>
            Keeps(MadeBy(layer), layer.Outputs, output) && Keeps(ReadBy(network, layer), layer.WeightShape[1], input), removesChannels: true);
    }

    /// <summary>Of every layer half of the channels that it reads.</summary>
    private static NetworkMask Channels(Network network, Random random)
    {
        var read = network.WeightLayers.ToDictionary(layer => layer, layer =>
        {
            bool[] flags = [.. Enumerable.Range(0, layer.WeightShape[1]).Select(i => i % 2 == 0 || layer.Name == "conv")];
            random.Shuffle(flags);
            return flags;
        });
        return Where(network, (layer, output, input, _) => read[layer][input]
            && (MadeBy(layer) is not { } made || network.WeightLayers.Any(reader => ReadBy(network, reader) == made && read[reader][output])), removesChannels: true);
    }

    private static NetworkMask TwoOfFour(Network network, Random random)
    {
        var kept = new Dictionary<(WeightLayer, int, int, int), bool[]>();
        return Where(network, (layer, output, input, position) =>
        {
            var key = (layer, output, input / 4, position);
            if (!kept.TryGetValue(key, out bool[]? flags))
            {
                flags = [true, true, false, false];
                random.Shuffle(flags);
                kept.Add(key, flags);
            }

            return flags[input % 4];
        });
    }

    private static NetworkMask ByGroup(Network network, Random random, Func<int, int, int, (int, int, int)> groupOf)
    {
        var kept = new Dictionary<(WeightLayer, (int, int, int)), bool>();
        return Where(network, (layer, output, input, position) =>
        {
            var key = (layer, groupOf(output, input, position));
            if (!kept.TryGetValue(key, out bool value))
            {
                kept.Add(key, value = random.Next(2) == 0);
            }

            return value;
        });
    }

    private static NetworkMask Where(Network network, Func<WeightLayer, int, int, int, bool> rule, bool removesChannels = false) => new(network, [.. network.WeightLayers.Select(layer =>
    {
        int area = layer.FanIn / layer.WeightShape[1];
        return WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(index =>
            rule(layer, index / layer.FanIn, index % layer.FanIn / area, index % area))]);
    })]) { RemovesChannels = removesChannels };

    private static string? MadeBy(WeightLayer layer) =>
        layer is LinearLayer ? null : layer.Name.EndsWith("conv1", StringComparison.Ordinal) ? layer.Name : $"stage {layer.OutputShape}";

    private static string? ReadBy(Network network, WeightLayer layer)
    {
        if (layer.Name == "conv")
        {
            return null;
        }

        if (layer.Name.EndsWith("conv2", StringComparison.Ordinal))
        {
            return layer.Name[..^1] + "1";
        }

        return $"stage {(layer is ConvolutionLayer convolution ? convolution.InputShape : network.WeightLayers[^2].OutputShape)}";
    }
}
