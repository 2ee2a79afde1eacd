using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>
/// H·v against central differences of the oracle's gradients along v, in double precision: (∇(w + εv) − ∇(w − εv))/2ε, with ε so
/// small that no rectifier switches.
/// </summary>
[TestClass]
public sealed class HessianVectorProductTests
{
    [TestMethod]
    [DataRow("ResNet-8-8", 8, 8, 5, 1.0, 18)]
    [DataRow("ResNet-8-8", 8, 8, 5, 0.3, 5)]
    [DataRow("ResNet-8-3", 9, 12, 2, 0.6, 33)]
    [DataRow("ResNet-14-2", 10, 6, 12, 1.0, 20)]
    public void It_is_the_derivative_of_the_gradient_along_the_direction(string name, int height, int width, int classes, double density, int images)
    {
        var network = ResNet.Parse(name).Build(new ImageShape(3, height, width), classes);
        var state = TestNetworks.RandomState(network, density, seed: 1);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, images, seed: 2);
        var direction = RandomDirection(state, seed: 3);
        var expected = Differences(state, direction, pixels, labels);

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: images, numberOfThreads: 2);
        var product = new NetworkState(state.Mask);
        engine.HessianVectorProduct(batch, direction, product);
        foreach (var tensor in product.Tensors)
        {
            if (tensor.Kind != StateTensorKind.Weight)
            {
                Assert.IsTrue(tensor.Values.All(value => value == 0), tensor.Name);
                continue;
            }

            double[] exact = TestNetworks.AtKept(tensor, state.Mask, expected[tensor.Name]);
            double norm = Norm(exact);
            Assert.IsGreaterThan(0, norm);
            Assert.IsLessThan(1e-4 * norm, Norm(exact.Zip(tensor.Values, (a, b) => a - b)), tensor.Name);
        }
    }

    [TestMethod]
    public void It_is_symmetric_linear_and_leaves_the_engine_as_it_was()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 4);
        var state = TestNetworks.RandomState(network, density: 0.5, seed: 4);
        var (batch, _, _) = TestNetworks.RandomBatch(network, images: 20, seed: 5);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 32, numberOfThreads: 1);
        NetworkState u = RandomDirection(state, seed: 6), v = RandomDirection(state, seed: 7);
        NetworkState hu = new(state.Mask), hv = new(state.Mask), doubled = RandomDirection(state, seed: 7);
        engine.HessianVectorProduct(batch, u, hu);
        engine.HessianVectorProduct(batch, v, hv);
        double uhv = Dot(u, hv), vhu = Dot(v, hu);
        Assert.AreEqual(uhv, vhu, 1e-4 * Math.Abs(uhv));

        // Doubling is exact in floating point; the product may take the place of the direction.
        foreach (var tensor in doubled.Tensors)
        {
            tensor.Values.AsSpan().Clear();
            for (int i = 0; i < tensor.Values.Length; i++)
            {
                tensor.Values[i] = 2 * v[tensor.Name][i];
            }
        }

        engine.HessianVectorProduct(batch, doubled, doubled);
        foreach (var tensor in hv.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values.Select(value => 2 * value).ToArray(), doubled[tensor.Name], tensor.Name);
        }

        var after = new NetworkState(state.Mask);
        engine.Read(after);
        foreach (var tensor in state.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values, after[tensor.Name], tensor.Name);
        }
    }

    [TestMethod]
    [DataRow(0.4)]
    [DataRow(0.85)]
    public void Bits_do_not_depend_on_threads_or_vector_width(double density)
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 12, 12), 3);
        var state = TestNetworks.RandomState(network, density, seed: 8);
        var (batch, _, _) = TestNetworks.RandomBatch(network, images: 50, seed: 9);
        var direction = RandomDirection(state, seed: 10);
        NetworkState? first = null;
        foreach (var (threads, width) in new[] { (1, VectorWidth.Scalar), (1, VectorWidth.Auto), (2, VectorWidth.Auto), (5, VectorWidth.Vector128) })
        {
            using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 64, threads, width);
            var product = new NetworkState(state.Mask);
            engine.HessianVectorProduct(batch, direction, product);
            first ??= product;
            foreach (var tensor in product.Tensors)
            {
                CollectionAssert.AreEqual(first[tensor.Name], tensor.Values, $"{tensor.Name} with {threads} threads and {width}");
            }
        }
    }

    [TestMethod]
    public void Cancelling_stops_it_and_leaves_the_product_as_it_was()
    {
        var network = ResNet.Parse("ResNet-8-2").Build(new ImageShape(3, 8, 8), 3);
        var state = TestNetworks.RandomState(network, density: 1, seed: 11);
        var (batch, _, _) = TestNetworks.RandomBatch(network, images: 4, seed: 12);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 4, numberOfThreads: 1);
        var product = RandomDirection(state, seed: 13);
        var before = product.Clone();
        Assert.ThrowsExactly<OperationCanceledException>(() => engine.HessianVectorProduct(batch, state, product, new CancellationToken(canceled: true)));
        foreach (var tensor in before.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values, product[tensor.Name]);
        }
    }

    [TestMethod]
    public void Layer_norms_add_up_to_the_gradient_norm()
    {
        var network = ResNet.Parse("ResNet-14-3").Build(new ImageShape(3, 12, 12), 3);
        var state = TestNetworks.RandomState(network, density: 0.7, seed: 14);
        var (batch, _, _) = TestNetworks.RandomBatch(network, images: 20, seed: 15);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 20, numberOfThreads: 2);
        var gradients = new NetworkState(state.Mask);
        var result = engine.ComputeGradients(batch, 0.1f, gradients);
        var norms = new double[network.WeightLayers.Count];
        engine.LayerGradientNorms(norms);
        for (int layer = 0; layer < norms.Length; layer++)
        {
            double expected = Norm(gradients[$"{network.WeightLayers[layer].Name}.weight"].Select(value => (double)value));
            Assert.AreEqual(expected, norms[layer], 1e-6 * expected, network.WeightLayers[layer].Name);
        }

        Assert.AreEqual(result.GradientNorm, Norm(norms), 1e-9 * result.GradientNorm);
        Assert.ThrowsExactly<ArgumentException>(() => engine.LayerGradientNorms(new double[3]));
    }

    private static Dictionary<string, double[]> Differences(NetworkState state, NetworkState direction, double[][] pixels, int[] labels)
    {
        const double Step = 1e-7;
        var above = GradientsAt(Step);
        var below = GradientsAt(-Step);
        return above.ToDictionary(pair => pair.Key, pair => pair.Value.Zip(below[pair.Key], (a, b) => (a - b) / (2 * Step)).ToArray());

        Dictionary<string, double[]> GradientsAt(double step)
        {
            var oracle = new NaiveNetwork(state, TestNetworks.Normalization, training: true);
            foreach (var tensor in state.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight))
            {
                int[] kept = state.Mask[tensor.Layer.Name].KeptIndices();
                for (int j = 0; j < kept.Length; j++)
                {
                    oracle.Parameters[tensor.Name][kept[j]] += step * direction[tensor.Name][j];
                }
            }

            return oracle.Gradients(pixels, labels, smoothing: 0).Parameters;
        }
    }

    private static NetworkState RandomDirection(NetworkState state, int seed)
    {
        var random = new Random(seed);
        var direction = new NetworkState(state.Mask);
        foreach (var tensor in direction.Tensors)
        {
            for (int i = 0; i < tensor.Values.Length; i++)
            {
                tensor.Values[i] = (float)(0.2 * (random.NextDouble() - 0.5));
            }
        }

        return direction;
    }

    private static double Dot(NetworkState left, NetworkState right) => left.Tensors
        .Where(tensor => tensor.Kind == StateTensorKind.Weight)
        .Sum(tensor => tensor.Values.Zip(right[tensor.Name], (a, b) => (double)a * b).Sum());

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
}
