using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests.Pruning;

[TestClass]
public sealed class MaskGeneratorTests
{
    private static readonly Network Small = ResNet.Parse("ResNet-8-8").Build(new ImageShape(3, 32, 32), 10);
    private static readonly Network Medium = ResNet.Parse("ResNet-20-16").Build(new ImageShape(3, 32, 32), 10);

    [TestMethod]
    public void GenerateExact_KeepsTheSmallestKeys()
    {
        var odd = ResNet.Parse("ResNet-8-1").Build(new ImageShape(1, 8, 8), 3);
        foreach (var layer in Small.WeightLayers.Concat(odd.WeightLayers))
        {
            foreach (int kept in new[] { 0, 1, layer.WeightCount / 20, layer.WeightCount / 3, layer.WeightCount - 1, layer.WeightCount })
            {
                // The plain way: draw all keys from the public stream, sort, take the first.
                var random = new KeyedRandom(-42, RandomPurpose.Mask, layer.Name);
                ulong[] keys = new ulong[layer.WeightCount];
                for (int index = 0; index < keys.Length; index++)
                {
                    keys[index] = random.NextUInt64();
                }

                int[] expected = [.. Enumerable.Range(0, keys.Length).OrderBy(index => keys[index]).Take(kept).Order()];
                CollectionAssert.AreEqual(expected, MaskGenerator.GenerateExact(layer, kept, -42).KeptIndices(), layer.Name);
            }
        }
    }

    [TestMethod]
    public void Generate_KeepsTheExactCounts()
    {
        foreach (string ratio in new[] { "ERK", "ERK+", "ER", "Uniform", "Uniform+" })
        {
            foreach (double sparsity in new[] { 0, 0.5, 0.9, 0.95 })
            {
                var mask = MaskGenerator.Generate(Medium, ratio, sparsity, seed: 17);
                CollectionAssert.AreEqual(LayerwiseRatio.Parse(ratio).KeptCounts(Medium, sparsity).ToArray(), mask.Layers.Select(layer => layer.KeptCount).ToArray());
                Assert.AreEqual((long)Math.Round((1 - (decimal)sparsity) * Medium.WeightCount, MidpointRounding.AwayFromZero), mask.KeptCount);
                Assert.AreEqual(new MaskOrigin(ratio, sparsity, 17, MaskSampling.Exact), mask.Origin);
            }
        }

        var large = ResNet.Parse("ResNet-110-16").Build(new ImageShape(3, 32, 32), 10);
        Assert.AreEqual(86_121L, MaskGenerator.Generate(large, "ERK", 0.95, 17).KeptCount);
    }

    [TestMethod]
    public void Generate_OfOneSeedIsNested()
    {
        NetworkMask? denser = null;
        foreach (double sparsity in new[] { 0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98 })
        {
            var mask = MaskGenerator.Generate(Medium, LayerwiseRatio.ErdosRenyiKernel, sparsity, seed: 3);
            for (int index = 0; denser is not null && index < mask.Layers.Count; index++)
            {
                for (int word = 0; word < mask.Layers[index].Bits.Length; word++)
                {
                    Assert.AreEqual(0UL, mask.Layers[index].Bits[word] & ~denser.Layers[index].Bits[word]);
                }
            }

            denser = mask;
        }
    }

    [TestMethod]
    public void Generate_IsRepeatableAndRegenerates()
    {
        foreach (var sampling in Enum.GetValues<MaskSampling>())
        {
            foreach (string ratio in new[] { "ERK", "Uniform+", "ERK+(0.5)", "Custom(conv=1,blocks.*=0.1,fc=0.3333333333333333)" })
            {
                var mask = MaskGenerator.Generate(Small, ratio, 0.8, seed: long.MinValue, sampling);
                var again = MaskGenerator.Regenerate(Small, mask.Origin!);
                Assert.IsTrue(mask.Layers.Zip(again.Layers).All(pair => pair.First.SameAs(pair.Second)), ratio);
                Assert.AreEqual(mask.Origin, again.Origin);
            }
        }
    }

    [TestMethod]
    public void Generate_OfACustomMapDerivesTheSparsity()
    {
        var mask = MaskGenerator.Generate(Small, LayerwiseRatio.Custom(("*", 0.25)), 0.9, 1);
        Assert.AreEqual(0.25, mask.Density, 1e-4);
        Assert.AreEqual(1 - mask.Density, mask.Origin!.Sparsity, 1e-12);
    }

    [TestMethod]
    public void GenerateExact_KeepsEachPositionEquallyOften()
    {
        var layer = (WeightLayer)Small["blocks.0.conv1"];
        const int Seeds = 4000;
        int kept = layer.WeightCount / 8;
        int[] counts = new int[layer.WeightCount];
        for (int seed = 0; seed < Seeds; seed++)
        {
            foreach (int index in MaskGenerator.GenerateExact(layer, kept, seed).KeptIndices())
            {
                counts[index]++;
            }
        }

        // Each count is binomial with p = 1/8, and they sum to a constant: χ² has one degree of freedom less than positions.
        double p = (double)kept / layer.WeightCount;
        double chiSquare = counts.Sum(count => Math.Pow(count - p * Seeds, 2) / (p * (1 - p) * Seeds));
        double freedom = layer.WeightCount - 1;
        Assert.AreEqual(freedom, chiSquare, 5 * Math.Sqrt(2 * freedom));
    }

    [TestMethod]
    public void GenerateExact_SpreadsOverOutputsInputsAndKernelPositions()
    {
        var layer = (WeightLayer)Medium["blocks.8.conv2"];
        int[] shape = [.. layer.WeightShape];
        int[] kept = MaskGenerator.GenerateExact(layer, layer.WeightCount / 10, 17).KeptIndices();
        foreach (var (length, stride) in new[] { (shape[0], layer.FanIn), (shape[1], shape[2] * shape[3]), (shape[2] * shape[3], 1) })
        {
            int[] counts = new int[length];
            foreach (int index in kept)
            {
                counts[index / stride % length]++;
            }

            double expected = (double)kept.Length / length;
            double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
            Assert.IsTrue(chiSquare < length + 5 * Math.Sqrt(2.0 * length), $"χ² is {chiSquare:F1} over {length} bins.");
        }
    }

    [TestMethod]
    public void Generate_OfDifferentSeedsAndLayersOverlapsByChanceOnly()
    {
        var layer = (WeightLayer)Medium["blocks.7.conv1"];
        var sameShape = (WeightLayer)Medium["blocks.8.conv1"];
        int kept = layer.WeightCount / 10;
        var mask = MaskGenerator.GenerateExact(layer, kept, 1);
        foreach (var other in new[] { MaskGenerator.GenerateExact(layer, kept, 2), MaskGenerator.GenerateExact(layer, kept, -1), MaskGenerator.GenerateExact(sameShape, kept, 1) })
        {
            int overlap = mask.KeptIndices().Count(index => other[index]);

            // Hypergeometric: mean k²/n, variance k²/n·((n − k)/n)·((n − k)/(n − 1)).
            double n = layer.WeightCount, mean = kept / n * kept;
            Assert.AreEqual(mean, overlap, 5 * Math.Sqrt(mean * ((n - kept) / n) * ((n - kept) / (n - 1))));
        }
    }

    [TestMethod]
    public void GenerateBernoulli_HasTheStatisticsOfIndependentDraws()
    {
        const int Seeds = 400;
        var layer = (WeightLayer)Small["blocks.1.conv1"];
        foreach (double density in new[] { 0.05, 0.5 })
        {
            double[] counts = [.. Enumerable.Range(0, Seeds).Select(seed => (double)MaskGenerator.GenerateBernoulli(layer, density, seed).KeptCount)];
            double mean = density * layer.WeightCount, variance = mean * (1 - density);
            Assert.AreEqual(mean, counts.Average(), 5 * Math.Sqrt(variance / Seeds));
            double sample = counts.Sum(count => (count - counts.Average()) * (count - counts.Average())) / (Seeds - 1);
            Assert.AreEqual(variance, sample, 5 * variance * Math.Sqrt(2.0 / Seeds));
        }

        Assert.AreEqual(layer.WeightCount, MaskGenerator.GenerateBernoulli(layer, 1, 0).KeptCount);
        Assert.AreEqual(1, MaskGenerator.GenerateBernoulli(layer, 0, 0).KeptCount);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MaskGenerator.GenerateBernoulli(layer, double.NaN, 0));
    }

    [TestMethod]
    public void Generate_BernoulliDiffersFromTheExactCountAsMuchAsItShould()
    {
        var exact = LayerwiseRatio.ErdosRenyiKernel.KeptCounts(Medium, 0.9).Sum();
        int[] counts = [.. Enumerable.Range(0, 30).Select(seed => (int)MaskGenerator.Generate(Medium, "ERK", 0.9, seed, MaskSampling.Bernoulli).KeptCount)];
        Assert.IsTrue(counts.Distinct().Count() > 20);

        // The standard deviation is about 0.5 % of what is kept.
        Assert.IsTrue(counts.All(count => Math.Abs(count - exact) < 0.03 * exact));
    }

    [TestMethod]
    public void Report_AddsUp()
    {
        var mask = MaskGenerator.Generate(Medium, "erk+", 0.9, 17);
        var report = PruningReport.From(mask);
        Assert.AreEqual("ResNet-20-16", report.Network);
        Assert.AreEqual("ERK+", report.Ratio);
        Assert.AreEqual(0.9, report.Sparsity);
        Assert.AreEqual(17L, report.Seed);
        Assert.AreEqual(270_896L, report.Parameters);
        Assert.AreEqual(27_090L, report.Kept);
        Assert.AreEqual(Medium.MultiplyAdds, report.DenseMultiplyAdds);
        Assert.AreEqual(report.Parameters, report.Layers.Sum(layer => (long)layer.Parameters));
        Assert.AreEqual(report.Kept, report.Layers.Sum(layer => (long)layer.Kept));
        Assert.AreEqual(report.MultiplyAdds, report.Layers.Sum(layer => layer.MultiplyAdds));
        Assert.AreEqual(1.0, report.Layers[^1].Density);
        CollectionAssert.AreEqual(new[] { 16, 3, 3, 3 }, report.Layers[0].Shape.ToArray());
        Assert.AreEqual(report.Layers[0].Kept * 1024L, report.Layers[0].MultiplyAdds);
        Assert.IsNull(PruningReport.From(NetworkMask.Dense(Small)).Ratio);
    }

    [TestMethod]
    public void WeightMask_RoundTripsThroughIndicesAndBits()
    {
        foreach (var layer in Small.WeightLayers)
        {
            var mask = MaskGenerator.GenerateExact(layer, layer.WeightCount / 2, 5);
            int[] kept = mask.KeptIndices();
            Assert.AreEqual(mask.KeptCount, kept.Length);
            Assert.IsTrue(kept.All(index => mask[index]));
            Assert.IsTrue(mask.SameAs(WeightMask.FromIndices(layer, [.. kept.Reverse()])));
            Assert.IsTrue(mask.SameAs(WeightMask.FromBits(layer, mask.Bits)));
            Assert.AreNotEqual(mask.Checksum(), MaskGenerator.GenerateExact(layer, layer.WeightCount / 2, 6).Checksum());
            Assert.AreEqual(layer.WeightCount, WeightMask.Dense(layer).KeptIndices().Length);
        }

        var first = Small.WeightLayers[0];
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => WeightMask.FromIndices(first, [first.WeightCount]));
        ulong[] overfull = new ulong[(first.WeightCount + 63) / 64];
        overfull[^1] = 1UL << 63;
        Assert.ThrowsExactly<ArgumentException>(() => WeightMask.FromBits(first, overfull));
    }
}
