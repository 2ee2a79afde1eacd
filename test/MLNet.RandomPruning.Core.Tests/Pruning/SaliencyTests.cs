using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Core.Tests.Training;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

/// <summary>
/// The scores of SNIP and GraSP, and what they are measured on, against the definitions computed by the naive network in double
/// precision; its Hessian products are central differences of its gradients.
/// </summary>
[TestClass]
public sealed class SaliencyTests
{
    private const int Classes = 4;
    private const double Temperature = 200;

    private static readonly ImageShape Shape = new(3, 8, 8);
    private static readonly Network Network = ResNet.Parse("ResNet-8-8").Build(Shape, Classes);
    private static readonly ImageSet Images = TrainingSamples.Images(60, shape: Shape, classes: Classes);

    [TestMethod]
    public void Snip_scores_are_the_sizes_of_gradient_times_weight()
    {
        var record = new EngineRecord();
        var scores = Source(record, new SaliencyOptions { BatchSize = 12 }).Scores(Network, SaliencyKind.Snip, seed: 5);
        var (pixels, labels) = record.GradientBatches.Single();
        Assert.HasCount(12, labels);
        var oracle = new NaiveNetwork(record.Initial!, TestNetworks.Normalization, training: true);
        var gradients = oracle.Gradients(pixels, labels, smoothing: 0).Parameters;
        AssertScores(scores, name => [.. gradients[name].Zip(oracle.Parameters[name], (gradient, weight) => Math.Abs(gradient * weight))]);
        AssertShares(SaliencyKind.Snip, LayerwiseRatio.Snip, scores, gradients.Keys, name => [.. gradients[name].Zip(oracle.Parameters[name], (gradient, weight) => -Math.Abs(gradient * weight))]);
    }

    [TestMethod]
    public void Grasp_scores_are_minus_weight_times_the_Hessian_times_the_gradient()
    {
        var record = new EngineRecord();
        var scores = Source(record, new SaliencyOptions { SamplesPerClass = 3 }).Scores(Network, SaliencyKind.Grasp, seed: 5);
        Assert.HasCount(2, record.GradientBatches);
        Assert.HasCount(2, record.HessianBatches);
        foreach (var ((pixels, labels), (again, _)) in record.GradientBatches.Zip(record.HessianBatches))
        {
            Assert.HasCount(6, labels);
            CollectionAssert.AreEqual(pixels.SelectMany(image => image).ToArray(), again.SelectMany(image => image).ToArray());
        }

        // The engine got weights whose last layer is divided by T; the oracle divides the logits.
        var weights = record.Initial!.Clone();
        for (int i = 0; i < weights["fc.weight"].Length; i++)
        {
            weights["fc.weight"][i] *= (float)Temperature;
        }

        var names = weights.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight).Select(tensor => tensor.Name).ToArray();
        var oracle = new NaiveNetwork(weights, TestNetworks.Normalization, training: true) { Temperature = Temperature };
        var start = oracle.Parameters.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
        var gradient = GradientAt(0, []);
        double step = 1e-6 / Math.Sqrt(names.Sum(name => gradient[name].Sum(value => value * value)));
        var (above, below) = (GradientAt(step, gradient), GradientAt(-step, gradient));
        double[] Score(string name) => [.. start[name].Select((weight, i) => -weight * (above[name][i] - below[name][i]) / (2 * step))];
        AssertScores(scores, Score);
        AssertShares(SaliencyKind.Grasp, LayerwiseRatio.Grasp, scores, names, Score);

        Dictionary<string, double[]> GradientAt(double distance, Dictionary<string, double[]> direction)
        {
            foreach (string name in direction.Count == 0 ? [] : names)
            {
                for (int i = 0; i < start[name].Length; i++)
                {
                    oracle.Parameters[name][i] = start[name][i] + distance * direction[name][i];
                }
            }

            var parts = record.GradientBatches.Select(part => oracle.Gradients(part.Pixels, part.Labels, smoothing: 0).Parameters).ToArray();
            return names.ToDictionary(name => name, name => parts[0][name].Zip(parts[1][name], (a, b) => a + b).ToArray());
        }
    }

    [TestMethod]
    public void Weights_are_Xavier_normal_and_not_those_that_are_trained()
    {
        var record = new EngineRecord();
        Source(record).Scores(Network, SaliencyKind.Snip, seed: 17);
        float[] weights = record.Initial!["blocks.2.conv2.weight"];
        double variance = 2.0 / (32 * 9 + 32 * 9);
        Assert.AreEqual(variance, weights.Average(weight => (double)weight * weight), 5 * variance * Math.Sqrt(2.0 / weights.Length));
        float[] trained = WeightInitializer.KaimingNormal.Create(NetworkMask.Dense(Network), 17)["blocks.2.conv2.weight"];
        double correlation = weights.Zip(trained, (a, b) => (double)a * b).Sum() / Math.Sqrt(weights.Sum(a => (double)a * a) * trained.Sum(b => (double)b * b));
        Assert.AreEqual(0, correlation, 5 / Math.Sqrt(weights.Length));
    }

    [TestMethod]
    public void Grasp_takes_as_many_images_of_each_class_in_every_part()
    {
        // Four images of the last class, twenty of each other one.
        var builder = new ImageSetBuilder(Shape, ["a", "b", "c", "d"]);
        for (int image = 0; image < 64; image++)
        {
            builder.Add(Images.Image(image % Images.Count), image < 4 ? 3 : image % 3);
        }

        var images = builder.Build();
        foreach (var (maximum, sizes) in new[] { (256, new[] { 15, 16 }), (8, new[] { 7, 8, 8, 8 }) })
        {
            var record = new EngineRecord();
            var options = new SaliencyOptions { SamplesPerClass = 9, MaximumPartSize = maximum };
            Source(record, options, images).Scores(Network, SaliencyKind.Grasp, seed: 1);
            CollectionAssert.AreEqual(sizes, record.GradientBatches.Select(part => part.Labels.Length).ToArray());
            CollectionAssert.AreEqual(new[] { 9, 9, 9, 4 }, Enumerable.Range(0, 4).Select(label => record.GradientBatches.Sum(part => part.Labels.Count(l => l == label))).ToArray());
            foreach (var (_, labels) in record.GradientBatches)
            {
                int[] counts = [.. Enumerable.Range(0, 3).Select(label => labels.Count(l => l == label))];
                Assert.IsLessThanOrEqualTo(1, counts.Max() - counts.Min());
            }
        }
    }

    [TestMethod]
    public void Of_a_small_set_all_images_are_taken_once()
    {
        var record = new EngineRecord();
        Source(record).Scores(Network, SaliencyKind.Snip, seed: 1);
        var batch = record.GradientBatches.Single();
        var all = Enumerable.Range(0, Images.Count).Select(image => Convert.ToHexString(Images.Image(image))).Order();
        CollectionAssert.AreEqual(all.ToArray(), batch.Pixels.Select(image => Convert.ToHexString([.. image.Select(pixel => (byte)Math.Round(pixel * 255))])).Order().ToArray());
    }

    [TestMethod]
    [DataRow(SaliencyKind.Snip)]
    [DataRow(SaliencyKind.Grasp)]
    public void Scores_are_a_function_of_the_seed_on_any_number_of_threads(SaliencyKind kind)
    {
        var one = new SaliencySource(Images, TestNetworks.Normalization, SparseTrainingEngine.Create, 1).Scores(Network, kind, seed: 3);
        var three = new SaliencySource(Images, TestNetworks.Normalization, SparseTrainingEngine.Create, 3).Scores(Network, kind, seed: 3);
        TrainingSamples.AssertSameBits(one, three);
        var other = new SaliencySource(Images, TestNetworks.Normalization, SparseTrainingEngine.Create, 1).Scores(Network, kind, seed: 4);
        CollectionAssert.AreNotEqual(one["conv.weight"], other["conv.weight"]);
    }

    [TestMethod]
    public void What_cannot_be_measured_is_refused()
    {
        var plain = new SaliencySource(Images, TestNetworks.Normalization, (initial, normalization, size, threads) =>
            new RecordingEngine(SparseTrainingEngine.Create(initial, normalization, size, threads), new EngineRecord()), 1);
        Assert.Contains("second derivatives of the loss, which the engine Recording does not give",
            Assert.ThrowsExactly<NotSupportedException>(() => plain.Scores(Network, SaliencyKind.Grasp, 1)).Message);
        Assert.IsNotNull(plain.Scores(Network, SaliencyKind.Snip, 1));

        var source = Source(new EngineRecord());
        var other = ResNet.Parse("ResNet-8-8").Build(new ImageShape(3, 16, 16), Classes);
        Assert.Contains("3×16×16", Assert.ThrowsExactly<ArgumentException>(() => source.Scores(other, SaliencyKind.Snip, 1)).Message);
        foreach (var kind in Enum.GetValues<SaliencyKind>())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => source.Scores(Network, kind, 1, new CancellationToken(canceled: true)));
        }

        Assert.Contains("at least two training images", Assert.ThrowsExactly<ArgumentException>(() => Source(new EngineRecord(), null, Images.Slice(0, 1))).Message);
        Assert.Contains("BatchSize", Assert.ThrowsExactly<ArgumentException>(() => Source(new EngineRecord(), new SaliencyOptions { BatchSize = 1 })).Message);
        Assert.Contains("Temperature", Assert.ThrowsExactly<ArgumentException>(() => Source(new EngineRecord(), new SaliencyOptions { Temperature = double.NaN })).Message);
        Assert.Contains("SamplesPerClass", Assert.ThrowsExactly<ArgumentException>(() => Source(new EngineRecord(), new SaliencyOptions { SamplesPerClass = 0 })).Message);
        Assert.Contains("MaximumPartSize", Assert.ThrowsExactly<ArgumentException>(() => Source(new EngineRecord(), new SaliencyOptions { MaximumPartSize = 0 })).Message);
    }

    private static SaliencySource Source(EngineRecord record, SaliencyOptions? options = null, ImageSet? images = null) => new(
        images ?? Images, TestNetworks.Normalization,
        (initial, normalization, size, threads) =>
        {
            record.Initial = initial.Clone();
            return new RecordingHessianEngine(new SparseTrainingEngine(initial, normalization, size, threads), record);
        },
        numberOfThreads: 1, options);

    private static void AssertScores(NetworkState scores, Func<string, double[]> expected)
    {
        foreach (var tensor in scores.Tensors)
        {
            if (tensor.Kind != StateTensorKind.Weight)
            {
                Assert.IsTrue(tensor.Values.All(value => value == 0), tensor.Name);
                continue;
            }

            double[] exact = expected(tensor.Name);
            double norm = Math.Sqrt(exact.Sum(value => value * value));
            double error = Math.Sqrt(exact.Zip(tensor.Values, (a, b) => (a - b) * (a - b)).Sum());
            Assert.IsGreaterThan(0, norm);
            Assert.IsLessThan(1e-3 * norm, error, tensor.Name);
        }
    }

    // Each layer's share of the best weights is that of the oracle's scores (lowest first), to one per cent or one weight.
    private static void AssertShares(SaliencyKind kind, LayerwiseRatio ratio, NetworkState scores, IEnumerable<string> names, Func<string, double[]> lowestFirst)
    {
        Assert.IsNotNull(scores);
        var weights = Network.WeightLayers.Select(layer => $"{layer.Name}.weight").Where(names.Contains).ToArray();
        var order = weights.SelectMany((name, layer) => lowestFirst(name).Select(score => (score, layer))).OrderBy(entry => entry.score).Select(entry => entry.layer).ToArray();
        foreach (double sparsity in new[] { 0.5, 0.9 })
        {
            var options = kind == SaliencyKind.Snip ? new SaliencyOptions { BatchSize = 12 } : new SaliencyOptions { SamplesPerClass = 3 };
            var saliency = new NetworkSaliency(Source(new EngineRecord(), options), Network, seed: 5);
            var kept = ratio.KeptCounts(Network, sparsity, saliency);
            int total = (int)Math.Round((1 - sparsity) * order.Length);
            Assert.AreEqual(total, kept.Sum());
            for (int layer = 0; layer < kept.Count; layer++)
            {
                int expected = order.Take(total).Count(at => at == layer);
                Assert.AreEqual(Math.Max(1, expected), kept[layer], 1 + 0.01 * expected, $"{kind} at {sparsity}: {weights[layer]}");
            }
        }
    }
}
