using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>Both engines train ResNet-20-16 alike at every granularity, with the layer densities of every ratio.</summary>
[TestClass]
[RequiresLibTorch]
public class GranularityParityTests
{
    private const int Size = 16;

    private static readonly SgdStep Step = Samples.Step with { LearningRate = 0.01f };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("Unstructured", 0.9)]
    [DataRow("Filter", 0.5)]
    [DataRow("Channel", 0.5)]
    [DataRow("Kernel", 0.8)]
    [DataRow("1x4", 0.8)]
    [DataRow("4x1", 0.8)]
    [DataRow("2:4", 0.6)]
    public void EveryRatioTrainsAlikeInBothEngines(string granularity, double sparsity)
    {
        var images = GeneratedImages.Create(8 * Size, seed: 2, cancellationToken: TestContext.CancellationToken);
        var network = ResNet.Parse("ResNet-20-16").Build(images.Shape, images.ClassCount);
        var options = new SaliencyOptions { BatchSize = 32, SamplesPerClass = 2 };
        var saliency = new SaliencySource(images, PixelNormalization.Cifar10, SparseTrainingEngine.Create, numberOfThreads: 2, options);
        foreach (var ratio in LayerwiseRatio.All.Where(ratio => ratio != LayerwiseRatio.Dense))
        {
            string what = $"{granularity}, {ratio}, {sparsity}";
            var mask = MaskGenerator.Generate(network, ratio, sparsity, seed: 5, saliency: saliency, granularity: granularity, cancellationToken: TestContext.CancellationToken);
            AssertCount(mask, granularity, sparsity, what);
            AssertTrainAlike(mask, images, what);
        }
    }

    // What the sparsity counts is kept to half of the largest unit; a weight is a unit of unstructured and N:M masks.
    private static void AssertCount(NetworkMask mask, string granularity, double sparsity, string what)
    {
        var convolutions = mask.Layers.Where(layer => layer.Layer is ConvolutionLayer).ToArray();
        var (kept, all, unit) = granularity switch
        {
            "Filter" => (convolutions.Sum(Outputs), convolutions.Sum(layer => layer.Layer.Outputs), 1),
            "Channel" => (mask.Layers.Skip(1).Sum(Inputs), mask.Layers.Skip(1).Sum(layer => layer.Layer.WeightShape[1]), 1),
            "Unstructured" or "2:4" => (mask.KeptCount, mask.Network.WeightCount, 0),
            "Kernel" => (mask.KeptCount, mask.Network.WeightCount, 9),
            _ => (mask.KeptCount, mask.Network.WeightCount, 4),
        };
        long expected = (long)Math.Round((double)((1 - (decimal)sparsity) * all), MidpointRounding.AwayFromZero);
        Assert.IsLessThanOrEqualTo(unit, 2 * Math.Abs(kept - expected), $"{what}: {kept} are kept where {expected} were asked for");
        Assert.IsFalse(mask.Layers.Any(layer => layer.KeptCount == 0), what);
    }

    private static long Outputs(WeightMask mask) => mask.KeptIndices().Select(index => index / mask.Layer.FanIn).Distinct().LongCount();

    private static long Inputs(WeightMask mask) =>
        mask.KeptIndices().Select(index => index % mask.Layer.FanIn / (mask.Layer.FanIn / mask.Layer.WeightShape[1])).Distinct().LongCount();

    private void AssertTrainAlike(NetworkMask mask, ImageSet images, string what)
    {
        var initial = WeightInitializer.KaimingNormal.Create(mask, seed: 17);
        Samples.ShiftAwayFromKinks(initial);
        using var sparse = Samples.Sparse(initial, Size);
        using var torch = Samples.Torch(initial, Size);
        NetworkState expected = new(mask), actual = new(mask);
        var batch = Samples.Batch(images, Size);
        sparse.ComputeGradients(batch, 0.1f, expected);
        torch.ComputeGradients(batch, 0.1f, actual);
        double worst = Samples.AssertClose(expected, actual, 1e-4, $"{what}: gradient", tensor => tensor.IsTrainable);
        double worstLoss = 0;
        for (int number = 0; number < 3; number++)
        {
            batch = Samples.Batch(images, Size, number);
            double loss = sparse.TrainStep(batch, Step).Loss;
            worstLoss = Math.Max(worstLoss, Math.Abs(torch.TrainStep(batch, Step).Loss - loss) / loss);
        }

        Assert.IsLessThan(1e-3, worstLoss, what);
        sparse.Read(expected);
        torch.Read(actual);
        double worstState = Samples.AssertClose(expected, actual, 1e-3, $"{what}: state after three steps");
        TestContext.WriteLine($"{what}: {mask.KeptCount} kept; worst gradient off by {worst:G2} of its norm, losses of three steps by {worstLoss:G2}, state by {worstState:G2}");
    }
}
