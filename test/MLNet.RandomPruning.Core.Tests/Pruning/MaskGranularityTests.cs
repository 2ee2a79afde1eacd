using System.Globalization;
using System.Text.RegularExpressions;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

/// <summary>Masks of every granularity: exact counts, whole units, the right structure.</summary>
[TestClass]
public sealed partial class MaskGranularityTests
{
    private static readonly string[] Ratios = ["ERK", "ERK+", "ER", "Uniform", "Uniform+"];

    public static IEnumerable<object[]> Granularities => NaiveUnits.Names.Select(name => new object[] { name });

    [TestMethod]
    public void Names_are_read_back_in_any_case()
    {
        foreach (string name in NaiveUnits.Names)
        {
            var granularity = MaskGranularity.Parse(name);
            Assert.AreEqual(name, granularity.Name);
            Assert.AreEqual(name, granularity.ToString());
            Assert.AreEqual(granularity, MaskGranularity.Parse($" {name.ToUpperInvariant()} "));
            Assert.AreEqual(granularity.GetHashCode(), MaskGranularity.Parse(name.ToLowerInvariant()).GetHashCode());
            Assert.AreNotEqual(granularity, MaskGranularity.Parse("7x7"));
        }

        Assert.AreEqual("2x3", MaskGranularity.Parse("2×3").Name);
        Assert.AreEqual("2x3", MaskGranularity.Block(rows: 2, columns: 3).Name);
        Assert.AreEqual("2:4", MaskGranularity.NOfM(n: 2, m: 4).Name);
        Assert.AreSame(MaskGranularity.Unstructured, MaskGranularity.Block(1, 1));
        CollectionAssert.AreEqual(new[] { "Unstructured", "Filter", "Channel", "Kernel" }, MaskGranularity.All.Select(granularity => granularity.Name).ToArray());
    }

    [TestMethod]
    public void Names_that_mean_nothing_are_refused_with_what_is_allowed()
    {
        foreach (string name in new[] { "", "weights", "x4", "4x", "-1x4", "1x4x4", "2:", "1.5:4" })
        {
            string message = Assert.ThrowsExactly<ArgumentException>(() => MaskGranularity.Parse(name)).Message;
            foreach (string allowed in new[] { "Unstructured", "Filter", "Channel", "Kernel", "1x4", "2:4" })
            {
                Assert.Contains(allowed, message);
            }
        }

        foreach (string name in new[] { "0x4", "4x0", "1x5000", "99999999999x1", "4:4", "5:4", "0:4", "1:1", "1:99999999999" })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MaskGranularity.Parse(name));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void Counts_are_exact_and_units_whole(string granularity)
    {
        int possible = 0;
        foreach (var network in NaiveUnits.Networks)
        {
            foreach (string ratio in Ratios)
            {
                foreach (double sparsity in network == NaiveUnits.Networks[0] ? [0.5, 0.8, 0.9] : new[] { 0.1, 0.333, 0.5, 0.75, 0.8, 0.9 })
                {
                    NetworkMask mask;
                    try
                    {
                        mask = MaskGenerator.Generate(network, ratio, sparsity, seed: 17, granularity: granularity);
                    }
                    catch (PruningBudgetException error)
                    {
                        AssertNearestIsPossible(error.Message, network, ratio, sparsity, granularity);
                        continue;
                    }

                    possible++;
                    string what = $"{granularity} by {ratio} at {sparsity} on {network}";
                    long missed = Math.Abs(NaiveUnits.Kept(mask, granularity) - NaiveUnits.Total(network, granularity, sparsity));
                    Assert.IsLessThanOrEqualTo(NaiveUnits.SmallestOpenUnit(mask, granularity), 2 * missed, what);
                    Assert.IsTrue(mask.Layers.All(layer => layer.KeptCount > 0), what);
                    Assert.AreEqual(NaiveUnits.RemovesChannels(granularity), mask.RemovesChannels, what);
                    Assert.AreEqual(new MaskOrigin(ratio, sparsity, 17, MaskSampling.Exact) { Granularity = granularity }, mask.Origin);
                    Assert.AreEqual(granularity, mask.Granularity.Name);
                    Assert.AreEqual(granularity, PruningReport.From(mask).Granularity);
                    NaiveUnits.AssertStructure(mask, granularity);
                    Assert.IsTrue(NaiveUnits.Same(mask, MaskGenerator.Regenerate(network, mask.Origin!)), what);
                }
            }
        }

        // Not all ratios reach all sparsities on the narrowest network, and N:M bounds the density.
        Assert.IsGreaterThan(NaiveUnits.IsNOfM(granularity) ? 20 : 45, possible);
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void Totals_of_ResNet_20_16_are_met_to_the_unit(string granularity)
    {
        // Each set of layers has a unit of size one that is open, but for blocks.
        var network = NaiveUnits.Networks[0];
        if (NaiveUnits.RemovesChannels(granularity) || granularity is "Kernel" or "Unstructured" || NaiveUnits.IsNOfM(granularity))
        {
            foreach (double sparsity in new[] { 0.75, 0.8123, 0.9 })
            {
                Assert.AreEqual(
                    NaiveUnits.Total(network, granularity, sparsity),
                    NaiveUnits.Kept(MaskGenerator.Generate(network, "Uniform", sparsity, seed: 2, granularity: granularity), granularity), $"at {sparsity}");
            }
        }

        Assert.AreEqual(784L, NaiveUnits.Extent(network, "Filter"));
        Assert.AreEqual(736L, NaiveUnits.Extent(network, "Channel"));
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void Uniform_gives_each_layer_its_share(string granularity)
    {
        foreach (var network in NaiveUnits.Networks.Take(2))
        {
            var mask = MaskGenerator.Generate(network, "Uniform", 0.8, seed: 3, granularity: granularity);
            foreach (var layer in mask.Layers)
            {
                var (kept, of, unit) = granularity switch
                {
                    "Filter" => (NaiveUnits.Outputs(layer).Count, layer.Layer is LinearLayer ? 0 : layer.Layer.Outputs, 1),
                    "Channel" => (NaiveUnits.Inputs(layer).Count, layer.Layer.Name == "conv" ? 0 : layer.Layer.WeightShape[1], 1),
                    _ => (layer.KeptCount, layer.Length, NaiveUnits.Tiles(layer.Layer, granularity).Max(tile => tile.Length)),
                };

                // Up to four sizes of units in a layer, and each misses its share by about a unit; where units have different sizes, the
                // small ones make up for what is missing of the total.
                Assert.IsTrue(of == 0 || Math.Abs(kept - 0.2 * of) <= (NaiveUnits.RemovesChannels(granularity) ? 1.5 : granularity == "Kernel" ? 9 : unit == 1 ? 1 : 4 * unit), $"{granularity}: {kept} of {of} in {layer.Layer.Name} of {network}");
            }
        }
    }

    [TestMethod]
    [DataRow("2:4")]
    [DataRow("1:4")]
    [DataRow("1:2")]
    [DataRow("2:3")]
    [DataRow("5:8")]
    [DataRow("1:3")]
    public void N_of_M_at_its_own_density_keeps_exactly_N_of_each_M(string granularity)
    {
        var (n, m) = NaiveUnits.NOfM(granularity);

        // Widths that M divides everywhere, so that there is no rest.
        var network = ResNet.Parse($"ResNet-8-{m * 2}").Build(new ImageShape(m, 8, 8), 10);
        var mask = MaskGenerator.Generate(network, "Uniform", 1 - (double)n / m, seed: 5, granularity: granularity);
        foreach (var layer in mask.Layers)
        {
            Assert.IsTrue(NaiveUnits.Groups(layer.Layer, m).All(group => group.Count(index => layer[index]) == n), layer.Layer.Name);
        }
    }

    [TestMethod]
    public void N_of_M_refuses_a_greater_density_and_names_the_nearest()
    {
        var network = NaiveUnits.Networks[0];
        foreach (var (granularity, sparsity, nearest) in new[] { ("2:4", 0.3, "0.5"), ("2:4", 0.4999, "0.5"), ("1:4", 0.0, "0.75"), ("1:3", 0.6666, "0.6667") })
        {
            string message = Assert.ThrowsExactly<PruningBudgetException>(() => MaskGenerator.Generate(network, "ERK", sparsity, 1, granularity: granularity)).Message;
            Assert.Contains($"The smallest possible sparsity is {nearest}.", message);
            Assert.Contains(granularity, message);
        }

        string custom = Assert.ThrowsExactly<PruningBudgetException>(() => MaskGenerator.Generate(network, "Custom(*.conv1=0.6,*=0.2)", 0, 1, granularity: "2:4")).Message;
        Assert.Contains("'blocks.0.conv1'", custom);
        Assert.Contains("0.5", custom);
        Assert.Contains("sampling Exact", Assert.ThrowsExactly<ArgumentException>(() => MaskGenerator.Generate(network, "ERK", 0.9, 1, MaskSampling.Bernoulli, granularity: "2:4")).Message);
    }

    [TestMethod]
    public void N_of_M_goes_through_the_weights_in_the_order_of_their_keys()
    {
        var network = NaiveUnits.Networks[1];
        foreach (var (granularity, sparsity) in new[] { ("2:4", 0.5), ("2:4", 0.8), ("1:3", 0.7), ("3:5", 0.45) })
        {
            var (n, m) = NaiveUnits.NOfM(granularity);
            var mask = MaskGenerator.Generate(network, "Uniform", sparsity, seed: -8, granularity: granularity);
            foreach (var layer in mask.Layers)
            {
                var random = new KeyedRandom(-8, RandomPurpose.Mask, layer.Layer.Name);
                ulong[] keys = [.. Enumerable.Range(0, layer.Length).Select(_ => random.NextUInt64())];
                int[][] groups = [.. NaiveUnits.Groups(layer.Layer, m)];
                int[] groupOf = new int[layer.Length];
                for (int group = 0; group < groups.Length; group++)
                {
                    Array.ForEach(groups[group], index => groupOf[index] = group);
                }

                int[] filled = new int[groups.Length];
                var kept = new List<int>();
                foreach (int index in Enumerable.Range(0, layer.Length).OrderBy(index => keys[index]))
                {
                    if (kept.Count < layer.KeptCount && filled[groupOf[index]] < n)
                    {
                        filled[groupOf[index]]++;
                        kept.Add(index);
                    }
                }

                CollectionAssert.AreEqual(kept.Order().ToArray(), layer.KeptIndices(), layer.Layer.Name);
            }
        }
    }

    [TestMethod]
    public void Units_with_the_smallest_keys_stay()
    {
        var network = NaiveUnits.Networks[0];
        int[] Smallest(string name, int units, int kept)
        {
            var random = new KeyedRandom(11, RandomPurpose.Mask, name);
            ulong[] keys = [.. Enumerable.Range(0, units).Select(_ => random.NextUInt64())];
            return [.. Enumerable.Range(0, units).OrderBy(unit => keys[unit]).Take(kept).Order()];
        }

        var filters = MaskGenerator.Generate(network, "Uniform", 0.6, 11, granularity: "Filter");
        foreach (string name in new[] { "conv", "blocks.0.conv1", "blocks.3.conv2", "blocks.8.conv1" })
        {
            int[] outputs = [.. NaiveUnits.Outputs(filters[name]).Order()];
            string key = name == "blocks.3.conv2" ? "blocks.3.conv2" : name;
            CollectionAssert.AreEqual(Smallest(key, filters[name].Layer.Outputs, outputs.Length), outputs, name);
        }

        var channels = MaskGenerator.Generate(network, "Uniform", 0.6, 11, granularity: "Channel");
        var kernels = MaskGenerator.Generate(network, "Uniform", 0.6, 11, granularity: "Kernel");
        foreach (string name in new[] { "blocks.0.conv1", "blocks.3.shortcut.0", "blocks.6.conv2", "fc" })
        {
            var layer = channels[name].Layer;
            int[] inputs = [.. NaiveUnits.Inputs(channels[name]).Order()];
            CollectionAssert.AreEqual(Smallest(name, layer.WeightShape[1], inputs.Length), inputs, name);

            int positions = layer.FanIn / layer.WeightShape[1];
            int[] pairs = [.. kernels[name].KeptIndices().Select(index => index / positions).Distinct()];
            CollectionAssert.AreEqual(Smallest(name, layer.Outputs * layer.WeightShape[1], pairs.Length), pairs, name);
        }
    }

    // Channels are tied over a stage: its density is the mean of its layers', and all are scaled to the budget, none above one.
    [TestMethod]
    [DataRow("ERK", 0.5)]
    [DataRow("ERK", 0.9)]
    [DataRow("ER", 0.7)]
    [DataRow("Uniform+", 0.6)]
    public void Filters_follow_the_scaled_means_of_the_ratio(string ratio, double sparsity)
    {
        var network = NaiveUnits.Networks[0];
        var densities = LayerwiseRatio.Parse(ratio).Densities(new LayerwiseRatioContext(network, (double)(1 - (decimal)sparsity)));
        var groups = network.WeightLayers.Zip(densities).Where(pair => pair.First is ConvolutionLayer)
            .GroupBy(pair => NaiveUnits.GroupOfOutputs(network, pair.First))
            .Select(group => (group.First().First.Name, Count: group.First().First.Outputs, Size: group.Count(), Density: group.Average(pair => pair.Second))).ToArray();
        double total = NaiveUnits.Total(network, "Filter", sparsity);
        double low = 0, high = 1000;
        double Share((string Name, int Count, int Size, double Density) group, double factor) => Math.Min(1, factor * group.Density);
        for (int step = 0; step < 200; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = groups.Sum(group => Share(group, middle) * group.Count * group.Size) < total ? (middle, high) : (low, middle);
        }

        var mask = MaskGenerator.Generate(network, ratio, sparsity, 4, granularity: "Filter");
        foreach (var group in groups)
        {
            Assert.AreEqual(Share(group, low) * group.Count, NaiveUnits.Outputs(mask[group.Name]).Count, 2, group.Name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void Masks_of_one_seed_are_nested(string granularity)
    {
        foreach (string ratio in new[] { "ERK", "Uniform" })
        {
            NetworkMask? denser = null;
            foreach (double sparsity in new[] { 0, 0.2, 0.4, 0.6, 0.75, 0.8, 0.9 }.Where(value => NaiveUnits.IsNOfM(granularity) ? value >= 0.75 : granularity != "Channel" || value <= 0.8))
            {
                var mask = MaskGenerator.Generate(NaiveUnits.Networks[0], ratio, sparsity, seed: 3, granularity: granularity);

                // A few blocks at the edges share the rounding.
                double outside = denser is null ? 0 : (1 - mask.OverlapWith(denser)) * mask.KeptCount;
                Assert.IsTrue(granularity.Contains('x') ? outside < 20 : denser is null || NaiveUnits.Contains(denser, mask), $"{ratio} at {sparsity}: {outside}");
                denser = mask;
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void A_seed_decides_the_positions_and_nothing_else(string granularity)
    {
        var network = NaiveUnits.Networks[0];
        var masks = Enumerable.Range(0, 3).Select(seed => MaskGenerator.Generate(network, "ERK", 0.8, seed, granularity: granularity)).ToArray();
        Assert.IsTrue(NaiveUnits.Same(masks[1], MaskGenerator.Generate(network, "ERK", 0.8, 1, granularity: granularity)));
        Assert.IsFalse(NaiveUnits.Same(masks[1], masks[2]));
        Assert.AreEqual(1.0, masks[1].OverlapWith(masks[1]));
        Assert.IsLessThan(0.9, masks[0].OverlapWith(masks[1]));
    }

    // Over many seeds each filter, and each weight of an N:M group, is kept equally often: binomial counts that sum to a constant.
    [TestMethod]
    public void Positions_are_kept_equally_often()
    {
        const int Seeds = 250;
        var network = ResNet.Parse("ResNet-8-8").Build(new ImageShape(3, 8, 8), 4);
        int[] filters = new int[8], pairs = new int[16 * 8 * 9];
        double filterDensity = 0, pairDensity = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            foreach (int output in NaiveUnits.Outputs(MaskGenerator.Generate(network, "Uniform", 0.5, seed, granularity: "Filter")["conv"]))
            {
                filters[output]++;
                filterDensity += 1.0 / (Seeds * filters.Length);
            }

            foreach (int index in MaskGenerator.Generate(network, "Uniform", 0.7, seed, granularity: "2:4")["blocks.1.conv1"].KeptIndices())
            {
                pairs[index]++;
                pairDensity += 1.0 / (Seeds * pairs.Length);
            }
        }

        foreach (var (counts, p) in new[] { (filters, filterDensity), (pairs, pairDensity) })
        {
            double chiSquare = counts.Sum(count => Math.Pow(count - p * Seeds, 2) / (p * (1 - p) * Seeds));
            Assert.AreEqual(counts.Length, chiSquare, 5 * Math.Sqrt(2.0 * counts.Length));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Granularities))]
    public void Dense_prunes_nothing(string granularity)
    {
        foreach (var network in NaiveUnits.Networks)
        {
            if (NaiveUnits.IsNOfM(granularity))
            {
                Assert.Contains("No sparsity is possible", Assert.ThrowsExactly<PruningBudgetException>(() => MaskGenerator.Generate(network, "Dense", 0, 1, granularity: granularity)).Message);
                continue;
            }

            foreach (string ratio in new[] { "Dense", "ERK" })
            {
                var mask = MaskGenerator.Generate(network, ratio, 0, 1, granularity: granularity);
                Assert.AreEqual(network.WeightCount, mask.KeptCount);
                Assert.IsFalse(mask.RemovesChannels);
            }
        }
    }

    [TestMethod]
    [DataRow("Unstructured")]
    [DataRow("Kernel")]
    [DataRow("4x4")]
    [DataRow("Filter")]
    [DataRow("Channel")]
    public void Bernoulli_draws_whole_units_with_the_right_mean(string granularity)
    {
        var network = NaiveUnits.Networks[1];
        const int Seeds = 60;
        double[] kept = new double[Seeds];
        for (int seed = 0; seed < Seeds; seed++)
        {
            var mask = MaskGenerator.Generate(network, "Uniform", 0.5, seed, MaskSampling.Bernoulli, granularity: granularity);
            NaiveUnits.AssertStructure(mask, granularity);
            Assert.IsTrue(mask.Layers.All(layer => layer.KeptCount > 0));
            Assert.IsTrue(NaiveUnits.Same(mask, MaskGenerator.Regenerate(network, mask.Origin!)));
            kept[seed] = NaiveUnits.Kept(mask, granularity);
        }

        double mean = 0.5 * NaiveUnits.Extent(network, granularity);
        double deviation = Math.Sqrt(kept.Sum(value => (value - mean) * (value - mean)) / Seeds);
        Assert.IsGreaterThan(10, kept.Distinct().Count());
        Assert.AreEqual(mean, kept.Average(), 4 * deviation / Math.Sqrt(Seeds));
    }

    [TestMethod]
    public void A_layer_that_would_keep_nothing_is_refused()
    {
        var network = NaiveUnits.Networks[2];
        foreach (var (granularity, unit) in new[] { ("Filter", "filters"), ("Channel", "input channels"), ("Kernel", "weights in whole kernels"), ("5x2", "weights in whole 5x2 blocks") })
        {
            string message = Assert.ThrowsExactly<PruningBudgetException>(() => MaskGenerator.Generate(network, "Uniform", 0.995, 1, granularity: granularity)).Message;
            Assert.Contains(unit, message);
            Assert.Contains("The largest possible sparsity is ", message);
            AssertNearestIsPossible(message, network, "Uniform", 0.995, granularity);
        }
    }

    [TestMethod]
    public void A_custom_map_counts_units()
    {
        var network = NaiveUnits.Networks[0];
        var filters = MaskGenerator.Generate(network, "Custom(*=0.5)", 0.99, 1, granularity: "Filter");
        Assert.AreEqual(392L, NaiveUnits.Kept(filters, "Filter"));
        Assert.AreEqual(0.5, filters.Origin!.Sparsity, 1e-12);
        Assert.IsTrue(NaiveUnits.Same(filters, MaskGenerator.Regenerate(network, filters.Origin)));
        var blocks = MaskGenerator.Generate(network, "Custom(conv=1,blocks.*=0.25)", 0, 1, granularity: "4x1");
        Assert.AreEqual(1.0, blocks["conv"].Density);
        Assert.AreEqual(0.25, blocks["blocks.5.conv2"].Density, 0.01);
        Assert.AreEqual(1 - blocks.Density, blocks.Origin!.Sparsity, 1e-12);
    }

    // A filter at density d leaves d inputs of d outputs: the work falls with the square.
    [TestMethod]
    public void Half_of_the_filters_is_a_quarter_of_the_work()
    {
        var mask = MaskGenerator.Generate(NaiveUnits.Networks[0], "Uniform", 0.5, 1, granularity: "Filter");
        Assert.AreEqual(0.25, (double)mask.MultiplyAdds / mask.Network.MultiplyAdds, 0.01);
        foreach (var layer in mask.Layers.Where(layer => layer.Layer is ConvolutionLayer))
        {
            Assert.HasCount(layer.Layer.Outputs / 2, NaiveUnits.Outputs(layer));
        }
    }

    private static void AssertNearestIsPossible(string message, Network network, string ratio, double sparsity, string granularity)
    {
        var match = Nearest().Match(message);
        Assert.IsTrue(match.Success, message);
        double nearest = double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        Assert.AreEqual(match.Groups[1].Value == "largest", nearest < sparsity, message);
        MaskGenerator.Generate(network, ratio, nearest, 1, granularity: granularity);
    }

    [GeneratedRegex(@"The (largest|smallest) possible sparsity is ([\d.]*\d)\.$")]
    private static partial Regex Nearest();
}
