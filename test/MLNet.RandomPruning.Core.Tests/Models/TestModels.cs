using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests.Models;

/// <summary>Models with random weights.</summary>
internal static class TestModels
{
    public static readonly string[] ClassNames = ["cat", "dog", "", "\"quoted\"", "žluťoučký kůň", "鳥"];

    public static readonly Network Network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 16, 20), ClassNames.Length);

    public static NetworkMask SeededMask() => MaskGenerator.Generate(Network, "ERK", 0.8, 17);

    /// <summary>A mask that no seed makes, with one layer dense and one empty.</summary>
    public static NetworkMask OtherMask()
    {
        var random = new KeyedRandom(1, RandomPurpose.Shuffle);
        var layers = Network.WeightLayers.Select((layer, index) => index switch
        {
            2 => WeightMask.Dense(layer),
            3 => WeightMask.FromIndices(layer, []),
            _ => WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(_ => random.NextInt(5) == 0)]),
        });
        return new NetworkMask(Network, [.. layers]);
    }

    public static NetworkState State(NetworkMask mask, long seed = 1)
    {
        var state = new NetworkState(mask);
        var random = new KeyedRandom(seed, RandomPurpose.Initialization);
        foreach (var tensor in state.Tensors)
        {
            for (int index = 0; index < tensor.Values.Length; index++)
            {
                float value = (float)random.NextGaussian();
                tensor.Values[index] = tensor.Kind == StateTensorKind.RunningVariance ? Math.Abs(value) : value;
            }
        }

        return state;
    }

    public static TrainedModel Model(NetworkMask mask) => new(State(mask), PixelNormalization.Cifar10, ClassNames,
    [
        new EpochMetrics { Epoch = 1, LearningRate = 0.1, TrainLoss = 1.0 / 3, TrainAccuracy = 0.5, GradientNorm = 2.5, ImagesPerSecond = 1234, Elapsed = TimeSpan.FromSeconds(3) },
        new EpochMetrics { Epoch = 2, LearningRate = 0.01, TrainLoss = 0.25, TrainAccuracy = 0.75, ValidationLoss = double.PositiveInfinity, ValidationAccuracy = 0.625, GradientNorm = 1e-300 },
    ]);

    public static byte[] Bytes(TrainedModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    public static void AssertSame(TrainedModel expected, TrainedModel actual)
    {
        Assert.AreEqual(expected.Network.Name, actual.Network.Name);
        Assert.AreEqual(expected.Network.InputShape, actual.Network.InputShape);
        Assert.AreEqual(expected.Network.ClassCount, actual.Network.ClassCount);
        Assert.IsTrue(expected.Mask.Layers.Zip(actual.Mask.Layers).All(pair => pair.First.SameAs(pair.Second)));
        foreach (var (before, after) in expected.State.Tensors.Zip(actual.State.Tensors))
        {
            Assert.AreEqual(before.Name, after.Name);
            CollectionAssert.AreEqual(before.Values, after.Values);
        }

        CollectionAssert.AreEqual(expected.ClassNames.ToArray(), actual.ClassNames.ToArray());
        CollectionAssert.AreEqual(expected.Normalization.Mean.ToArray(), actual.Normalization.Mean.ToArray());
        CollectionAssert.AreEqual(expected.Normalization.StandardDeviation.ToArray(), actual.Normalization.StandardDeviation.ToArray());
        CollectionAssert.AreEqual(
            expected.History.Select(epoch => epoch with { ImagesPerSecond = 0, Elapsed = default, Remaining = default }).ToArray(), actual.History.ToArray());
    }
}
