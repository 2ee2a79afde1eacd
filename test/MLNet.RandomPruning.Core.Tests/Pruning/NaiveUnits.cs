using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

/// <summary>
/// What the units of a granularity are, written down a second time and the plain way: from weight indices and from the names of a
/// residual network's layers, without any of the product's own bookkeeping.
/// </summary>
internal static partial class NaiveUnits
{
    /// <summary>All granularities that the tests go through.</summary>
    public static readonly string[] Names = ["Unstructured", "Kernel", "1x4", "4x1", "3x3", "5x2", "2:4", "1:4", "3:5", "Filter", "Channel"];

    public static readonly Network[] Networks =
    [
        ResNet.Parse("ResNet-20-16").Build(new ImageShape(3, 32, 32), 10),
        ResNet.Parse("ResNet-8-8").Build(new ImageShape(5, 9, 7), 7),
        ResNet.Parse("ResNet-14-3").Build(new ImageShape(1, 8, 8), 2),
    ];

    private static readonly ConcurrentDictionary<(WeightLayer Layer, string Granularity), List<int[]>> Known = [];

    public static bool IsNOfM(string granularity) => granularity.Contains(':');

    public static bool RemovesChannels(string granularity) => granularity is "Filter" or "Channel";

    public static (int N, int M) NOfM(string granularity)
    {
        int[] numbers = [.. granularity.Split(':').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1]);
    }

    /// <summary>The weights of each unit of one layer, for granularities within a layer.</summary>
    public static List<int[]> Tiles(WeightLayer layer, string granularity) => Known.GetOrAdd((layer, granularity), key => Tile(key.Layer, key.Granularity));

    private static List<int[]> Tile(WeightLayer layer, string granularity)
    {
        var (rows, columns, whole) = granularity switch
        {
            "Kernel" => (1, 1, true),
            _ when Blocks().Match(granularity) is { Success: true } match => (Number(match, 1), Number(match, 2), false),
            _ => (1, 1, false),
        };
        int outputs = layer.WeightShape[0], inputs = layer.WeightShape[1], positions = layer.WeightCount / outputs / inputs;
        var tiles = new Dictionary<(int, int, int), List<int>>();
        for (int index = 0; index < layer.WeightCount; index++)
        {
            int position = index % positions, input = index / positions % inputs, output = index / positions / inputs;
            var tile = (output / rows, input / columns, whole ? 0 : position);
            (tiles.TryGetValue(tile, out var list) ? list : tiles[tile] = []).Add(index);
        }

        return [.. tiles.Values.Select(tile => tile.ToArray())];
    }

    /// <summary>The groups of N:M of one layer: neighbouring inputs at one output and position.</summary>
    public static IEnumerable<int[]> Groups(WeightLayer layer, int m) => Tiles(layer, string.Create(CultureInfo.InvariantCulture, $"1x{m}"));

    public static HashSet<int> Outputs(WeightMask mask) => [.. mask.KeptIndices().Select(index => index / (mask.Layer.WeightCount / mask.Layer.WeightShape[0]))];

    public static HashSet<int> Inputs(WeightMask mask) =>
        [.. mask.KeptIndices().Select(index => index % (mask.Layer.WeightCount / mask.Layer.WeightShape[0]) / (mask.Layer.WeightShape.Count == 4 ? mask.Layer.WeightShape[2] * mask.Layer.WeightShape[3] : 1))];

    /// <summary>The layers that make the channels that a layer makes: its whole stage, or itself alone.</summary>
    public static string GroupOfOutputs(Network network, WeightLayer layer) =>
        layer.Name.EndsWith("conv1", StringComparison.Ordinal) || layer is LinearLayer ? layer.Name : $"stage of {layer.Outputs}";

    /// <summary>The channels that a layer reads.</summary>
    public static string GroupOfInputs(Network network, WeightLayer layer) => layer.Name switch
    {
        "conv" => "image",
        _ when layer.Name.EndsWith("conv2", StringComparison.Ordinal) => layer.Name.Replace("conv2", "conv1", StringComparison.Ordinal),
        _ => $"stage of {layer.WeightShape[1]}",
    };

    /// <summary>Everything that can be kept or pruned: what the sparsity is a fraction of.</summary>
    public static long Extent(Network network, string granularity) => granularity switch
    {
        "Filter" => network.WeightLayers.OfType<ConvolutionLayer>().Sum(layer => (long)layer.WeightShape[0]),
        "Channel" => network.WeightLayers.Skip(1).Sum(layer => (long)layer.WeightShape[1]),
        _ => network.WeightCount,
    };

    /// <summary>What masks keep, counted as the sparsity counts it.</summary>
    public static long Kept(NetworkMask mask, string granularity) => granularity switch
    {
        "Filter" => mask.Layers.Where(layer => layer.Layer is ConvolutionLayer).Sum(layer => (long)Outputs(layer).Count),
        "Channel" => mask.Layers.Skip(1).Sum(layer => (long)Inputs(layer).Count),
        _ => mask.Layers.Sum(layer => (long)layer.KeptIndices().Length),
    };

    /// <summary>The size of the smallest units of which a layer keeps some and not all: half of it is what a total can be missed by.</summary>
    public static int SmallestOpenUnit(NetworkMask mask, string granularity) => granularity switch
    {
        "Filter" => mask.Layers.GroupBy(layer => GroupOfOutputs(mask.Network, layer.Layer))
            .Where(group => Outputs(group.First()).Count < group.First().Layer.Outputs).Select(group => group.Count()).DefaultIfEmpty(1).Min(),
        "Channel" => 1,
        _ => mask.Layers
            .SelectMany(layer => Tiles(layer.Layer, granularity).GroupBy(tile => tile.Length).Where(tiles => tiles.Select(tile => layer[tile[0]]).Distinct().Count() == 2).Select(tiles => tiles.Key))
            .DefaultIfEmpty(int.MaxValue).Min(),
    };

    /// <summary>Whether each unit is kept or pruned as a whole and the masks observe what the granularity asks for.</summary>
    public static void AssertStructure(NetworkMask mask, string granularity)
    {
        switch (granularity)
        {
            case "Filter" or "Channel":
                AssertChannels(mask, granularity);
                break;
            case var _ when IsNOfM(granularity):
                var (n, m) = NOfM(granularity);
                foreach (var layer in mask.Layers)
                {
                    Assert.IsTrue(Groups(layer.Layer, m).All(group => group.Count(index => layer[index]) <= n), $"{granularity} in {layer.Layer.Name}");
                }

                break;
            default:
                foreach (var layer in mask.Layers)
                {
                    Assert.IsTrue(Tiles(layer.Layer, granularity).All(tile => tile.All(index => layer[index] == layer[tile[0]])), $"{granularity} in {layer.Layer.Name}");
                }

                break;
        }
    }

    private static void AssertChannels(NetworkMask mask, string granularity)
    {
        var network = mask.Network;
        var made = new Dictionary<string, HashSet<int>>(StringComparer.Ordinal);
        foreach (var layer in mask.Layers)
        {
            // All layers of a group make the same channels.
            string group = GroupOfOutputs(network, layer.Layer);
            var outputs = Outputs(layer);
            Assert.IsTrue(made.TryAdd(group, outputs) || made[group].SetEquals(outputs), $"{granularity}: outputs of {layer.Layer.Name}");

            // Each output that is made reads the same input channels, with all weights of each.
            var inputs = Inputs(layer);
            Assert.AreEqual((long)outputs.Count * inputs.Count * (layer.Layer.FanIn / layer.Layer.WeightShape[1]), layer.KeptCount, $"{granularity}: weights of {layer.Layer.Name}");
        }

        Assert.HasCount(network.ClassCount, made["fc"]);
        foreach (var readers in mask.Layers.GroupBy(layer => GroupOfInputs(network, layer.Layer)))
        {
            var read = readers.Select(Inputs).ToArray();
            if (readers.Key == "image")
            {
                Assert.HasCount(network.InputShape.Channels, read.Single());
            }
            else if (granularity == "Filter")
            {
                Assert.IsTrue(read.All(inputs => inputs.SetEquals(made[readers.Key])), $"readers of {readers.Key}");
            }
            else
            {
                Assert.IsTrue(read.SelectMany(inputs => inputs).ToHashSet().SetEquals(made[readers.Key]), $"readers of {readers.Key}");
            }
        }
    }

    public static bool Contains(NetworkMask outer, NetworkMask inner) => outer.Layers.Zip(inner.Layers).All(pair =>
    {
        for (int word = 0; word < pair.First.Bits.Length; word++)
        {
            if ((pair.Second.Bits[word] & ~pair.First.Bits[word]) != 0)
            {
                return false;
            }
        }

        return true;
    });

    public static bool Same(NetworkMask left, NetworkMask right) =>
        left.RemovesChannels == right.RemovesChannels && left.Layers.Zip(right.Layers).All(pair => pair.First.SameAs(pair.Second));

    /// <summary>round((1 − sparsity)·units), halves up.</summary>
    public static long Total(Network network, string granularity, double sparsity) =>
        (long)Math.Round((1 - (decimal)sparsity) * Extent(network, granularity), MidpointRounding.AwayFromZero);

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\d+)x(\d+)$")]
    private static partial Regex Blocks();
}
