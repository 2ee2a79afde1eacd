using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>Central differences of the loss, in double precision, against the oracle's gradients and the engine's.</summary>
[TestClass]
public sealed class FiniteDifferenceTests
{
    private const double Step = 1e-6;

    // ResNet-8-8 has every layer type: convolutions of stride 1 and 2, the 1×1 shortcut, batch-norm, rectifier, sum, pool, linear.
    private static readonly Network Network = ResNet.Parse("ResNet-8-8").Build(new ImageShape(3, 8, 8), 5);

    [TestMethod]
    [DataRow(1.0, 0.0)]
    [DataRow(0.3, 0.1)]
    public void Every_tensor_of_ResNet_8_8_has_the_gradient_that_finite_differences_give(double density, double smoothing)
    {
        var state = TestNetworks.RandomState(Network, density, seed: 1);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(Network, images: 5, seed: 2);
        var oracle = new NaiveNetwork(state, TestNetworks.Normalization, training: true);
        var gradients = oracle.Gradients(pixels, labels, smoothing).Parameters;

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 5, numberOfThreads: 2);
        var engineGradients = new NetworkState(state.Mask);
        engine.ComputeGradients(batch, (float)smoothing, engineGradients);

        var random = new Random(3);
        foreach (var tensor in state.Tensors.Where(tensor => tensor.IsTrainable))
        {
            var kept = tensor.Kind == StateTensorKind.Weight
                ? state.Mask[tensor.Layer.Name].KeptIndices()
                : [.. Enumerable.Range(0, tensor.Values.Length)];
            double scale = gradients[tensor.Name].Max(Math.Abs);
            foreach (int position in Enumerable.Range(0, kept.Length).OrderBy(_ => random.Next()).Take(6))
            {
                double difference = Difference(oracle.Parameters[tensor.Name], kept[position], () => oracle.Loss(pixels, labels, smoothing));
                Assert.AreEqual(difference, gradients[tensor.Name][kept[position]], 1e-6 * scale + 1e-8, $"the oracle's {tensor.Name}[{kept[position]}]");
                Assert.AreEqual(difference, engineGradients[tensor.Name][position], 1e-4 * scale + 1e-6, $"the engine's {tensor.Name}[{kept[position]}]");
            }
        }
    }

    [TestMethod]
    public void The_gradient_of_the_pixels_is_what_finite_differences_give()
    {
        var state = TestNetworks.RandomState(Network, density: 0.5, seed: 4);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(Network, images: 3, seed: 5);
        var oracle = new NaiveNetwork(state, TestNetworks.Normalization, training: false);
        var gradients = oracle.Gradients(pixels, labels, smoothing: 0).Pixels;

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 3, numberOfThreads: 1);
        var engineGradients = new float[pixels.Length * Network.InputShape.Size];
        engine.InputGradients(batch, engineGradients);

        var random = new Random(6);
        for (int image = 0; image < pixels.Length; image++)
        {
            double scale = gradients[image].Max(Math.Abs);
            for (int trial = 0; trial < 20; trial++)
            {
                int pixel = random.Next(pixels[image].Length);
                double difference = Difference(pixels[image], pixel, () => oracle.Loss(pixels, labels, 0));
                Assert.AreEqual(difference, gradients[image][pixel], 1e-6 * scale + 1e-8);

                // The engine's is the gradient of the sum over the images, the oracle's that of the mean.
                Assert.AreEqual(difference * pixels.Length, engineGradients[image * Network.InputShape.Size + pixel], 1e-4 * scale * pixels.Length + 1e-6);
            }
        }
    }

    private static double Difference(double[] values, int index, Func<double> loss)
    {
        double kept = values[index];
        values[index] = kept + Step;
        double above = loss();
        values[index] = kept - Step;
        double below = loss();
        values[index] = kept;
        return (above - below) / (2 * Step);
    }
}
