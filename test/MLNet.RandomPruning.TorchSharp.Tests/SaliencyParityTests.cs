using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>Second derivatives and what is made of them: libtorch differentiates twice, the sparse engine forward over reverse.</summary>
[TestClass]
[RequiresLibTorch]
public class SaliencyParityTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.7)]
    public void HessianProductsAgree(double sparsity)
    {
        var initial = Samples.Initial("ResNet-8-4", sparsity);
        Samples.ShiftAwayFromKinks(initial);
        var direction = WeightInitializer.KaimingNormal.Create(initial.Mask, seed: 8);
        var batch = Samples.Batch(GeneratedImages.Create(24, seed: 6, cancellationToken: TestContext.CancellationToken), 24);
        NetworkState expected = new(initial.Mask), actual = new(initial.Mask);
        using var sparse = Samples.Sparse(initial, 24);
        using var torch = Samples.Torch(initial, 24);
        sparse.HessianVectorProduct(batch, direction, expected, TestContext.CancellationToken);
        torch.HessianVectorProduct(batch, direction, actual, TestContext.CancellationToken);
        Assert.IsGreaterThan(0, Samples.Norm(expected["fc.weight"]));
        Samples.AssertClose(expected, actual, 1e-3, "H·v", tensor => tensor.Kind == StateTensorKind.Weight);
    }

    [TestMethod]
    [DataRow("SNIP", 0.9)]
    [DataRow("GraSP", 0.9)]
    [DataRow("GraSP", 0.5)]
    public void LayerwiseRatiosAgreeWithinAHundredthOfEachLayer(string ratio, double sparsity)
    {
        var images = GeneratedImages.Create(400, seed: 7, cancellationToken: TestContext.CancellationToken);
        var network = ResNet.Parse("ResNet-8-8").Build(images.Shape, images.ClassCount);
        NetworkMask Masks(TrainingEngineFactory engine) => MaskGenerator.Generate(
            network, LayerwiseRatio.Parse(ratio), sparsity, seed: 17, MaskSampling.Exact,
            new SaliencySource(images, PixelNormalization.Cifar10, engine, numberOfThreads: 1), cancellationToken: TestContext.CancellationToken);
        var sparse = Masks(SparseTrainingEngine.Create);
        var torch = Masks(TorchSharpEngine.Factory(Samples.OnCpu));
        Assert.AreEqual(sparse.KeptCount, torch.KeptCount);
        foreach (var (left, right) in sparse.Layers.Zip(torch.Layers))
        {
            // A hundredth, but no less than the one weight that a layer's kept count is rounded by.
            Assert.AreEqual(left.KeptCount, right.KeptCount, Math.Max(1, 0.01 * left.KeptCount), left.Layer.Name);
        }
    }

    [TestMethod]
    public void LayerNormsMakeUpTheGradientsNorm()
    {
        var initial = Samples.Initial("ResNet-8-4", 0.7);
        var batch = Samples.Batch(GeneratedImages.Create(16, seed: 9, cancellationToken: TestContext.CancellationToken), 16);
        using var sparse = Samples.Sparse(initial, 16);
        using var torch = Samples.Torch(initial, 16);
        double[] expected = new double[initial.Network.WeightLayers.Count], actual = new double[expected.Length];
        Assert.ThrowsExactly<InvalidOperationException>(() => torch.LayerGradientNorms(actual));
        sparse.TrainStep(batch, Samples.Step);
        var found = torch.TrainStep(batch, Samples.Step);
        sparse.LayerGradientNorms(expected);
        torch.LayerGradientNorms(actual);
        Assert.AreEqual(found.GradientNorm, Math.Sqrt(actual.Sum(norm => norm * norm)), 1e-5 * found.GradientNorm);
        for (int layer = 0; layer < expected.Length; layer++)
        {
            Assert.AreEqual(expected[layer], actual[layer], 1e-2 * expected[layer], initial.Network.WeightLayers[layer].Name);
        }
    }
}
