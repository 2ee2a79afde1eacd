using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>
/// Structured masks against a dense network in double precision: for masks that take channels out, once against the full
/// network, in which these channels are computed and nobody reads them, and once against the narrow network built as such.
/// </summary>
[TestClass]
public sealed class StructuredMaskTests
{
    public static IEnumerable<object[]> Cases()
    {
        var random = new Random(11);
        foreach (string kind in HandMadeMasks.Kinds)
        {
            yield return [kind, $"ResNet-8-{random.Next(3, 9)}", random.Next(4, 15), random.Next(4, 15), random.Next(2, 21), random.Next(2, 8), random.Next()];
            yield return [kind, $"ResNet-14-{random.Next(2, 6)}", random.Next(4, 11), random.Next(4, 11), random.Next(2, 18), random.Next(2, 8), random.Next()];
        }

        foreach (string kind in new[] { "Filter by ERK", "Filter by Uniform", "Channel by ERK", "Channel by Uniform", "Kernel by ERK", "4x2 by Uniform", "1:3 by Uniform" })
        {
            yield return [kind, $"ResNet-8-{random.Next(3, 8)}", random.Next(4, 12), random.Next(4, 12), random.Next(2, 18), random.Next(2, 8), random.Next()];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Loss_gradients_and_predictions_are_those_of_the_full_network_with_zeros(
        string kind, string name, int rows, int columns, int images, int classes, int seed)
    {
        var network = ResNet.Parse(name).Build(new ImageShape(3, rows, columns), classes);
        var mask = kind.Split(" by ") is [var granularity, var ratio]
            ? MaskGenerator.Generate(network, ratio, ratio == "ERK" ? 0.4 : 2.0 / 3, seed, granularity: granularity)
            : HandMadeMasks.Of(kind, network, seed);
        var state = TestNetworks.RandomState(mask, seed + 1);
        var full = Widened(state, seed + 2);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images, seed + 3);
        var training = new NaiveNetwork(full, TestNetworks.Normalization, training: true);
        var (loss, gradients, _) = training.Gradients(pixels, labels, smoothing: 0.1);

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, images, numberOfThreads: 2);
        Assert.AreSame(network, engine.Network);
        var found = new NetworkState(mask);
        var result = engine.ComputeGradients(batch, labelSmoothing: 0.1f, found);
        Assert.AreEqual(loss, result.Loss, 1e-5 * Math.Abs(loss) + 1e-6);
        foreach (var tensor in found.Tensors.Where(tensor => tensor.IsTrainable))
        {
            var expected = TestNetworks.AtKept(tensor, mask, gradients[tensor.Name]);
            TestNetworks.AssertClose(Left(tensor, mask, expected), tensor.Values, tolerance: 2e-3, tensor.Name, floor: 2e-4);
        }

        var prediction = new NaiveNetwork(full, TestNetworks.Normalization, training: false);
        var logits = new float[images * classes];
        var ofPredictor = new float[images * classes];
        using var predictor = new SparsePredictor(state, TestNetworks.Normalization);
        Assert.AreSame(network, predictor.Network);
        engine.Predict(batch, logits);
        predictor.Predict(batch, ofPredictor);
        TestNetworks.AssertClose(prediction.Forward(pixels)[^1].SelectMany(image => image), logits, tolerance: 1e-4, "logits", floor: 1e-4);
        CollectionAssert.AreEqual(logits, ofPredictor);

        var pixelGradients = new float[images * network.InputShape.Size];
        engine.InputGradients(batch, pixelGradients);
        TestNetworks.AssertClose(
            prediction.Gradients(pixels, labels, 0).Pixels.SelectMany(image => image).Select(value => value * images), pixelGradients, tolerance: 1e-3, "pixels", floor: 1e-4);
    }

    [TestMethod]
    public void Half_of_the_filters_trains_predicts_and_curves_as_the_network_of_half_the_width()
    {
        var network = ResNet.Parse("ResNet-8-8").Build(new ImageShape(3, 12, 9), 6);
        var half = ResNet.Parse("ResNet-8-4").Build(network.InputShape, network.ClassCount);
        var state = TestNetworks.RandomState(HandMadeMasks.Of("filter", network, seed: 4), seed: 5);
        var narrow = new NetworkState(NetworkMask.Dense(half));
        state.CopyTo(narrow);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images: 20, seed: 6);
        var oracle = new NaiveNetwork(narrow, TestNetworks.Normalization, training: true);
        var momentum = oracle.Parameters.ToDictionary(pair => pair.Key, pair => new double[pair.Value.Length]);

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 20, numberOfThreads: 2);
        using var same = new SparseTrainingEngine(narrow, TestNetworks.Normalization, maximumBatchSize: 20, numberOfThreads: 1);
        NetworkState product = new(state.Mask), sameProduct = new(narrow.Mask);
        engine.HessianVectorProduct(batch, state, product);
        same.HessianVectorProduct(batch, narrow, sameProduct);
        AssertSame(sameProduct, product);

        var step = new SgdStep(0.05f, 0.9f, Nesterov: true, WeightDecay: 5e-3f);
        for (int number = 0; number < 5; number++)
        {
            var (expectedLoss, gradients, _) = oracle.Gradients(pixels, labels, smoothing: 0);
            var found = engine.TrainStep(batch, step);
            Assert.AreEqual(found, same.TrainStep(batch, step));
            Assert.AreEqual(expectedLoss, found.Loss, 1e-3 * expectedLoss);
            foreach (var tensor in narrow.Tensors.Where(tensor => tensor.IsTrainable))
            {
                double[] values = oracle.Parameters[tensor.Name], velocities = momentum[tensor.Name];
                for (int i = 0; i < values.Length; i++)
                {
                    double gradient = gradients[tensor.Name][i] + step.WeightDecay * values[i];
                    velocities[i] = step.Momentum * velocities[i] + gradient;
                    values[i] -= step.LearningRate * (gradient + step.Momentum * velocities[i]);
                }
            }
        }

        NetworkState trained = new(state.Mask), sameTrained = new(narrow.Mask);
        engine.Read(trained);
        same.Read(sameTrained);
        AssertSame(sameTrained, trained);
        foreach (var tensor in trained.Tensors.Where(tensor => tensor.IsTrainable))
        {
            TestNetworks.AssertClose(oracle.Parameters[tensor.Name], tensor.Values, 1e-3, tensor.Name, 1e-4);
        }
    }

    [TestMethod]
    [DataRow("filter")]
    [DataRow("channel")]
    public void Bits_do_not_depend_on_threads_or_vector_width(string kind)
    {
        var network = ResNet.Parse("ResNet-8-5").Build(new ImageShape(3, 9, 12), 4);
        var mask = HandMadeMasks.Of(kind, network, seed: 7);
        NetworkState? first = null;
        foreach (var (threads, width) in new[] { (1, VectorWidth.Scalar), (3, VectorWidth.Auto), (2, VectorWidth.Vector128) })
        {
            using var engine = new SparseTrainingEngine(TestNetworks.RandomState(mask, seed: 8), TestNetworks.Normalization, maximumBatchSize: 40, threads, width);
            engine.TrainStep(TestNetworks.RandomBatch(network, images: 40, seed: 9).Batch, new SgdStep(0.1f, 0.9f, true, 5e-4f));
            var after = new NetworkState(mask);
            engine.Read(after);
            AssertSame(first ??= after, after);
        }
    }

    /// <summary>The state of the same masks with all channels left in: those that nobody reads get numbers of their own.</summary>
    private static NetworkState Widened(NetworkState state, int seed)
    {
        var full = TestNetworks.RandomState(new NetworkMask(state.Network, state.Mask.Layers), seed);
        foreach (var (from, to) in state.Tensors.Zip(full.Tensors))
        {
            int[] places = PlacesOf(from, state.Mask, to.Values.Length);
            for (int i = 0; i < places.Length; i++)
            {
                to.Values[places[i]] = from.Values[i];
            }
        }

        return full;
    }

    private static double[] Left(StateTensor tensor, NetworkMask mask, double[] values) => [.. PlacesOf(tensor, mask, values.Length).Select(place => values[place])];

    // Of batch-norm's channels those that are left; of all other tensors everything.
    private static int[] PlacesOf(StateTensor tensor, NetworkMask mask, int length)
    {
        int[] all = [.. Enumerable.Range(0, length)];
        if (!mask.RemovesChannels || tensor.Layer is not BatchNormLayer)
        {
            return all;
        }

        bool[] left = HandMadeMasks.ChannelsLeft(mask)[HandMadeMasks.MadeBy((WeightLayer)mask.Network.Layers[tensor.Layer.Inputs[0]])!];
        return [.. all.Where(channel => left[channel])];
    }

    private static void AssertSame(NetworkState expected, NetworkState actual)
    {
        foreach (var (a, b) in expected.Tensors.Zip(actual.Tensors))
        {
            CollectionAssert.AreEqual(a.Values, b.Values, a.Name);
        }
    }
}
