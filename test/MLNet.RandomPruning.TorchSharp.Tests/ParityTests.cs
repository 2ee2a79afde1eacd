using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>Each engine is the other's oracle: from the same state and batches they give the same numbers.</summary>
[TestClass]
[RequiresLibTorch]
public class ParityTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    [DataRow(0.98)]
    public void LossAndEveryGradientAgreeAwayFromTheKinks(double sparsity)
    {
        // Of the 20 million activations of such a batch some lie so close to zero that rounding alone decides whether a rectifier
        // lets them through, and each that falls otherwise changes gradients by a thousandth. Batch-norm's shift keeps them away.
        var initial = Samples.Initial("ResNet-20-16", sparsity);
        Samples.ShiftAwayFromKinks(initial);
        var (sparse, torch, worst, _) = Compare(initial, Samples.OnCpu, 1e-4);
        Assert.AreEqual(sparse.Loss, torch.Loss, 1e-5 * sparse.Loss);
        Assert.AreEqual(sparse.CorrectCount, torch.CorrectCount);
        Assert.AreEqual(sparse.GradientNorm, torch.GradientNorm, 1e-5 * sparse.GradientNorm);
        TestContext.WriteLine($"loss {sparse.Loss:R} and {torch.Loss:R}, worst gradient off by {worst:G3} of its norm");
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    [DataRow(0.98)]
    public void LossAndGradientsAgreeFromTheFirstWeights(double sparsity)
    {
        var (sparse, torch, worst, last) = Compare(Samples.Initial("ResNet-20-16", sparsity), Samples.OnCpu, 2e-2);
        Assert.AreEqual(sparse.Loss, torch.Loss, 1e-5 * sparse.Loss);
        Assert.AreEqual(sparse.CorrectCount, torch.CorrectCount);
        Assert.AreEqual(sparse.GradientNorm, torch.GradientNorm, 1e-3 * sparse.GradientNorm);
        // No rectifier stands between the linear layer's weights and the loss.
        Assert.IsLessThan(1e-4, last);
        TestContext.WriteLine($"loss {sparse.Loss:R} and {torch.Loss:R}, worst gradient off by {worst:G3} of its norm, the last by {last:G3}");
    }

    [TestMethod]
    public void DoublePrecisionAgreesToo()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.7);
        Samples.ShiftAwayFromKinks(initial);
        var (sparse, torch, _, _) = Compare(initial, Samples.OnCpu with { Precision = TorchPrecision.Float64 }, 1e-4, size: 32);
        Assert.AreEqual(sparse.Loss, torch.Loss, 1e-6 * sparse.Loss);
    }

    [TestMethod]
    [DataRow(0.0, 32)]
    [DataRow(0.5, 32)]
    [DataRow(0.9, 32)]
    [DataRow(0.98, 32)]
    public void TwentyStepsAgreeAwayFromTheKinks(double sparsity, int size)
    {
        // From other weights training is chaotic at first: two engines part ways from a single rounding on, as does one engine
        // from itself in double precision.
        var initial = Samples.Initial("ResNet-20-16", sparsity);
        Samples.ShiftAwayFromKinks(initial);
        var images = GeneratedImages.Create(20 * size, seed: 2, cancellationToken: TestContext.CancellationToken);
        using var sparse = Samples.Sparse(initial, size);
        using var torch = Samples.Torch(initial, size);
        double worstLoss = 0;
        for (int number = 0; number < 20; number++)
        {
            var batch = Samples.Batch(images, size, number);
            var step = Samples.Step with { LearningRate = 0.01f };
            var expected = sparse.TrainStep(batch, step);
            var found = torch.TrainStep(batch, step);
            worstLoss = Math.Max(worstLoss, Math.Abs(expected.Loss - found.Loss) / expected.Loss);
            Assert.AreEqual(expected.GradientNorm, found.GradientNorm, 1e-3 * expected.GradientNorm);
        }

        NetworkState expectedState = new(initial.Mask), state = new(initial.Mask), expectedMomentum = new(initial.Mask), momentum = new(initial.Mask);
        sparse.Read(expectedState, expectedMomentum);
        torch.Read(state, momentum);
        double moved = Samples.WorstDistance(initial, state, tensor => tensor.Kind == StateTensorKind.Weight);
        double worst = Samples.WorstDistance(expectedState, state);
        double worstMomentum = Samples.WorstDistance(expectedMomentum, momentum, tensor => tensor.IsTrainable);
        TestContext.WriteLine($"weights moved by {moved:G3} of their norm; losses off by {worstLoss:G3}, state by {worst:G3}, momentum by {worstMomentum:G3}");
        Assert.IsGreaterThan(0.05, moved);
        Assert.IsLessThan(1e-3, worstLoss);
        Assert.IsLessThan(1e-3, worst);
        Assert.IsLessThan(1e-2, worstMomentum);
    }

    [TestMethod]
    [DataRow(true, 0.9f, 5e-4f, true)]
    [DataRow(false, 0.9f, 5e-3f, false)]
    [DataRow(false, 0f, 0f, true)]
    public void EveryKindOfStepAgrees(bool nesterov, float momentum, float decay, bool decayNormAndBias)
    {
        var initial = Samples.Initial("ResNet-8-4", 0.7);
        var images = GeneratedImages.Create(48, seed: 4, cancellationToken: TestContext.CancellationToken);
        using var sparse = Samples.Sparse(initial, 16);
        using var torch = Samples.Torch(initial, 16);
        var step = new SgdStep(0.05f, momentum, nesterov, decay, decayNormAndBias, LabelSmoothing: 0.1f);
        for (int number = 0; number < 3; number++)
        {
            var batch = Samples.Batch(images, 16, number);
            Assert.AreEqual(sparse.TrainStep(batch, step).Loss, torch.TrainStep(batch, step).Loss, 1e-4);
        }

        NetworkState expected = new(initial.Mask), actual = new(initial.Mask), expectedMomentum = new(initial.Mask), actualMomentum = new(initial.Mask);
        sparse.Read(expected, expectedMomentum);
        torch.Read(actual, actualMomentum);
        Samples.AssertClose(expected, actual, 1e-4, "state");
        Samples.AssertClose(expectedMomentum, actualMomentum, 1e-3, "momentum", tensor => tensor.IsTrainable);
    }

    [TestMethod]
    [DataRow("ResNet-8-3", 1, 9, 7, 3)]
    [DataRow("ResNet-14-5", 4, 12, 16, 11)]
    public void PredictionsAndInputGradientsAgree(string network, int channels, int height, int width, int classes)
    {
        var shape = new ImageShape(channels, height, width);
        var initial = Samples.Initial(network, 0.6, shape, classes);
        var batch = RandomBatch(shape, 21, classes);
        using var sparse = Samples.Sparse(initial, 21);
        // Smaller than the batch, so that predicting takes more than one turn.
        using var torch = Samples.Torch(initial, 8);
        using var whole = Samples.Torch(initial, 21);

        // Statistics other than the first ones.
        for (int number = 0; number < 3; number++)
        {
            sparse.TrainStep(batch, Samples.Step);
        }

        var state = new NetworkState(initial.Mask);
        sparse.Read(state);
        torch.Load(state);
        whole.Load(state);

        float[] expected = new float[batch.Count * classes], actual = new float[expected.Length];
        sparse.Predict(batch, expected);
        torch.Predict(batch, actual);
        Assert.IsLessThan(1e-4, Samples.Distance(expected, actual) / Samples.Norm(expected));

        float[] expectedGradients = new float[batch.Count * shape.Size], gradients = new float[expectedGradients.Length];
        sparse.InputGradients(batch, expectedGradients);
        whole.InputGradients(batch, gradients);
        Assert.IsGreaterThan(0, Samples.Norm(expectedGradients));
        Assert.IsLessThan(1e-4, Samples.Distance(expectedGradients, gradients) / Samples.Norm(expectedGradients));
    }

    [TestMethod]
    public void GradientsChangeNeitherWeightsNorStatistics()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.5);
        var images = GeneratedImages.Create(16, seed: 6, cancellationToken: TestContext.CancellationToken);
        using var torch = Samples.Torch(initial, 16);
        NetworkState before = new(initial.Mask), after = new(initial.Mask);
        torch.TrainStep(Samples.Batch(images, 16), Samples.Step);
        torch.Read(before);
        torch.ComputeGradients(Samples.Batch(images, 16), 0, new NetworkState(initial.Mask));
        torch.InputGradients(Samples.Batch(images, 16), new float[16 * GeneratedImages.Shape.Size]);
        torch.Read(after);
        foreach (var tensor in before.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values, after[tensor.Name], tensor.Name);
        }
    }

    [TestMethod]
    public void ItGoesOnFromLoadedWeightsAndMomentumToTheSameBits()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.8);
        var images = GeneratedImages.Create(64, seed: 7, cancellationToken: TestContext.CancellationToken);
        NetworkState expected = new(initial.Mask), actual = new(initial.Mask), middle = new(initial.Mask), momentum = new(initial.Mask);
        using (var torch = Samples.Torch(initial, 16, threads: 1))
        {
            torch.TrainStep(Samples.Batch(images, 16, 0), Samples.Step);
            torch.Read(middle, momentum);
            torch.TrainStep(Samples.Batch(images, 16, 1), Samples.Step);
            torch.Read(expected);
        }

        using (var torch = Samples.Torch(initial, 16, threads: 1))
        {
            torch.Load(middle, momentum);
            torch.TrainStep(Samples.Batch(images, 16, 1), Samples.Step);
            torch.Read(actual);
        }

        foreach (var tensor in expected.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Values, actual[tensor.Name], tensor.Name);
        }
    }

    /// <summary>Both engines' results and, relative to each tensor's norm, the largest distance of a gradient and that of the last weights.</summary>
    private (StepResult Sparse, StepResult Torch, double Worst, double Last) Compare(
        NetworkState initial, TorchSharpEngineOptions options, double tolerance, int size = 128)
    {
        var images = GeneratedImages.Create(size, seed: 1, cancellationToken: TestContext.CancellationToken);
        var batch = Samples.Batch(images, size);
        NetworkState expected = new(initial.Mask), actual = new(initial.Mask);
        using var sparse = Samples.Sparse(initial, size);
        using var torch = Samples.Torch(initial, size, options);
        var expectedResult = sparse.ComputeGradients(batch, labelSmoothing: 0.1f, expected);
        var result = torch.ComputeGradients(batch, labelSmoothing: 0.1f, actual);
        double worst = Samples.AssertClose(expected, actual, tolerance, "gradient", tensor => tensor.IsTrainable);
        return (expectedResult, result, worst, Samples.Distance(expected["fc.weight"], actual["fc.weight"]) / Samples.Norm(expected["fc.weight"]));
    }

    private static PixelBatch RandomBatch(ImageShape shape, int count, int classes)
    {
        var random = new KeyedRandom(8, RandomPurpose.GeneratedImages, 0);
        float[] pixels = new float[count * shape.Size];
        int[] labels = new int[count];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (float)random.NextDouble();
        }

        for (int i = 0; i < count; i++)
        {
            labels[i] = random.NextInt(classes);
        }

        return new PixelBatch(shape, pixels, labels);
    }
}
