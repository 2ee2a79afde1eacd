using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>Both engines agree on structured masks, on masks that change, and on the gradient of pruned weights.</summary>
[TestClass]
[RequiresLibTorch]
public class StructuredParityTests
{
    private static readonly SgdStep Step = Samples.Step with { LearningRate = 0.01f };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("block", "ResNet-8-8")]
    [DataRow("kernel", "ResNet-8-8")]
    [DataRow("2:4", "ResNet-8-8")]
    [DataRow("filter", "ResNet-8-8")]
    [DataRow("channel", "ResNet-8-8")]
    [DataRow("filter", "ResNet-20-16")]
    public void GradientsStepsAndPredictionsAgree(string kind, string name)
    {
        const int Size = 32;
        var initial = Initial(kind, name);
        var images = GeneratedImages.Create(5 * Size, seed: 2, cancellationToken: TestContext.CancellationToken);
        using var sparse = Samples.Sparse(initial, Size);
        using var torch = Samples.Torch(initial, Size);
        Assert.AreSame(initial.Network, torch.Network);
        NetworkState expected = new(initial.Mask), actual = new(initial.Mask), expectedMomentum = new(initial.Mask), momentum = new(initial.Mask);
        var batch = Samples.Batch(images, Size);
        AssertSameResult(sparse.ComputeGradients(batch, 0.1f, expected), torch.ComputeGradients(batch, 0.1f, actual), 1e-5);
        double worst = Samples.AssertClose(expected, actual, 1e-4, "gradient", tensor => tensor.IsTrainable);
        for (int number = 0; number < 5; number++)
        {
            batch = Samples.Batch(images, Size, number);
            AssertSameResult(sparse.TrainStep(batch, Step), torch.TrainStep(batch, Step), 1e-3);
        }

        double[] expectedNorms = new double[initial.Network.WeightLayers.Count], norms = new double[expectedNorms.Length];
        sparse.LayerGradientNorms(expectedNorms);
        torch.LayerGradientNorms(norms);
        for (int layer = 0; layer < norms.Length; layer++)
        {
            Assert.AreEqual(expectedNorms[layer], norms[layer], 1e-2 * expectedNorms[layer] + 1e-6);
        }

        sparse.Read(expected, expectedMomentum);
        torch.Read(actual, momentum);
        Samples.AssertClose(expected, actual, 1e-3, "state");
        Samples.AssertClose(expectedMomentum, momentum, 1e-2, "momentum", tensor => tensor.IsTrainable);
        AssertSamePredictions(sparse, torch, batch, initial.Network);
        TestContext.WriteLine($"kept {initial.Mask.Density:P1}, worst gradient off by {worst:G3} of its norm");
    }

    [TestMethod]
    [DataRow("Filter")]
    [DataRow("Channel")]
    [DataRow("Kernel")]
    [DataRow("1x4")]
    [DataRow("2x2")]
    [DataRow("1:4")]
    public void EveryGranularityAgreesForEveryDensityOfLayers(string granularity)
    {
        var network = ResNet.Parse("ResNet-8-8").Build(GeneratedImages.Shape, 10);
        var batch = Samples.Batch(GeneratedImages.Create(16, seed: 2, cancellationToken: TestContext.CancellationToken), 16);
        foreach (var (ratio, sparsity) in granularity == "1:4" ? [("Uniform", 0.75)] : new[] { ("ERK", 0.4), ("Uniform", 0.8) })
        {
            var initial = WeightInitializer.KaimingNormal.Create(MaskGenerator.Generate(network, ratio, sparsity, seed: 5, granularity: granularity), seed: 17);
            Samples.ShiftAwayFromKinks(initial);
            using var sparse = Samples.Sparse(initial, 16);
            using var torch = Samples.Torch(initial, 16);
            NetworkState expected = new(initial.Mask), actual = new(initial.Mask);
            AssertSameResult(sparse.ComputeGradients(batch, 0.1f, expected), torch.ComputeGradients(batch, 0.1f, actual), 1e-5);

            // Where few channels are left in a small network, what single precision makes of a gradient may be off by more than
            // elsewhere; libtorch itself in double precision says by how much.
            using var exact = Samples.Torch(initial, 16, Samples.OnCpu with { Precision = TorchPrecision.Float64 });
            var reference = new NetworkState(initial.Mask);
            exact.ComputeGradients(batch, 0.1f, reference);
            double single = Samples.WorstDistance(reference, actual, tensor => tensor.IsTrainable);
            Samples.AssertClose(reference, expected, Math.Max(1e-4, 4 * single), $"gradient, {ratio} {sparsity}", tensor => tensor.IsTrainable);
            Assert.IsLessThan(1e-2, single);
            AssertSameResult(sparse.TrainStep(batch, Step), torch.TrainStep(batch, Step), 1e-5);
            AssertSamePredictions(sparse, torch, batch, network);
        }
    }

    [TestMethod]
    [DataRow("filter")]
    [DataRow("channel")]
    public void HessianProductsAgree(string kind)
    {
        var initial = Initial(kind, "ResNet-8-8");
        var direction = WeightInitializer.KaimingNormal.Create(initial.Mask, seed: 8);
        var batch = Samples.Batch(GeneratedImages.Create(24, seed: 6, cancellationToken: TestContext.CancellationToken), 24);
        NetworkState expected = new(initial.Mask), actual = new(initial.Mask);
        using var sparse = Samples.Sparse(initial, 24);
        using var torch = Samples.Torch(initial, 24);
        sparse.HessianVectorProduct(batch, direction, expected, TestContext.CancellationToken);
        torch.HessianVectorProduct(batch, direction, actual, TestContext.CancellationToken);
        Samples.AssertClose(expected, actual, 1e-3, "H·v", tensor => tensor.Kind == StateTensorKind.Weight);
    }

    [TestMethod]
    [DataRow(0.0, TorchPrecision.Float32)]
    [DataRow(0.5, TorchPrecision.Float64)]
    [DataRow(0.95, TorchPrecision.Float32)]
    public void GradientsOfPrunedWeightsAgree(double sparsity, TorchPrecision precision)
    {
        var initial = Samples.Initial("ResNet-8-8", sparsity);
        Samples.ShiftAwayFromKinks(initial);
        var batch = Samples.Batch(GeneratedImages.Create(32, seed: 6, cancellationToken: TestContext.CancellationToken), 32);
        float[][] expected = Room(initial.Network), actual = Room(initial.Network);
        using var sparse = Samples.Sparse(initial, 32);
        using var torch = Samples.Torch(initial, 32, Samples.OnCpu with { Precision = precision });
        AssertSameResult(sparse.ComputeDenseGradients(batch, 0.1f, expected), torch.ComputeDenseGradients(batch, 0.1f, actual), 1e-5);
        for (int layer = 0; layer < expected.Length; layer++)
        {
            Assert.IsLessThan(1e-4, Samples.Distance(expected[layer], actual[layer]) / Samples.Norm(expected[layer]), initial.Network.WeightLayers[layer].Name);
        }

        // Kept weights have the gradient that the other call gives them, and no step is disturbed.
        var kept = new NetworkState(initial.Mask);
        AssertSameResult(torch.ComputeGradients(batch, 0.1f, kept), torch.ComputeDenseGradients(batch, 0.1f, actual), 1e-6);
        foreach (var (mask, gradient) in initial.Mask.Layers.Zip(actual))
        {
            float[] own = kept[$"{mask.Layer.Name}.weight"];
            Assert.IsLessThan(1e-6, Samples.Distance(own, mask.KeptIndices().Select(index => gradient[index]).ToArray()) / Samples.Norm(own), mask.Layer.Name);
        }

        var after = new NetworkState(initial.Mask);
        torch.Read(after);
        foreach (var tensor in initial.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values, after[tensor.Name], tensor.Name);
        }

        Assert.ThrowsExactly<ArgumentException>(() => torch.ComputeDenseGradients(batch, 0, expected[1..]));
        torch.Load(Initial("filter", "ResNet-8-8"));
        Assert.Contains("take channels out", Assert.ThrowsExactly<NotSupportedException>(() => torch.ComputeDenseGradients(batch, 0, expected)).Message);
    }

    [TestMethod]
    public void AfterEveryChangeOfMasksBothEnginesAgreeAndNothingOfTheOldOnesIsLeft()
    {
        const int Size = 16;
        var first = Samples.Initial("ResNet-8-8", 0.7);
        var images = GeneratedImages.Create(3 * Size, seed: 3, cancellationToken: TestContext.CancellationToken);
        var other = WeightInitializer.KaimingNormal.Create(MaskGenerator.Generate(first.Network, LayerwiseRatio.ErdosRenyiKernel, 0.7, seed: 6), seed: 18);
        Samples.ShiftAwayFromKinks(first);
        Samples.ShiftAwayFromKinks(other);
        NetworkState[] states = [other, Initial("filter", "ResNet-8-8"), Initial("channel", "ResNet-8-8"), Initial("2:4", "ResNet-8-8"), first];
        using var sparse = Samples.Sparse(first, Size);
        using var torch = Samples.Torch(first, Size);
        foreach (var state in states)
        {
            var momentum = state.Clone();
            sparse.TrainStep(Samples.Batch(images, Size, 0), Step);
            torch.TrainStep(Samples.Batch(images, Size, 0), Step);
            sparse.Load(state, momentum);
            torch.Load(state, momentum);
            using var fresh = Samples.Torch(state, Size);
            fresh.Load(state, momentum);
            NetworkState expected = new(state.Mask), actual = new(state.Mask), bits = new(state.Mask), actualMomentum = new(state.Mask), bitsMomentum = new(state.Mask);
            for (int number = 1; number < 3; number++)
            {
                var batch = Samples.Batch(images, Size, number);
                var found = torch.TrainStep(batch, Step);
                AssertSameResult(sparse.TrainStep(batch, Step), found, 1e-3);
                Assert.AreEqual(fresh.TrainStep(batch, Step), found);
            }

            sparse.Read(expected);
            torch.Read(actual, actualMomentum);
            fresh.Read(bits, bitsMomentum);
            Samples.AssertClose(expected, actual, 1e-3, "state");
            foreach (var tensor in bits.Tensors)
            {
                CollectionAssert.AreEqual(tensor.Values, actual[tensor.Name], tensor.Name);
                CollectionAssert.AreEqual(bitsMomentum[tensor.Name], actualMomentum[tensor.Name], tensor.Name);
            }

            // From the same weights: between those of two steps, equal but for rounding, rectifiers near zero switch, and pixels show it.
            sparse.Load(actual, actualMomentum);
            AssertSamePredictions(sparse, torch, Samples.Batch(images, Size, 0), state.Network);
        }
    }

    [TestMethod]
    public void ChangingMasksLeavesNoTensorsBehind()
    {
        var first = Samples.Initial("ResNet-8-4", 0.7);
        NetworkState[] states = [Samples.Initial("ResNet-8-4", 0.5), Initial("filter", "ResNet-8-4"), Initial("channel", "ResNet-8-4"), first];
        var batch = Samples.Batch(GeneratedImages.Create(8, seed: 3, cancellationToken: TestContext.CancellationToken), 8);
        using var engine = Samples.Torch(first, 8);
        engine.TrainStep(batch, Samples.Step);
        long left = Samples.LeftInTheCount(first), before = TorchSharp.torch.Tensor.TotalCount;
        foreach (var state in states)
        {
            engine.Load(state);
            engine.TrainStep(batch, Samples.Step);
        }

        // The last three take or bring back channels, for which the network is made anew.
        Assert.AreEqual(before + (3 * left), TorchSharp.torch.Tensor.TotalCount);
    }

    private static NetworkState Initial(string kind, string name)
    {
        var network = ResNet.Parse(name).Build(GeneratedImages.Shape, 10);
        var state = WeightInitializer.KaimingNormal.Create(StructuredMasks.Of(kind, network, seed: 7), seed: 17);
        Samples.ShiftAwayFromKinks(state);
        return state;
    }

    private static void AssertSamePredictions(ITrainingEngine expected, ITrainingEngine actual, ImageBatch batch, Network network)
    {
        float[] logits = new float[batch.Count * network.ClassCount], otherLogits = new float[logits.Length];
        expected.Predict(batch, logits);
        actual.Predict(batch, otherLogits);
        Assert.IsLessThan(1e-3, Samples.Distance(logits, otherLogits) / Samples.Norm(logits));
        float[] pixels = new float[batch.Count * network.InputShape.Size], otherPixels = new float[pixels.Length];
        expected.InputGradients(batch, pixels);
        actual.InputGradients(batch, otherPixels);
        Assert.IsGreaterThan(0, Samples.Norm(pixels));
        Assert.IsLessThan(1e-3, Samples.Distance(pixels, otherPixels) / Samples.Norm(pixels));
    }

    private static void AssertSameResult(StepResult expected, StepResult actual, double tolerance)
    {
        Assert.AreEqual(expected.Loss, actual.Loss, tolerance * expected.Loss);
        Assert.AreEqual(expected.CorrectCount, actual.CorrectCount);
        Assert.AreEqual(expected.GradientNorm, actual.GradientNorm, tolerance * expected.GradientNorm);
    }

    private static float[][] Room(Network network) => [.. network.WeightLayers.Select(layer => new float[layer.WeightCount])];
}
