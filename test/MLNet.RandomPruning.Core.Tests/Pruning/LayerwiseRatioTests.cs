using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests.Pruning;

[TestClass]
public sealed class LayerwiseRatioTests
{
    private static readonly double[] Sparsities = [0, 0.1, 0.25, 0.37, 0.5, 0.7, 0.8, 0.9, 0.95];

    private static IEnumerable<Network> Networks() =>
        from name in new[] { "ResNet-8-8", "ResNet-14-5", "ResNet-20-16", "ResNet-32-24", "ResNet-56-16" }
        from classes in new[] { 10, 100 }
        select Build(name, classes);

    [TestMethod]
    public void ErdosRenyiRatios_AgreeWithANaiveSolver()
    {
        foreach (var network in Networks())
        {
            foreach (double sparsity in Sparsities)
            {
                double budget = (1 - sparsity) * network.WeightCount;
                var layers = network.WeightLayers;
                AssertDensities(Bisect(layers, Kernel, budget), LayerwiseRatio.ErdosRenyiKernel, network, sparsity);
                AssertDensities(Bisect(layers, OutputsAndInputs, budget), LayerwiseRatio.ErdosRenyi, network, sparsity);

                foreach (double lastDensity in new[] { 1, 0.5 })
                {
                    // Some budgets are refused: too little for the last layer, or more than the other layers have.
                    double left = budget - lastDensity * layers[^1].WeightCount;
                    if (left > 0 && left <= network.WeightCount - layers[^1].WeightCount)
                    {
                        AssertDensities([.. Bisect([.. layers.SkipLast(1)], Kernel, left), lastDensity], LayerwiseRatio.ErdosRenyiKernelPlusWith(lastDensity), network, sparsity);
                    }
                }
            }
        }
    }

    [TestMethod]
    public void Uniform_GivesEachLayerTheOverallDensity()
    {
        foreach (var network in Networks())
        {
            Assert.IsTrue(LayerwiseRatio.Uniform.Densities(new LayerwiseRatioContext(network, 0.3)).All(density => density == 0.3));
        }
    }

    [TestMethod]
    public void UniformPlus_KeepsTheEndsAndSharesTheRest()
    {
        foreach (var network in Networks())
        {
            foreach (double sparsity in Sparsities)
            {
                var layers = network.WeightLayers;
                var densities = LayerwiseRatio.UniformPlus.Densities(new LayerwiseRatioContext(network, 1 - sparsity));
                Assert.AreEqual(1, densities[0]);
                Assert.IsTrue(densities[^1] >= 0.2 && densities[^1] <= Math.Max(0.2, 1 - sparsity));
                Assert.AreEqual(1, densities.Skip(1).SkipLast(1).Distinct().Count());
                Assert.IsTrue(densities.All(density => density is > 0 and <= 1));
                Assert.AreEqual((1 - sparsity) * network.WeightCount, densities.Zip(layers, (density, layer) => density * layer.WeightCount).Sum(), 1e-6 * network.WeightCount);
            }
        }
    }

    [TestMethod]
    public void KeptCounts_SumToTheRoundedTotalAndStayCloseToTheDensities()
    {
        var ratios = LayerwiseRatio.All.Where(ratio => ratio != LayerwiseRatio.Dense && !ratio.NeedsTrainingImages).ToArray();
        foreach (var network in Networks())
        {
            foreach (double sparsity in Sparsities.Append(0.123456).Append(0.98))
            {
                foreach (var ratio in ratios)
                {
                    IReadOnlyList<int> kept;
                    try
                    {
                        kept = ratio.KeptCounts(network, sparsity);
                    }
                    catch (PruningBudgetException) when (sparsity == 0.98 || network.ClassCount == 100)
                    {
                        continue;
                    }

                    // As a decimal, 1 − 0.9 is 0.1 exactly.
                    decimal total = Math.Round((1 - (decimal)sparsity) * network.WeightCount, MidpointRounding.AwayFromZero);
                    Assert.AreEqual((long)total, kept.Sum(count => (long)count), $"{network} {ratio} {sparsity}");
                    var densities = ratio.Densities(new LayerwiseRatioContext(network, 1 - sparsity));
                    for (int layer = 0; layer < kept.Count; layer++)
                    {
                        int weights = network.WeightLayers[layer].WeightCount;
                        Assert.IsTrue(kept[layer] > 0 && kept[layer] <= weights);
                        Assert.IsTrue(Math.Abs(kept[layer] - densities[layer] * weights) < 1.001, $"{network} {ratio} {sparsity} layer {layer}");
                        Assert.IsTrue(densities[layer] < 1 || kept[layer] == weights, $"{network} {ratio} {sparsity} layer {layer} is dense");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void KeptCounts_OfTheLargeNetworkAreExact()
    {
        var network = Build("ResNet-110-16", 10);
        Assert.AreEqual(86_121L, LayerwiseRatio.ErdosRenyiKernel.KeptCounts(network, 0.95).Sum(count => (long)count));

        // N = 270,896: 10 % is 27,089.6.
        Assert.AreEqual(27_090L, LayerwiseRatio.ErdosRenyiKernel.KeptCounts(Build("ResNet-20-16", 10), 0.9).Sum(count => (long)count));
    }

    // The figures of the paper's networks under ERK, which hold "within a few per cent" over depths 20 to 110 and widths 8 to 32.
    [TestMethod]
    [DataRow(0.5, 0.737)]
    [DataRow(0.8, 0.36)]
    [DataRow(0.9, 0.177)]
    [DataRow(0.95, 0.087)]
    [DataRow(0.98, 0.035)]
    public void ErdosRenyiKernel_LeavesTheKnownShareOfMultiplyAdds(double sparsity, double expected)
    {
        foreach (string name in new[] { "ResNet-20-16", "ResNet-20-32", "ResNet-56-16", "ResNet-110-16", "ResNet-110-32" })
        {
            var network = Build(name, 10);
            var kept = LayerwiseRatio.ErdosRenyiKernel.KeptCounts(network, sparsity);
            long multiplyAdds = kept.Zip(network.WeightLayers, (count, layer) => count * layer.MultiplyAddsPerWeight).Sum();
            Assert.AreEqual(expected, (double)multiplyAdds / network.MultiplyAdds, 0.06 * expected, name);
        }
    }

    [TestMethod]
    public void Custom_TakesTheFirstPatternThatMatches()
    {
        var network = Build("ResNet-8-8", 10);
        var ratio = LayerwiseRatio.Custom(("blocks.0.conv1", 0.5), ("blocks.*.conv*", 0.25), ("*shortcut*", 0.75));
        var densities = network.WeightLayers.Zip(ratio.Densities(new LayerwiseRatioContext(network, 1)), (layer, density) => (layer.Name, density)).ToDictionary();
        Assert.AreEqual(1, densities["conv"]);
        Assert.AreEqual(0.5, densities["blocks.0.conv1"]);
        Assert.AreEqual(0.25, densities["blocks.0.conv2"]);
        Assert.AreEqual(0.25, densities["blocks.2.conv1"]);
        Assert.AreEqual(0.75, densities["blocks.1.shortcut.0"]);
        Assert.AreEqual(1, densities["fc"]);

        var kept = ratio.KeptCounts(network, 0.9);
        Assert.AreEqual(ratio.KeptCounts(network, 0).Sum(), kept.Sum(), "the map alone decides the sparsity");
        Assert.AreEqual(
            Math.Round(densities.Sum(pair => pair.Value * ((WeightLayer)network[pair.Key]).WeightCount), MidpointRounding.AwayFromZero), kept.Sum());
        Assert.AreEqual(ratio.Name, LayerwiseRatio.Parse(ratio.Name).Name);
        Assert.AreEqual("Custom(blocks.0.conv1=0.5,blocks.*.conv*=0.25,*shortcut*=0.75)", ratio.Name);
        Assert.AreEqual(ratio.Name, LayerwiseRatio.Custom(new Dictionary<string, double> { ["blocks.0.conv1"] = 0.5, ["blocks.*.conv*"] = 0.25, ["*shortcut*"] = 0.75 }).Name);
    }

    [TestMethod]
    public void Custom_RefusesPatternsAndDensitiesThatMakeNoSense()
    {
        var network = Build("ResNet-8-8", 10);
        Assert.Contains("'block.*'", Assert.ThrowsExactly<PruningBudgetException>(() => LayerwiseRatio.Custom(("conv", 1), ("block.*", 0.1)).KeptCounts(network, 0)).Message);
        Assert.Contains("'fc'", Assert.ThrowsExactly<PruningBudgetException>(() => LayerwiseRatio.Custom(("fc", 1e-6)).KeptCounts(network, 0)).Message);
        foreach (double density in new[] { 0, -1, 1.5, double.NaN, double.PositiveInfinity })
        {
            Assert.Contains("'fc'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LayerwiseRatio.Custom(("fc", density))).Message);
        }

        Assert.ThrowsExactly<ArgumentException>(() => LayerwiseRatio.Custom(("", 0.5)));
        Assert.ThrowsExactly<ArgumentException>(() => LayerwiseRatio.Custom(("a=b", 0.5)));
        Assert.ThrowsExactly<ArgumentException>(() => LayerwiseRatio.Custom(Array.Empty<(string, double)>()));
    }

    [TestMethod]
    [DataRow("erk", "ERK")]
    [DataRow("Erk+", "ERK+")]
    [DataRow("er", "ER")]
    [DataRow("UNIFORM", "Uniform")]
    [DataRow(" uniform+ ", "Uniform+")]
    [DataRow("dense", "Dense")]
    [DataRow("ERK+(0.5)", "ERK+(0.5)")]
    [DataRow("ERK+(1)", "ERK+")]
    [DataRow("custom( conv = 1 , blocks.* = 0.05 )", "Custom(conv=1,blocks.*=0.05)")]
    public void Parse_FindsRatiosInAnyCase(string name, string canonical)
    {
        LayerwiseRatio ratio = name;
        Assert.AreEqual(canonical, ratio.Name);
        Assert.AreEqual(canonical, ratio.ToString());
    }

    [TestMethod]
    public void Parse_ReadsTheNameOfEachRatio()
    {
        CollectionAssert.AreEqual(new[] { "ERK", "ERK+", "ER", "Uniform", "Uniform+", "Dense", "SNIP", "GraSP" }, LayerwiseRatio.All.Select(ratio => ratio.Name).ToArray());
        foreach (var ratio in LayerwiseRatio.All)
        {
            Assert.AreSame(ratio, LayerwiseRatio.Parse(ratio.Name.ToLowerInvariant()));
        }
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("ERK++")]
    [DataRow("Erdos")]
    [DataRow("(0.5)")]
    public void Parse_RefusesOtherNamesAndListsWhatThereIs(string name)
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => LayerwiseRatio.Parse(name)).Message;
        Assert.Contains($"'{name}'", message);
        Assert.Contains("ERK, ERK+, ER, Uniform, Uniform+, Dense, SNIP, GraSP", message);
        Assert.Contains("Custom(", message);
    }

    [TestMethod]
    [DataRow("ERK(0.5)")]
    [DataRow("ERK+(much)")]
    [DataRow("ERK+(0)")]
    [DataRow("ERK+(NaN)")]
    [DataRow("Custom")]
    [DataRow("Custom()")]
    [DataRow("Custom(conv)")]
    [DataRow("Custom(conv=1=2)")]
    [DataRow("Custom(conv=two)")]
    public void Parse_RefusesWrongArguments(string name) => Assert.Throws<ArgumentException>(() => LayerwiseRatio.Parse(name));

    [TestMethod]
    [DataRow(1.0)]
    [DataRow(1.5)]
    [DataRow(-0.1)]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void KeptCounts_RefusesASparsityOutOfRange(double sparsity)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LayerwiseRatio.ErdosRenyiKernel.KeptCounts(Build("ResNet-8-8", 10), sparsity));
        Assert.Contains("from 0 (nothing) to below 1", error.Message);
    }

    [TestMethod]
    [DataRow("ERK", 0.9999, "largest", "keep")]
    [DataRow("ERK", 0.99999999999999989, "largest", "")]
    [DataRow("Uniform", 0.9999, "largest", "keep none")]
    [DataRow("Uniform+", 0.99, "largest", "first convolution")]
    [DataRow("ERK+", 0.995, "largest", "'fc'")]
    [DataRow("ERK+(0.5)", 0.0, "smallest", "'fc'")]
    [DataRow("Dense", 0.5, "largest", "sparsity 0")]
    public void KeptCounts_NamesTheNearestPossibleSparsity(string name, double sparsity, string end, string reason)
    {
        var network = Build("ResNet-8-8", 10);
        LayerwiseRatio ratio = name;
        string message = Assert.ThrowsExactly<PruningBudgetException>(() => ratio.KeptCounts(network, sparsity)).Message;
        Assert.Contains(reason, message);
        Assert.Contains($"{end} possible sparsity is ", message);
        double nearest = double.Parse(message[(message.LastIndexOf(' ') + 1)..].TrimEnd('.'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.IsTrue(ratio.KeptCounts(network, nearest).All(count => count > 0), message);

        // Beyond it, by little more than the digits that are shown, nothing is possible.
        double beyond = nearest + (end == "largest" ? 0.0002 : -0.0002);
        if (beyond is >= 0 and < 1)
        {
            Assert.ThrowsExactly<PruningBudgetException>(() => ratio.KeptCounts(network, beyond), message);
        }
    }

    private static Network Build(string name, int classes) => ResNet.Parse(name).Build(new ImageShape(3, 32, 32), classes);

    private static double Kernel(WeightLayer layer) => layer.WeightShape.Sum() / layer.WeightShape.Aggregate(1.0, (product, length) => product * length);

    private static double OutputsAndInputs(WeightLayer layer) => 1.0 / layer.WeightShape[0] + 1.0 / layer.WeightShape[1];

    // Σ min(1, ε·score)·n grows with ε, so ε is found by bisection, without dense layers having to be told apart.
    private static double[] Bisect(IReadOnlyList<WeightLayer> layers, Func<WeightLayer, double> score, double budget)
    {
        double Kept(double epsilon) => layers.Sum(layer => Math.Min(1, epsilon * score(layer)) * layer.WeightCount);
        double low = 0, high = 1;
        while (Kept(high) < budget && high < 1e12)
        {
            high *= 2;
        }

        for (int step = 0; step < 200; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = Kept(middle) < budget ? (middle, high) : (low, middle);
        }

        return [.. layers.Select(layer => Math.Min(1, high * score(layer)))];
    }

    private static void AssertDensities(double[] expected, LayerwiseRatio ratio, Network network, double sparsity)
    {
        var actual = ratio.Densities(new LayerwiseRatioContext(network, 1 - sparsity));
        Assert.AreEqual(expected.Length, actual.Count);
        for (int layer = 0; layer < expected.Length; layer++)
        {
            Assert.AreEqual(expected[layer], actual[layer], 1e-9, $"{network} {ratio} at {sparsity}, layer {network.WeightLayers[layer].Name}");
        }
    }
}
