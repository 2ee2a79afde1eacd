using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

/// <summary>Masks that are made from masks: pruned further, and on the way from a dense network to a target.</summary>
[TestClass]
public sealed class MaskStepsTests
{
    private static readonly Network Network = NaiveUnits.Networks[1];
    private static readonly double[] Shares = [0, 0.001, 0.1, 0.25, 0.5, 0.5001, 0.875, 0.99, 0.9999, 1];

    public static IEnumerable<object[]> Granularities => NaiveUnits.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void Between_goes_from_dense_to_the_target_unit_by_unit(string granularity)
    {
        var target = MaskGenerator.Generate(Network, Ratio(granularity), 0.78, seed: 21, granularity: granularity);
        long removed = Units(NetworkMask.Dense(Network), granularity).Sum() - Units(target, granularity).Sum();
        NetworkMask? earlier = null;
        foreach (double share in Shares)
        {
            var mask = MaskGenerator.Between(target, share);
            string what = $"{granularity} at {share}";
            Assert.IsTrue(NaiveUnits.Contains(mask, target), what);
            Assert.IsTrue(earlier is null || NaiveUnits.Contains(earlier, mask), what);
            int[] units = Units(mask, granularity);
            long gone = Units(NetworkMask.Dense(Network), granularity).Sum() - units.Sum();
            Assert.AreEqual((long)Math.Round(share * removed, MidpointRounding.AwayFromZero), gone, what);

            // Each set of units is as far on its way as the whole, to a unit.
            foreach (var ((now, all), end) in units.Zip(Units(NetworkMask.Dense(Network), granularity)).Zip(Units(target, granularity)))
            {
                Assert.AreEqual(all - share * (all - end), now, 1.5, what);
            }

            Assert.AreEqual(NaiveUnits.RemovesChannels(granularity) && gone > 0, mask.RemovesChannels, what);
            if (!NaiveUnits.IsNOfM(granularity))
            {
                NaiveUnits.AssertStructure(mask, granularity);
            }

            earlier = mask;
        }

        Assert.AreSame(target, earlier);
        Assert.AreEqual(Network.WeightCount, MaskGenerator.Between(target, 0).KeptCount);
    }

    // Every step of a fine schedule, as gradual pruning takes them.
    [TestMethod]
    [DataRow("Unstructured")]
    [DataRow("Filter")]
    [DataRow("3x3")]
    public void Between_never_brings_a_unit_back(string granularity)
    {
        var target = MaskGenerator.Generate(Network, "ERK", 0.7, seed: 2, granularity: granularity);
        var earlier = NetworkMask.Dense(Network);
        for (int step = 1; step <= 200; step++)
        {
            var mask = MaskGenerator.Between(target, step / 200.0);
            Assert.IsTrue(NaiveUnits.Contains(earlier, mask), $"step {step}");
            earlier = mask;
        }
    }

    // Of one seed the weights with the smallest keys stay, so halfway there is what the same counts give at once.
    [TestMethod]
    public void Between_prunes_the_largest_keys_first()
    {
        var target = MaskGenerator.Generate(Network, "Uniform", 0.9, seed: 4);
        foreach (var layer in MaskGenerator.Between(target, 0.4).Layers)
        {
            Assert.IsTrue(layer.SameAs(MaskGenerator.GenerateExact(layer.Layer, layer.KeptCount, 4)), layer.Layer.Name);
        }
    }

    [TestMethod]
    public void Between_takes_masks_without_an_origin_as_unstructured()
    {
        var made = MaskGenerator.Generate(Network, "Uniform", 0.5, 3, granularity: "Filter");
        var target = new NetworkMask(Network, made.Layers) { RemovesChannels = true };
        var mask = MaskGenerator.Between(target, 0.5);
        Assert.AreEqual(Network.WeightCount - (long)Math.Round((Network.WeightCount - target.KeptCount) * 0.5, MidpointRounding.AwayFromZero), mask.KeptCount);
        Assert.IsTrue(mask.RemovesChannels);
        Assert.IsNull(mask.Origin);
        Assert.AreSame(target, MaskGenerator.Between(target, 1));
        Assert.IsFalse(MaskGenerator.Between(target, 0).RemovesChannels);
        foreach (double share in new[] { -0.1, 1.1, double.NaN })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MaskGenerator.Between(target, share));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void PruneFurther_of_nothing_pruned_is_Generate(string granularity)
    {
        foreach (var present in new[] { NetworkMask.Dense(Network), MaskGenerator.Generate(Network, "Dense", 0, 9) })
        {
            var mask = MaskGenerator.PruneFurther(present, Ratio(granularity), 0.78, seed: 5, granularity);
            var expected = MaskGenerator.Generate(Network, Ratio(granularity), 0.78, seed: 5, granularity: granularity);
            Assert.IsTrue(NaiveUnits.Same(expected, mask));
            Assert.AreEqual(expected.Origin, mask.Origin);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void PruneFurther_keeps_an_exact_part_of_what_is_there(string granularity)
    {
        foreach (string first in new[] { "Unstructured", granularity })
        {
            var present = MaskGenerator.Generate(Network, Ratio(first), NaiveUnits.IsNOfM(first) ? 0.76 : 0.5, seed: 1, granularity: first);
            var masks = new[] { 0.78, 0.85 }.Select(sparsity => MaskGenerator.PruneFurther(present, "Uniform", sparsity, seed: 8, granularity)).ToArray();
            Assert.IsTrue(NaiveUnits.Contains(present, masks[0]));
            Assert.IsTrue(NaiveUnits.Contains(masks[0], masks[1]));
            foreach (var (mask, sparsity) in masks.Zip([0.78, 0.85]))
            {
                string what = $"{granularity} of {first} at {sparsity}";
                Assert.IsNull(mask.Origin);
                Assert.IsTrue(mask.Layers.All(layer => layer.KeptCount > 0), what);
                Assert.AreEqual(NaiveUnits.RemovesChannels(granularity), mask.RemovesChannels, what);
                if (first == granularity)
                {
                    NaiveUnits.AssertStructure(mask, granularity);
                }

                // Of a unit that stays, all that was there stays.
                var whole = MaskGenerator.PruneFurther(NetworkMask.Dense(Network), "Uniform", 0.5, 1, granularity == "Unstructured" || NaiveUnits.IsNOfM(granularity) ? "Unstructured" : granularity);
                long kept = Units(mask, granularity).Zip(UnitSizes(whole, granularity), (count, size) => (long)count * size).Sum();
                long missed = Math.Abs(kept - NaiveUnits.Total(Network, granularity, sparsity));
                Assert.IsLessThanOrEqualTo(granularity is "Unstructured" or "Channel" or "Kernel" || NaiveUnits.IsNOfM(granularity) ? 0 : 8, missed, what);
            }
        }
    }

    [TestMethod]
    public void PruneFurther_gives_each_layer_its_share_of_what_it_has()
    {
        var network = NaiveUnits.Networks[0];
        var present = MaskGenerator.Generate(network, "ERK", 0.7, seed: 1);
        var mask = MaskGenerator.PruneFurther(present, "Uniform", 0.75, seed: 2);
        Assert.AreEqual(67_724L, mask.KeptCount);

        // Uniform asks for a quarter of each layer; where a layer has less it keeps all, and the others make up for it.
        double low = 0, high = 1;
        for (int step = 0; step < 100; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = present.Layers.Sum(layer => Math.Min(middle * layer.Length, layer.KeptCount)) < 67_724 ? (middle, high) : (low, middle);
        }

        foreach (var (after, before) in mask.Layers.Zip(present.Layers))
        {
            Assert.AreEqual(Math.Min(low * after.Length, before.KeptCount), after.KeptCount, 1.001, after.Layer.Name);
        }

        Assert.IsTrue(mask.Layers.Zip(present.Layers).Any(pair => pair.First.KeptCount == pair.Second.KeptCount));
    }

    [TestMethod]
    public void PruneFurther_keeps_removed_channels_removed()
    {
        var present = MaskGenerator.Generate(Network, "Uniform", 0.5, seed: 1, granularity: "Filter");
        foreach (string granularity in new[] { "Unstructured", "Kernel", "2:4", "Channel" })
        {
            var mask = MaskGenerator.PruneFurther(present, "Uniform", 0.85, seed: 2, granularity);
            Assert.IsTrue(mask.RemovesChannels);
            Assert.IsTrue(NaiveUnits.Contains(present, mask));
        }
    }

    [TestMethod]
    [DataRow("Unstructured", 0.8, 0.8)]
    [DataRow("Filter", 0.75, 0.7494)] // (1 − 0.7494)·784 = 196.47 filters are 196 as a quarter is.
    [DataRow("Kernel", 0.8, 0.8)]
    public void PruneFurther_refuses_more_than_there_is_and_names_the_nearest(string granularity, double sparsity, double nearest)
    {
        var network = NaiveUnits.Networks[0];
        var present = MaskGenerator.Generate(network, "Uniform", sparsity, seed: 1, granularity: granularity);
        string message = Assert.ThrowsExactly<PruningBudgetException>(() => MaskGenerator.PruneFurther(present, "ERK", sparsity - 0.2, seed: 2, granularity)).Message;
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"The smallest possible sparsity is {nearest}."), message);
        Assert.IsTrue(NaiveUnits.Same(present, MaskGenerator.PruneFurther(present, "Uniform", sparsity, seed: 2, granularity)));
    }

    [TestMethod]
    public void PruneFurther_refuses_channels_that_leave_a_layer_nothing()
    {
        // One weight a layer: hardly any two of them meet in channels that stay.
        var present = new NetworkMask(Network, [.. Network.WeightLayers.Select(layer => WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.Outputs).Select(output => output * layer.FanIn)]))]);
        string message = Assert.ThrowsExactly<PruningBudgetException>(() => MaskGenerator.PruneFurther(present, "Uniform", 0.7, seed: 4, "Filter")).Message;
        Assert.Contains("lower sparsity", message);
    }

    [TestMethod]
    public void OverlapWith_is_the_share_that_both_keep()
    {
        var layers = Network.WeightLayers;
        NetworkMask Mask(int from, int to) => new(Network, [.. layers.Select(layer => WeightMask.FromIndices(layer, [.. Enumerable.Range(from, to - from)]))]);
        Assert.AreEqual(0.25, Mask(0, 8).OverlapWith(Mask(6, 20)));
        Assert.AreEqual(2.0 / 14, Mask(6, 20).OverlapWith(Mask(0, 8)), 1e-12);
        Assert.AreEqual(1.0, Mask(2, 3).OverlapWith(NetworkMask.Dense(Network)));
        Assert.AreEqual(0.0, Mask(2, 3).OverlapWith(Mask(4, 5)));
        Assert.AreEqual(1.0, Mask(0, 0).OverlapWith(Mask(4, 5)));
        var error = Assert.ThrowsExactly<ArgumentException>(() => Mask(0, 1).OverlapWith(NetworkMask.Dense(ResNet.Parse("ResNet-8-4").Build(new ImageShape(5, 9, 7), 7))));
        Assert.Contains("'conv'", error.Message);
        Assert.ThrowsExactly<ArgumentException>(() => Mask(0, 1).OverlapWith(NetworkMask.Dense(NaiveUnits.Networks[0])));
    }

    // Under ERK the small layers that stay dense have most of the input channels of so small a network.
    private static LayerwiseRatio Ratio(string granularity) => granularity == "Channel" ? "Uniform" : "ERK";

    /// <summary>How many units of each layer (or tied layers), and of each size in it, masks keep something of.</summary>
    private static int[] Units(NetworkMask mask, string granularity) => granularity switch
    {
        // A channel is there as long as it is made or read.
        "Filter" => [.. Groups(mask).Select(group => Channels(mask, group).Count)],
        "Channel" => [.. mask.Layers.Skip(1).Select(layer => NaiveUnits.Inputs(layer).Count)],
        _ => [.. mask.Layers.SelectMany(layer => NaiveUnits.Tiles(layer.Layer, granularity).GroupBy(tile => Shape(layer.Layer, tile)).Select(tiles => tiles.Count(tile => tile.Any(index => layer[index]))))],
    };

    private static int[] UnitSizes(NetworkMask mask, string granularity) => granularity switch
    {
        "Filter" => [.. Groups(mask).Select(group => mask.Layers.Count(layer => NaiveUnits.GroupOfOutputs(mask.Network, layer.Layer) == group))],
        "Channel" => [.. mask.Layers.Skip(1).Select(_ => 1)],
        _ => [.. mask.Layers.SelectMany(layer => NaiveUnits.Tiles(layer.Layer, granularity).GroupBy(tile => Shape(layer.Layer, tile)).Select(tiles => tiles.First().Length))],
    };

    // Units of equal numbers of outputs and of inputs belong together.
    private static (int Outputs, int Inputs) Shape(WeightLayer layer, int[] tile)
    {
        int positions = layer.FanIn / layer.WeightShape[1];
        return (tile.Select(index => index / layer.FanIn).Distinct().Count(), tile.Select(index => index % layer.FanIn / positions).Distinct().Count());
    }

    private static IEnumerable<string> Groups(NetworkMask mask) =>
        mask.Layers.Where(layer => layer.Layer is ConvolutionLayer).Select(layer => NaiveUnits.GroupOfOutputs(mask.Network, layer.Layer)).Distinct();

    private static HashSet<int> Channels(NetworkMask mask, string group) =>
    [
        .. mask.Layers.Where(layer => NaiveUnits.GroupOfOutputs(mask.Network, layer.Layer) == group).SelectMany(NaiveUnits.Outputs),
        .. mask.Layers.Where(layer => NaiveUnits.GroupOfInputs(mask.Network, layer.Layer) == group).SelectMany(NaiveUnits.Inputs),
    ];
}
