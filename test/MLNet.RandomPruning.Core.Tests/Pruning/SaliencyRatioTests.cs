using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Core.Tests.Training;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

/// <summary>The ratios SNIP and GraSP as any other ratio: exact totals, random positions, masks that can be made again.</summary>
[TestClass]
public sealed class SaliencyRatioTests
{
    private static readonly ImageShape Shape = new(3, 8, 8);
    private static readonly Network Network = ResNet.Parse("ResNet-8-8").Build(Shape, 12);
    private static readonly SaliencySource Source = new(
        TrainingSamples.Images(150, shape: Shape, classes: 12), TestNetworks.Normalization, SparseTrainingEngine.Create, numberOfThreads: 2,
        new SaliencyOptions { SamplesPerClass = 4 });

    [TestMethod]
    [DataRow("SNIP")]
    [DataRow("GraSP")]
    public void Totals_are_exact_and_no_layer_is_empty(string name)
    {
        LayerwiseRatio ratio = name;
        Assert.IsTrue(ratio.NeedsTrainingImages);
        var saliency = new NetworkSaliency(Source, Network, seed: 2);
        int[]? denser = null;
        foreach (double sparsity in new[] { 0, 0.1, 0.123456, 0.5, 0.8, 0.9, 0.98, 0.999 })
        {
            int[] kept = [.. ratio.KeptCounts(Network, sparsity, saliency)];
            Assert.AreEqual((long)Math.Round((1 - sparsity) * Network.WeightCount, MidpointRounding.AwayFromZero), kept.Sum(count => (long)count), $"at {sparsity}");
            Assert.IsTrue(kept.Zip(Network.WeightLayers, (count, layer) => count >= 1 && count <= layer.WeightCount).All(fits => fits), $"at {sparsity}");

            // One ranking serves all densities, so no layer of a sparser network keeps more.
            Assert.IsTrue(denser is null || kept.Zip(denser, (sparse, dense) => sparse <= dense).All(fits => fits), $"at {sparsity}");
            denser = kept;
        }

        Assert.Contains("The largest possible sparsity is ",
            Assert.ThrowsExactly<PruningBudgetException>(() => ratio.KeptCounts(Network, 0.9999, saliency)).Message);
    }

    [TestMethod]
    [DataRow("SNIP", SaliencyKind.Snip)]
    [DataRow("GraSP", SaliencyKind.Grasp)]
    public void Positions_are_random_and_not_the_measures_own(string name, SaliencyKind kind)
    {
        foreach (long seed in new long[] { 1, 2, 3 })
        {
            var mask = MaskGenerator.Generate(Network, name, 0.8, seed, MaskSampling.Exact, Source);
            var scores = Source.Scores(Network, kind, seed);
            double overlap = 0, expected = 0, variance = 0, kept = 0;
            foreach (var layer in mask.Layers.Where(layer => layer.KeptCount < layer.Length))
            {
                var own = scores[$"{layer.Layer.Name}.weight"]
                    .Select((score, index) => (Best: kind == SaliencyKind.Snip ? -score : score, index))
                    .OrderBy(weight => weight.Best).Take(layer.KeptCount).Select(weight => weight.index).ToHashSet();
                overlap += layer.KeptIndices().Count(own.Contains);
                kept += layer.KeptCount;

                // Two sets of k of n positions, drawn without regard to each other, share k²/n on average (hypergeometric).
                double k = layer.KeptCount, n = layer.Length;
                expected += k * k / n;
                variance += k * (k / n) * (1 - k / n) * (n - k) / (n - 1);
            }

            Assert.AreEqual(expected, overlap, 5 * Math.Sqrt(variance), $"seed {seed}");
            Assert.IsGreaterThan(1.5 * expected, kept, "the measure's own mask would share all positions");
        }
    }

    [TestMethod]
    [DataRow("SNIP", MaskSampling.Exact)]
    [DataRow("GraSP", MaskSampling.Exact)]
    [DataRow("SNIP", MaskSampling.Bernoulli)]
    public void Masks_are_made_again_without_the_images(string name, MaskSampling sampling)
    {
        var mask = MaskGenerator.Generate(Network, name, 0.87, seed: 6, sampling, Source);
        Assert.AreEqual(name, mask.Origin!.LayerwiseRatio);
        AssertSame(mask, MaskGenerator.Generate(Network, name, 0.87, seed: 6, sampling, Source));
        AssertSame(mask, MaskGenerator.Regenerate(Network, mask.Origin));
        Assert.ThrowsExactly<ArgumentException>(() => MaskGenerator.Regenerate(Network, mask.Origin with { LayerDensities = null }));
        Assert.ThrowsExactly<ArgumentException>(() => MaskGenerator.Regenerate(Network, mask.Origin with { LayerDensities = [0.5, 2] }));

        // In the model file the masks are the origin alone.
        var model = new TrainedModel(WeightInitializer.KaimingNormal.Create(mask, 1), TestNetworks.Normalization, [.. Enumerable.Range(0, 12).Select(k => $"{k}")]);
        using var file = new MemoryStream();
        model.Save(file);
        Assert.DoesNotContain(".mask", System.Text.Encoding.Latin1.GetString(file.ToArray()));
        file.Position = 0;
        var loaded = TrainedModel.Load(file);
        AssertSame(mask, loaded.Mask);
        Assert.AreEqual(mask.Origin, loaded.Mask.Origin);
        Assert.AreEqual(name, loaded.Report.Ratio);
    }

    [TestMethod]
    public void A_layer_that_the_measure_would_empty_keeps_its_best_weight()
    {
        // So few weights that the global choice leaves layers out.
        const double Sparsity = 0.998;
        var scores = Source.Scores(Network, SaliencyKind.Snip, seed: 4);
        var order = Network.WeightLayers.SelectMany((layer, at) => scores[$"{layer.Name}.weight"].Select(score => (score, at)))
            .OrderByDescending(weight => weight.score).Select(weight => weight.at).ToArray();
        int total = (int)Math.Round((1 - Sparsity) * order.Length);
        int[] global = [.. Network.WeightLayers.Select((_, layer) => order.Take(total).Count(at => at == layer))];
        Assert.Contains(0, global, "this sparsity was to empty a layer");

        var kept = LayerwiseRatio.Snip.KeptCounts(Network, Sparsity, new NetworkSaliency(Source, Network, seed: 4));
        Assert.AreEqual(total, kept.Sum());
        foreach (var (layer, count) in kept.Index())
        {
            Assert.IsTrue(global[layer] == 0 ? count == 1 : count <= global[layer] && count >= 1, $"layer {layer}: {global[layer]}, {count}");
        }
    }

    [TestMethod]
    [DataRow("SNIP")]
    [DataRow("grasp")]
    public void Without_images_the_error_says_what_is_missing(string name)
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => MaskGenerator.Generate(Network, name, 0.9, 1)).Message;
        Assert.Contains("is measured on training images, but none are given", message);
        Assert.Contains(nameof(SaliencySource), message);

        // Nothing is pruned, so nothing needs to be measured.
        Assert.AreEqual(Network.WeightCount, MaskGenerator.Generate(Network, name, 0, 1).KeptCount);
    }

    [TestMethod]
    public void Cancelling_ends_the_measurement() => Assert.ThrowsExactly<OperationCanceledException>(() =>
        MaskGenerator.Generate(Network, "GraSP", 0.9, 1, MaskSampling.Exact, Source, cancellationToken: new CancellationToken(canceled: true)));

    [TestMethod]
    public void Other_ratios_do_not_look_at_the_images() =>
        AssertSame(MaskGenerator.Generate(Network, "ERK", 0.9, 1), MaskGenerator.Generate(Network, "ERK", 0.9, 1, MaskSampling.Exact, Source));

    [TestMethod]
    [DataRow("SNIP", "Filter")]
    [DataRow("GraSP", "Kernel")]
    [DataRow("SNIP", "2:4")]
    public void Units_of_any_granularity_take_its_densities(string name, string granularity)
    {
        foreach (double sparsity in new[] { 0.5, 0.7 })
        {
            var mask = MaskGenerator.Generate(Network, name, sparsity, seed: 6, MaskSampling.Exact, Source, granularity);
            NaiveUnits.AssertStructure(mask, granularity);
            Assert.AreEqual(NaiveUnits.Total(Network, granularity, sparsity), NaiveUnits.Kept(mask, granularity));
            Assert.IsTrue(NaiveUnits.Same(mask, MaskGenerator.Regenerate(Network, mask.Origin!)));
        }
    }

    private static void AssertSame(NetworkMask expected, NetworkMask actual) =>
        Assert.IsTrue(expected.Layers.Zip(actual.Layers).All(pair => pair.First.SameAs(pair.Second)));
}
