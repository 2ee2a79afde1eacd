using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>
/// Planes too large for the cache, which the engine works on in bands of rows, and activations that are kept in 16 bits; against a
/// dense network with zeros in double precision.
/// </summary>
[TestClass]
public sealed class BandTests
{
    private static readonly VectorWidth[] Widths = [VectorWidth.Scalar, VectorWidth.Vector128, VectorWidth.Vector256, VectorWidth.Vector512];

    // Heights that bands of 2, 4, 8 or 16 rows fill and do not fill, and one that leaves a last band of a single row.
    [TestMethod]
    [DataRow("ResNet-8-8", 32, 32)]
    [DataRow("ResNet-8-12", 33, 24)]
    [DataRow("ResNet-8-16", 23, 30)]
    [DataRow("ResNet-8-24", 37, 21)]
    [DataRow("ResNet-8-6", 65, 40)]
    public void Bands_do_not_show_in_loss_and_gradients(string name, int rows, int columns)
    {
        const int Images = 2, Classes = 4;
        var network = ResNet.Parse(name).Build(new ImageShape(3, rows, columns), Classes);
        var state = TestNetworks.RandomState(network, density: 0.2, seed: rows);
        var (batch, pixels, labels) = TestNetworks.RandomBatch(network, Images, seed: columns);
        var (loss, gradients, _) = new NaiveNetwork(state, TestNetworks.Normalization, training: true).Gradients(pixels, labels, smoothing: 0);
        var expectedPixels = new NaiveNetwork(state, TestNetworks.Normalization, training: false).Gradients(pixels, labels, 0).Pixels;

        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, Images, numberOfThreads: 2);
        var found = new NetworkState(state.Mask);
        var result = engine.ComputeGradients(batch, labelSmoothing: 0, found);
        Assert.AreEqual(loss, result.Loss, 1e-5);
        foreach (var tensor in found.Tensors.Where(tensor => tensor.IsTrainable))
        {
            TestNetworks.AssertClose(TestNetworks.AtKept(tensor, state.Mask, gradients[tensor.Name]), tensor.Values, tolerance: 2e-3, tensor.Name, floor: 2e-4);
        }

        var pixelGradients = new float[Images * network.InputShape.Size];
        engine.InputGradients(batch, pixelGradients);
        TestNetworks.AssertClose(expectedPixels.SelectMany(image => image).Select(value => value * Images), pixelGradients, tolerance: 1e-3, "pixels", floor: 1e-4);
    }

    [TestMethod]
    public void Activations_in_16_bits_change_gradients_by_their_rounding_only()
    {
        const int Images = 20;
        var network = ResNet.Parse("ResNet-8-12").Build(new ImageShape(3, 32, 32), 4);
        var state = TestNetworks.RandomState(network, density: 0.5, seed: 1);
        var (batch, _, _) = TestNetworks.RandomBatch(network, Images, seed: 2);
        var (exact, exactLoss) = GradientsOf(state, batch, Images, ActivationPrecision.Single);
        var (rounded, roundedLoss) = GradientsOf(state, batch, Images, ActivationPrecision.BFloat16);

        // A value is rounded to 8 bits, by 2⁻⁹ of itself at most. Rectifiers near zero that switch make it more, and a gradient is
        // what is left when many such values cancel: in the first layer, behind all others, a seventh of it here.
        Assert.AreEqual(exactLoss, roundedLoss, 0.01 * exactLoss);
        Assert.AreNotEqual(exactLoss, roundedLoss);
        foreach (var tensor in exact.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight))
        {
            TestNetworks.AssertClose(tensor.Values.Select(value => (double)value), rounded[tensor.Name], tolerance: 0.2, tensor.Name);
        }
    }

    [TestMethod]
    public void Bits_of_16_bit_activations_do_not_depend_on_threads_or_vector_width()
    {
        var network = ResNet.Parse("ResNet-8-9").Build(new ImageShape(3, 30, 31), 6);
        NetworkState? first = null;
        foreach (var width in Widths)
        {
            foreach (int threads in new[] { 1, 3 })
            {
                var state = TestNetworks.RandomState(network, density: 0.3, seed: 10);
                using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, 40, threads, width, ActivationPrecision.BFloat16);
                for (int i = 0; i < 2; i++)
                {
                    engine.TrainStep(TestNetworks.RandomBatch(network, images: 40, seed: i).Batch, new SgdStep(0.1f, 0.9f, true, 5e-4f));
                }

                var after = new NetworkState(state.Mask);
                engine.Read(after);
                first ??= after;
                foreach (var tensor in after.Tensors)
                {
                    CollectionAssert.AreEqual(first[tensor.Name], tensor.Values, $"{tensor.Name}, {width}, {threads} threads");
                }
            }
        }
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void What_is_no_number_reaches_the_loss_in_16_bits_too(float pixel)
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 16, 16), 4);
        var state = TestNetworks.RandomState(network, density: 0.5, seed: 1);
        var (batch, _, _) = TestNetworks.RandomBatch(network, 4, seed: 2);
        var pixels = new float[4 * network.InputShape.Size];
        for (int i = 0; i < 4; i++)
        {
            batch.CopyPixels(i, pixels.AsSpan(i * network.InputShape.Size));
        }

        pixels[100] = pixel;
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, 4, 1, VectorWidth.Auto, ActivationPrecision.BFloat16);
        var result = engine.ComputeGradients(new PixelBatch(network.InputShape, pixels, batch.Labels.ToArray()), 0, new NetworkState(state.Mask));
        Assert.IsTrue(double.IsNaN(result.Loss), $"the loss is {result.Loss}");
    }

    [TestMethod]
    public void Another_precision_is_refused_with_those_there_are()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 4);
        var state = TestNetworks.RandomState(network, density: 0.5, seed: 1);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => new SparseTrainingEngine(state, TestNetworks.Normalization, 4, 1, VectorWidth.Auto, (ActivationPrecision)7));
        StringAssert.Contains(error.Message, "Single or BFloat16");
    }

    private static (NetworkState Gradients, double Loss) GradientsOf(NetworkState state, ImageBatch batch, int images, ActivationPrecision precision)
    {
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, images, numberOfThreads: 2, VectorWidth.Auto, precision);
        var gradients = new NetworkState(state.Mask);
        return (gradients, engine.ComputeGradients(batch, labelSmoothing: 0, gradients).Loss);
    }
}
