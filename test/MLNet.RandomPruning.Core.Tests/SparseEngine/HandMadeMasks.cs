using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>
/// Structured masks of residual networks made from their definitions, weight by weight. Which channels are tied together is read
/// off the layers' names: a stage has one set of channels, and each block one between its two convolutions.
/// </summary>
internal static class HandMadeMasks
{
    /// <summary>The kinds that <see cref="Of"/> makes.</summary>
    public static readonly string[] Kinds = ["block 1×4", "block 4×1", "block 2×2", "kernel", "2:4", "1:4", "filter", "channel", "sparse filter"];

    /// <summary>A mask of about half of the network, drawn from a seed.</summary>
    public static NetworkMask Of(string kind, Network network, int seed)
    {
        var random = new Random(seed);
        return kind switch
        {
            "block 1×4" => Blocks(network, 1, 4, random),
            "block 4×1" => Blocks(network, 4, 1, random),
            "block 2×2" => Blocks(network, 2, 2, random),
            "kernel" => FromRule(network, layer => ByKey(random, index => index / Area(layer))),
            "2:4" => FromRule(network, layer => Groups(layer, 2, 4, random)),
            "1:4" => FromRule(network, layer => Groups(layer, 1, 4, random)),
            "filter" => Filters(network, name => Half(ChannelsOf(network, name), random)),
            "sparse filter" => Filters(network, name => Half(ChannelsOf(network, name), random), density: 0.4, random),
            "channel" => Channels(network, random),
            _ => throw new ArgumentException(kind),
        };
    }

    /// <summary>A mask that keeps some channels of each tied set and, of the weights between them, each with a probability.</summary>
    public static NetworkMask Filters(Network network, Func<string, bool[]> keptChannels, double density = 1, Random? random = null)
    {
        var kept = SetsOf(network).ToDictionary(set => set, keptChannels);
        return FromRule(network, layer => index =>
        {
            var (output, input) = Place(layer, index);
            return Keeps(kept, MadeBy(layer), output) && Keeps(kept, ReadBy(layer, network), input) && (random is null || random.NextDouble() < density);
        }, removesChannels: true);
    }

    /// <summary>The names of all sets of channels that pruning may thin out.</summary>
    public static IEnumerable<string> SetsOf(Network network) => network.WeightLayers.Select(MadeBy).OfType<string>().Distinct();

    public static int ChannelsOf(Network network, string set) => network.WeightLayers.First(layer => MadeBy(layer) == set).Outputs;

    /// <summary>Which of some channels stay: half of them, drawn at random.</summary>
    public static bool[] Half(int channels, Random random)
    {
        bool[] kept = [.. Enumerable.Range(0, channels).Select(channel => channel < (channels + 1) / 2)];
        random.Shuffle(kept);
        return kept;
    }

    /// <summary>The set of channels that a layer makes; null for the classes.</summary>
    public static string? MadeBy(WeightLayer layer) =>
        layer is LinearLayer ? null : layer.Name.EndsWith("conv1", StringComparison.Ordinal) ? layer.Name : StageOf(layer);

    /// <summary>The set of channels that a layer reads; null for the image's.</summary>
    public static string? ReadBy(WeightLayer layer, Network network)
    {
        if (layer.Name == "conv")
        {
            return null;
        }

        if (layer.Name.EndsWith("conv2", StringComparison.Ordinal))
        {
            return layer.Name[..^1] + "1";
        }

        int block = layer is LinearLayer ? int.MaxValue : BlockOf(layer);
        return StageOf(network.WeightLayers.Last(earlier => earlier is ConvolutionLayer && !earlier.Name.EndsWith("conv1", StringComparison.Ordinal) && BlockOf(earlier) < block));
    }

    /// <summary>[set]: whether each channel is made or read by a kept weight.</summary>
    public static Dictionary<string, bool[]> ChannelsLeft(NetworkMask mask)
    {
        var left = SetsOf(mask.Network).ToDictionary(set => set, set => new bool[ChannelsOf(mask.Network, set)]);
        foreach (var layer in mask.Layers)
        {
            foreach (int index in layer.KeptIndices())
            {
                var (output, input) = Place(layer.Layer, index);
                if (MadeBy(layer.Layer) is { } made)
                {
                    left[made][output] = true;
                }

                if (ReadBy(layer.Layer, mask.Network) is { } read)
                {
                    left[read][input] = true;
                }
            }
        }

        return left;
    }

    /// <summary>The output and the input channel of a weight.</summary>
    public static (int Output, int Input) Place(WeightLayer layer, int index) => (index / layer.FanIn, index % layer.FanIn / Area(layer));

    // An input channel of a layer goes with a probability of one half; what nobody reads any more is not made.
    private static NetworkMask Channels(Network network, Random random)
    {
        var read = network.WeightLayers.ToDictionary(layer => layer.Name, layer => ReadBy(layer, network) is { } set
            ? Half(ChannelsOf(network, set), random)
            : [.. Enumerable.Repeat(true, network.InputShape.Channels)]);
        return FromRule(network, layer => index =>
        {
            var (output, input) = Place(layer, index);
            return read[layer.Name][input]
                && (MadeBy(layer) is not { } made || network.WeightLayers.Any(reader => ReadBy(reader, network) == made && read[reader.Name][output]));
        }, removesChannels: true);
    }

    private static NetworkMask Blocks(Network network, int outputs, int inputs, Random random) => FromRule(network, layer => ByKey(random, index =>
    {
        var (output, input) = Place(layer, index);
        return ((output / outputs * layer.WeightShape[1]) + input / inputs) * Area(layer) + index % Area(layer);
    }));

    private static Func<int, bool> ByKey(Random random, Func<int, int> keyOf)
    {
        var kept = new Dictionary<int, bool>();
        return index =>
        {
            int key = keyOf(index);
            if (!kept.TryGetValue(key, out bool value))
            {
                kept.Add(key, value = random.Next(2) == 0);
            }

            return value;
        };
    }

    // At each output and kernel position n of m neighbouring inputs, and n of a short last group too.
    private static Func<int, bool> Groups(WeightLayer layer, int n, int m, Random random)
    {
        int inputs = layer.WeightShape[1], area = Area(layer);
        var kept = new HashSet<int>();
        for (int output = 0; output < layer.Outputs; output++)
        for (int position = 0; position < area; position++)
        for (int first = 0; first < inputs; first += m)
        {
            int[] group = [.. Enumerable.Range(first, Math.Min(m, inputs - first)).Select(input => (output * inputs + input) * area + position)];
            random.Shuffle(group);
            kept.UnionWith(group.Take(n));
        }

        return kept.Contains;
    }

    private static NetworkMask FromRule(Network network, Func<WeightLayer, Func<int, bool>> ruleOf, bool removesChannels = false) =>
        new(network, [.. network.WeightLayers.Select(layer =>
        {
            var rule = ruleOf(layer);
            return WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(rule)]);
        })]) { RemovesChannels = removesChannels };

    private static bool Keeps(Dictionary<string, bool[]> kept, string? set, int channel) => set is null || kept[set][channel];

    private static int Area(WeightLayer layer) => layer is ConvolutionLayer convolution ? convolution.KernelSize * convolution.KernelSize : 1;

    private static int BlockOf(WeightLayer layer) => layer.Name == "conv" ? -1 : int.Parse(layer.Name.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture);

    // A stage ends where rows and columns halve.
    private static string StageOf(WeightLayer layer) => $"stage of {layer.OutputShape.Height}×{layer.OutputShape.Width}, {layer.Outputs} channels";
}
