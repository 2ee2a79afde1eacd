using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>Forward, backward and update against a dense network with zeros in double precision, over many shapes.</summary>
[TestClass]
public sealed class SparseEngineTests
{
    private static readonly VectorWidth[] Widths = [VectorWidth.Scalar, VectorWidth.Vector128, VectorWidth.Vector256, VectorWidth.Vector512];

    public static IEnumerable<object[]> Shapes()
    {
        var random = new Random(7);
        foreach (var width in Widths)
        {
            for (int trial = 0; trial < 6; trial++)
            {
                // Rows and columns from 4 to 20, so that strided layers meet odd and even sizes and tiles of 8, 4 and 1.
                yield return
                [
                    width, $"ResNet-8-{random.Next(1, 9)}", random.Next(4, 19), random.Next(4, 19), random.Next(1, 21), random.Next(2, 12),
                    new[] { 1.0, 0.5, 0.2, 0.05, 0.8, 0.9 }[trial], random.Next(),
                ];
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void Loss_gradients_and_statistics_are_those_of_the_dense_network_with_zeros(
        VectorWidth width, string name, int rows, int columns, int images, int classes, double density, int seed)
    {
        var network = ResNet.Parse(name).Build(new ImageShape(3, rows, columns), classes);
        var state = TestNetworks.RandomState(network, density, seed);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images, seed + 1);
        var oracle = new NaiveNetwork(state, TestNetworks.Normalization, training: true);
        var (loss, gradients, _) = oracle.Gradients(pixels, labels, smoothing: 0.1);

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, images, numberOfThreads: 2, width);
        var found = new NetworkState(state.Mask);
        var result = engine.ComputeGradients(batch, labelSmoothing: 0.1f, found);

        Assert.AreEqual(loss, result.Loss, 1e-5 * Math.Abs(loss) + 1e-6);
        foreach (var tensor in found.Tensors.Where(tensor => tensor.IsTrainable))
        {
            var expected = TestNetworks.AtKept(tensor, state.Mask, gradients[tensor.Name]);
            TestNetworks.AssertClose(expected, tensor.Values, tolerance: 2e-3, tensor.Name, floor: 2e-4);
        }

        double norm = Math.Sqrt(found.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight).Sum(tensor => tensor.Values.Sum(value => (double)value * value)));
        Assert.AreEqual(norm, result.GradientNorm, 1e-6 * norm);

        var unchanged = new NetworkState(state.Mask);
        engine.Read(unchanged);
        AssertSame(state, unchanged);

        engine.TrainStep(batch, new SgdStep(0.1f, 0.9f, Nesterov: true, WeightDecay: 0));
        engine.Read(unchanged);
        foreach (var (norms, (mean, variance)) in oracle.Statistics)
        {
            TestNetworks.AssertClose(state[$"{norms}.running_mean"].Zip(mean, (old, now) => 0.9 * old + 0.1 * now), unchanged[$"{norms}.running_mean"], 1e-4, norms);
            TestNetworks.AssertClose(state[$"{norms}.running_var"].Zip(variance, (old, now) => 0.9 * old + 0.1 * now), unchanged[$"{norms}.running_var"], 1e-4, norms);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void Predictions_and_pixel_gradients_are_those_of_the_dense_network_with_zeros(
        VectorWidth width, string name, int rows, int columns, int images, int classes, double density, int seed)
    {
        var network = ResNet.Parse(name).Build(new ImageShape(3, rows, columns), classes);
        var state = TestNetworks.RandomState(network, density, seed);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images, seed + 1);
        var oracle = new NaiveNetwork(state, TestNetworks.Normalization, training: false);
        var expected = oracle.Forward(pixels)[^1].SelectMany(logits => logits).ToArray();

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, images, numberOfThreads: 2, width);
        using var predictor = new SparsePredictor(state, TestNetworks.Normalization, width);
        var ofEngine = new float[images * classes];
        var ofPredictor = new float[images * classes];
        engine.Predict(batch, ofEngine);
        predictor.Predict(batch, ofPredictor, numberOfThreads: 2);
        TestNetworks.AssertClose(expected, ofPredictor, tolerance: 1e-4, "logits", floor: 1e-4);
        CollectionAssert.AreEqual(ofPredictor, ofEngine);

        var pixelGradients = new float[images * network.InputShape.Size];
        engine.InputGradients(batch, pixelGradients);
        TestNetworks.AssertClose(
            oracle.Gradients(pixels, labels, 0).Pixels.SelectMany(image => image).Select(value => value * images), pixelGradients, tolerance: 1e-3, "pixels", floor: 1e-4);
    }

    [TestMethod]
    public void Steps_are_those_of_stochastic_gradient_descent()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 12, 12), 4);
        foreach (var step in new SgdStep[]
        {
            new(0.05f, 0.9f, Nesterov: true, WeightDecay: 5e-3f),
            new(0.05f, 0.9f, Nesterov: false, WeightDecay: 5e-3f, DecayNormAndBias: false, LabelSmoothing: 0.2f),
            new(0.1f, 0, Nesterov: false, WeightDecay: 0),
        })
        {
            var state = TestNetworks.RandomState(network, density: 0.4, seed: 8);
            var oracle = new NaiveNetwork(state, TestNetworks.Normalization, training: true);
            var momentum = oracle.Parameters.ToDictionary(pair => pair.Key, pair => new double[pair.Value.Length]);
            using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 20, numberOfThreads: 2);
            for (int i = 0; i < 3; i++)
            {
                var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images: 20, seed: 9 + i);
                var gradients = oracle.Gradients(pixels, labels, step.LabelSmoothing).Parameters;
                engine.TrainStep(batch, step);
                foreach (var tensor in state.Tensors.Where(tensor => tensor.IsTrainable))
                {
                    Step(tensor, state, oracle.Parameters[tensor.Name], gradients[tensor.Name], momentum[tensor.Name], step);
                }
            }

            var (found, foundMomentum) = (new NetworkState(state.Mask), new NetworkState(state.Mask));
            engine.Read(found, foundMomentum);
            foreach (var tensor in state.Tensors.Where(tensor => tensor.IsTrainable))
            {
                TestNetworks.AssertClose(TestNetworks.AtKept(tensor, state.Mask, oracle.Parameters[tensor.Name]), found[tensor.Name], 1e-4, tensor.Name, 1e-5);
                TestNetworks.AssertClose(TestNetworks.AtKept(tensor, state.Mask, momentum[tensor.Name]), foundMomentum[tensor.Name], 5e-3, tensor.Name, 1e-3);
            }
        }
    }

    [TestMethod]
    [DataRow(0.3)]
    [DataRow(0.85)]
    public void Bits_do_not_depend_on_threads_or_vector_width(double density)
    {
        var network = ResNet.Parse("ResNet-8-5").Build(new ImageShape(3, 13, 18), 6);
        NetworkState? first = null;
        float[]? firstLogits = null;
        foreach (var width in Widths)
        {
            foreach (int threads in new[] { 1, 2, 5 })
            {
                var state = TestNetworks.RandomState(network, density, seed: 10);
                using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 70, threads, width);
                for (int i = 0; i < 3; i++)
                {
                    engine.TrainStep(TestNetworks.RandomBatch(network, images: 70, seed: i).Batch, new SgdStep(0.1f, 0.9f, true, 5e-4f));
                }

                var after = new NetworkState(state.Mask);
                engine.Read(after);
                var logits = new float[70 * 6];
                engine.Predict(TestNetworks.RandomBatch(network, images: 70, seed: 3).Batch, logits);
                AssertSame(first ??= after, after);
                CollectionAssert.AreEqual(firstLogits ??= logits, logits, $"{width}, {threads} threads");
            }
        }
    }

    [TestMethod]
    public void A_channel_without_a_kept_weight_and_an_empty_layer_are_no_trouble()
    {
        var network = ResNet.Parse("ResNet-8-3").Build(new ImageShape(3, 8, 8), 3);
        var state = TestNetworks.RandomState(network, density: 0.01, seed: 11);
        Assert.IsTrue(state.Mask.Layers.Any(mask => mask.KeptCount == 0));
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images: 4, seed: 12);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 4, numberOfThreads: 1);
        var result = engine.TrainStep(batch, new SgdStep(0.1f, 0.9f, true, 5e-4f));
        Assert.AreEqual(new NaiveNetwork(state, TestNetworks.Normalization, training: true).Loss(pixels, labels, 0), result.Loss, 1e-5);
    }

    [TestMethod]
    public void Training_steps_allocate_nothing()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 16, 16), 4);
        var state = TestNetworks.RandomState(network, density: 0.4, seed: 13);
        var batch = TestNetworks.RandomBatch(network, images: 32, seed: 14).Batch;
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 32, numberOfThreads: 1);
        var step = new SgdStep(0.01f, 0.9f, true, 5e-4f);
        for (int i = 0; i < 3; i++)
        {
            engine.TrainStep(batch, step);
        }

        Assert.AreEqual(0, Allocation.SteadyBytes(() => engine.TrainStep(batch, step)));
    }

    [TestMethod]
    public void Many_threads_may_predict_at_once()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 16, 16), 4);
        using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density: 0.4, seed: 15), TestNetworks.Normalization);
        var batch = TestNetworks.RandomBatch(network, images: 40, seed: 16).Batch;
        var expected = new float[40 * 4];
        predictor.Predict(batch, expected);
        Parallel.For(0, 32, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            var logits = new float[40 * 4];
            predictor.Predict(batch, logits, numberOfThreads: 2);
            CollectionAssert.AreEqual(expected, logits);
        });
    }

    [TestMethod]
    public void Wrong_batches_are_refused_with_what_was_expected()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 4);
        var state = TestNetworks.RandomState(network, density: 0.4, seed: 17);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 4, numberOfThreads: 1);
        var step = new SgdStep(0.1f, 0.9f, true, 5e-4f);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => engine.TrainStep(TestNetworks.RandomBatch(network, 5, 1).Batch, step)).Message, "1 to 4 images");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => engine.TrainStep(new PixelBatch(network.InputShape, new float[192], new[] { 4 }), step)).Message, "label 4");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => engine.TrainStep(new PixelBatch(new ImageShape(3, 8, 9), new float[216], new[] { 0 }), step)).Message, "3×8×9");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => engine.Predict(new PixelBatch(network.InputShape, new float[192]), new float[3])).Message, "room for 3");
    }

    // torch.optim.SGD's definition on the dense tensors; a pruned weight stays zero.
    private static void Step(StateTensor tensor, NetworkState state, double[] values, double[] gradients, double[] momentum, in SgdStep step)
    {
        var mask = tensor.Kind == StateTensorKind.Weight ? state.Mask[tensor.Layer.Name] : null;
        double decay = mask is not null || step.DecayNormAndBias ? step.WeightDecay : 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (mask is null || mask[i])
            {
                double gradient = gradients[i] + decay * values[i];
                momentum[i] = step.Momentum * momentum[i] + gradient;
                values[i] -= step.LearningRate * (step.Nesterov ? gradient + step.Momentum * momentum[i] : momentum[i]);
            }
        }
    }

    private static void AssertSame(NetworkState expected, NetworkState actual)
    {
        foreach (var (a, b) in expected.Tensors.Zip(actual.Tensors))
        {
            CollectionAssert.AreEqual(a.Values, b.Values, a.Name);
        }
    }
}
