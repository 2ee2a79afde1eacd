using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>Small networks, images and recipes for the tests of training.</summary>
internal static class TrainingSamples
{
    public const int Classes = 3;

    public static ImageShape Shape { get; } = new(1, 8, 8);

    public static TrainingRecipe Recipe { get; } = new()
    {
        Epochs = 3,
        BatchSize = 8,
        LearningRate = 0.5,
        Augmentation = new Augmentation(padding: 2),
    };

    /// <summary>Noisy images, brighter in one third for each class: a linear model learns them, but not at once.</summary>
    public static ImageSet Images(int count, long seed = 1, ImageShape? shape = null, int classes = Classes)
    {
        var size = shape ?? Shape;
        var builder = new ImageSetBuilder(size, [.. Enumerable.Range(0, classes).Select(k => $"class {k}")]);
        byte[] pixels = new byte[size.Size];
        for (int image = 0; image < count; image++)
        {
            var random = new KeyedRandom(seed, RandomPurpose.GeneratedImages, image);
            int label = random.NextInt(classes);
            for (int i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (byte)(random.NextInt(200) + (i * classes / pixels.Length == label ? 55 : 0));
            }

            builder.Add(pixels, label);
        }

        return builder.Build();
    }

    /// <summary>A network with some weights of each layer kept, drawn from a seed.</summary>
    public static NetworkMask Mask(long seed = 3, ImageShape? shape = null, string network = "ResNet-8-2", int classes = Classes)
    {
        var graph = ResNet.Parse(network).Build(shape ?? Shape, classes);
        return new NetworkMask(graph, [.. graph.WeightLayers.Select(layer =>
        {
            var random = new KeyedRandom(seed, RandomPurpose.Mask, layer.Name);
            int[] positions = [.. Enumerable.Range(0, layer.WeightCount)];
            random.Shuffle(positions);
            return WeightMask.FromIndices(layer, positions.AsSpan(0, (2 * layer.WeightCount + 2) / 3));
        })]);
    }

    public static NetworkState Initial(long seed = 17) => WeightInitializer.KaimingNormal.Create(Mask(), seed);

    /// <summary>The epochs' figures without the timings, which no two runs share.</summary>
    public static EpochMetrics[] WithoutTimings(IEnumerable<EpochMetrics> history) =>
        [.. history.Select(epoch => epoch with { ImagesPerSecond = 0, Elapsed = default, Remaining = default })];

    public static void AssertSameBits(TrainingResult expected, TrainingResult actual)
    {
        CollectionAssert.AreEqual(WithoutTimings(expected.History), WithoutTimings(actual.History));
        Assert.AreEqual(expected.BestEpoch, actual.BestEpoch);
        Assert.AreEqual(expected.StoppedEarly, actual.StoppedEarly);
        AssertSameBits(expected.State, actual.State);
    }

    public static void AssertSameBits(NetworkState expected, NetworkState actual)
    {
        foreach (var (left, right) in expected.Tensors.Zip(actual.Tensors))
        {
            CollectionAssert.AreEqual(
                Array.ConvertAll(left.Values, BitConverter.SingleToInt32Bits), Array.ConvertAll(right.Values, BitConverter.SingleToInt32Bits), left.Name);
        }
    }
}

/// <summary>A folder that is removed with all that is in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("randprune-test-").FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
