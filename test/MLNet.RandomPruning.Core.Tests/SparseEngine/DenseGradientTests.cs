using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>The gradient of pruned weights: what the loss would do if one of them moved away from zero.</summary>
[TestClass]
public sealed class DenseGradientTests
{
    private static readonly VectorWidth[] Widths = [VectorWidth.Scalar, VectorWidth.Vector128, VectorWidth.Vector256, VectorWidth.Vector512];

    [TestMethod]
    [DataRow("ResNet-8-8", 8, 8, 5, 0.3, 0.0)]
    [DataRow("ResNet-8-5", 9, 14, 18, 0.1, 0.1)]
    [DataRow("ResNet-14-3", 10, 7, 33, 0.6, 0.2)]
    [DataRow("ResNet-8-4", 4, 5, 16, 1.0, 0.0)]
    public void Every_position_has_the_gradient_of_the_dense_network(string name, int rows, int columns, int images, double density, double smoothing)
    {
        var network = ResNet.Parse(name).Build(new ImageShape(3, rows, columns), 4);
        var state = TestNetworks.RandomState(network, density, seed: 1);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images, seed: 2);
        var (loss, expected, _) = new NaiveNetwork(state, TestNetworks.Normalization, training: true).Gradients(pixels, labels, smoothing);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, images, numberOfThreads: 2);
        var dense = Room(network);
        var result = engine.ComputeDenseGradients(batch, (float)smoothing, dense);
        Assert.AreEqual(loss, result.Loss, 1e-5 * loss);
        for (int layer = 0; layer < dense.Length; layer++)
        {
            string weights = network.WeightLayers[layer].Name;
            TestNetworks.AssertClose(expected[$"{weights}.weight"], dense[layer], tolerance: 2e-3, weights, floor: 2e-4);
        }

        // Kept weights have the sparse gradient, summed in another order; so has the norm, which counts them alone.
        var sparse = new NetworkState(state.Mask);
        var kept = engine.ComputeGradients(batch, (float)smoothing, sparse);
        Assert.AreEqual((kept.Loss, kept.CorrectCount), (result.Loss, result.CorrectCount));
        Assert.AreEqual(kept.GradientNorm, result.GradientNorm, 1e-6 * kept.GradientNorm);
        foreach (var (mask, gradient) in state.Mask.Layers.Zip(dense))
        {
            double[] same = [.. sparse[$"{mask.Layer.Name}.weight"].Select(value => (double)value)];
            TestNetworks.AssertClose(same, [.. mask.KeptIndices().Select(index => gradient[index])], tolerance: 1e-5, mask.Layer.Name);
        }
    }

    [TestMethod]
    public void A_pruned_weight_has_the_derivative_of_the_loss_as_it_moves_from_zero()
    {
        const double Move = 1e-6;
        var network = ResNet.Parse("ResNet-8-6").Build(new ImageShape(3, 8, 8), 5);
        var state = TestNetworks.RandomState(network, density: 0.2, seed: 3);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images: 5, seed: 4);
        var oracle = new NaiveNetwork(state, TestNetworks.Normalization, training: true);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 5, numberOfThreads: 1);
        var dense = Room(network);
        engine.ComputeDenseGradients(batch, labelSmoothing: 0, dense);
        var random = new Random(5);
        for (int layer = 0; layer < dense.Length; layer++)
        {
            var mask = state.Mask.Layers[layer];
            double[] weights = oracle.Parameters[$"{mask.Layer.Name}.weight"];
            double scale = dense[layer].Max(Math.Abs);
            int[] pruned = [.. Enumerable.Range(0, mask.Length).Where(index => !mask[index])];
            for (int trial = 0; trial < 4; trial++)
            {
                int position = pruned[random.Next(pruned.Length)];
                weights[position] = Move;
                double above = oracle.Loss(pixels, labels, 0);
                weights[position] = -Move;
                double below = oracle.Loss(pixels, labels, 0);
                weights[position] = 0;
                Assert.AreEqual((above - below) / (2 * Move), dense[layer][position], 1e-4 * scale + 1e-6, $"{mask.Layer.Name}[{position}]");
            }
        }
    }

    [TestMethod]
    [DataRow(0.3)]
    [DataRow(0.85)]
    public void Bits_do_not_depend_on_threads_or_vector_width(double density)
    {
        var network = ResNet.Parse("ResNet-8-5").Build(new ImageShape(3, 13, 18), 6);
        var state = TestNetworks.RandomState(network, density, seed: 6);
        var batch = TestNetworks.RandomBatch(network, images: 50, seed: 7).Batch;
        float[][]? first = null;
        foreach (var width in Widths)
        {
            foreach (int threads in new[] { 1, 3 })
            {
                using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 64, threads, width);
                var dense = Room(network);
                engine.ComputeDenseGradients(batch, labelSmoothing: 0.1f, dense);
                first ??= dense;
                for (int layer = 0; layer < dense.Length; layer++)
                {
                    CollectionAssert.AreEqual(first[layer], dense[layer], $"{network.WeightLayers[layer].Name}, {width}, {threads} threads");
                }
            }
        }
    }

    [TestMethod]
    public void They_change_nothing_and_training_goes_on_without_allocating()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 12, 12), 4);
        var state = TestNetworks.RandomState(network, density: 0.4, seed: 8);
        var step = new SgdStep(0.05f, 0.9f, Nesterov: true, WeightDecay: 5e-4f);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 32, numberOfThreads: 1);
        using var undisturbed = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 32, numberOfThreads: 1);
        var dense = Room(network);
        double[] norms = new double[network.WeightLayers.Count], expectedNorms = new double[norms.Length];
        for (int number = 0; number < 3; number++)
        {
            var batch = TestNetworks.RandomBatch(network, images: 30, seed: 9 + number).Batch;
            Assert.AreEqual(undisturbed.TrainStep(batch, step), engine.TrainStep(batch, step));
            engine.ComputeDenseGradients(TestNetworks.RandomBatch(network, images: 25, seed: 20 + number).Batch, labelSmoothing: 0, dense);
            engine.LayerGradientNorms(norms);
            undisturbed.LayerGradientNorms(expectedNorms);
            CollectionAssert.AreEqual(expectedNorms, norms);
        }

        NetworkState expected = new(state.Mask), actual = new(state.Mask);
        undisturbed.Read(expected);
        engine.Read(actual);
        foreach (var tensor in expected.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values, actual[tensor.Name], tensor.Name);
        }

        var last = TestNetworks.RandomBatch(network, images: 32, seed: 30).Batch;
        engine.TrainStep(last, step);
        Assert.AreEqual(0, Allocation.SteadyBytes(() => engine.TrainStep(last, step)));
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 4);
        var batch = TestNetworks.RandomBatch(network, images: 2, seed: 1).Batch;
        using (var engine = new SparseTrainingEngine(TestNetworks.RandomState(network, 0.5, seed: 2), TestNetworks.Normalization, maximumBatchSize: 2, numberOfThreads: 1))
        {
            var room = Room(network);
            Assert.Contains("10 weight layers", Assert.ThrowsExactly<ArgumentException>(() => engine.ComputeDenseGradients(batch, 0, room[1..])).Message);
            room[^1] = new float[5];
            Assert.Contains("Layer 'fc' has 64 weights", Assert.ThrowsExactly<ArgumentException>(() => engine.ComputeDenseGradients(batch, 0, room)).Message);
        }

        var narrow = TestNetworks.RandomState(HandMadeMasks.Of("filter", network, seed: 3), seed: 4);
        using var narrowEngine = new SparseTrainingEngine(narrow, TestNetworks.Normalization, maximumBatchSize: 2, numberOfThreads: 1);
        Assert.Contains("take channels out of ResNet-8-4", Assert.ThrowsExactly<NotSupportedException>(() => narrowEngine.ComputeDenseGradients(batch, 0, Room(network))).Message);
    }

    private static float[][] Room(Network network) => [.. network.WeightLayers.Select(layer => new float[layer.WeightCount])];
}
