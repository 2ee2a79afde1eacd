using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>
/// Images that are scored on their own, or a few at a time, get the bits that they get in a large batch, and the values of a
/// dense network with zeros. Large batches of images whose rows and columns are few or odd go through other kernels than single images.
/// </summary>
[TestClass]
public sealed class SingleImageTests
{
    private static readonly VectorWidth[] Widths = [VectorWidth.Scalar, VectorWidth.Vector128, VectorWidth.Vector256, VectorWidth.Vector512];

    public static IEnumerable<object[]> Shapes()
    {
        var random = new Random(21);
        foreach (string name in new[] { "ResNet-8", "ResNet-8", "ResNet-14", "ResNet-8" })
        {
            // Sizes up to 11 end in 1 to 3 rows and columns, which 16 tiles cannot share out: in batches they go in blocks.
            for (int trial = 0; trial < 5; trial++)
            {
                yield return [$"{name}-{random.Next(1, 10)}", random.Next(4, 12), random.Next(4, 12), random.Next(2, 12), new[] { 1.0, 0.5, 0.2, 0.05 }[trial % 4], random.Next()];
            }

            yield return [$"{name}-{random.Next(1, 10)}", random.Next(12, 19), random.Next(12, 41), random.Next(2, 12), 1.0, random.Next()];
        }

        yield return ["ResNet-8-4", 32, 32, 10, 1.0, 5];
        yield return ["ResNet-8-4", 32, 32, 10, 0.1, 6];
        yield return ["ResNet-8-2", 64, 64, 10, 0.5, 7];
        yield return ["ResNet-8-2", 17, 64, 10, 0.5, 8];
    }

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void One_image_gets_the_bits_of_a_large_batch_and_the_values_of_the_dense_network(
        string name, int rows, int columns, int classes, double density, int seed)
    {
        const int Images = 16;
        var network = ResNet.Parse(name).Build(new ImageShape(3, rows, columns), classes);
        var state = TestNetworks.RandomState(network, density, seed);
        var (batch, pixels, _) = TestNetworks.RandomBatch(network, Images, seed + 1);
        float[]? first = null;
        foreach (var width in Widths)
        {
            using var predictor = new SparsePredictor(state, TestNetworks.Normalization, width);
            var together = new float[Images * classes];
            predictor.Predict(batch, together);
            CollectionAssert.AreEqual(first ??= together, together, $"{width}");
            CollectionAssert.AreEqual(together, OneByOne(predictor, batch, Images), $"{width}");
        }

        var expected = new NaiveNetwork(state, TestNetworks.Normalization, training: false).Forward(pixels)[^1].SelectMany(image => image);
        TestNetworks.AssertClose(expected, first!, tolerance: 1e-4, "logits", floor: 1e-4);
    }

    [TestMethod]
    public void Masks_that_take_channels_out_change_nothing_about_it()
    {
        foreach (string kind in HandMadeMasks.Kinds)
        {
            var network = ResNet.Parse("ResNet-8-6").Build(new ImageShape(3, 9, 11), 4);
            var state = TestNetworks.RandomState(HandMadeMasks.Of(kind, network, seed: 31), seed: 32);
            var batch = TestNetworks.RandomBatch(network, images: 16, seed: 33).Batch;
            using var predictor = new SparsePredictor(state, TestNetworks.Normalization);
            var together = new float[16 * 4];
            predictor.Predict(batch, together);
            CollectionAssert.AreEqual(together, OneByOne(predictor, batch, 16), kind);
        }
    }

    [TestMethod]
    [DataRow(10, 9)]
    [DataRow(16, 16)]
    public void Any_number_of_images_on_any_number_of_threads_gives_the_same_bits(int rows, int columns)
    {
        const int Images = 37;
        var network = ResNet.Parse("ResNet-8-3").Build(new ImageShape(3, rows, columns), 5);
        foreach (double density in new[] { 1.0, 0.2 })
        {
            using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density, seed: 41), TestNetworks.Normalization);
            var batch = TestNetworks.RandomBatch(network, Images, seed: 42).Batch;
            var expected = OneByOne(predictor, batch, Images);
            for (int count = 1; count <= Images; count++)
            {
                var logits = new float[count * 5];
                predictor.Predict(First(batch, count), logits, numberOfThreads: 1 + count % 3);
                CollectionAssert.AreEqual(expected[..logits.Length], logits, $"{count} images");
            }
        }
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public void Threads_that_share_an_image_give_the_same_bits()
    {
        // Large enough for several threads to be put on it.
        var network = ResNet.Parse("ResNet-14-20").Build(new ImageShape(3, 40, 32), 7);
        using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density: 0.9, seed: 51), TestNetworks.Normalization);
        var batch = TestNetworks.RandomBatch(network, images: 4, seed: 52).Batch;
        var expected = OneByOne(predictor, batch, 4);
        for (int round = 0; round < 10; round++)
        {
            foreach (int threads in new[] { 2, 3, 8 })
            {
                CollectionAssert.AreEqual(expected, OneByOne(predictor, batch, 4, threads), $"{threads} threads");
            }
        }

        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => CollectionAssert.AreEqual(expected, OneByOne(predictor, batch, 4, threads: 2)));
    }

    [TestMethod]
    public void Scoring_an_image_allocates_nothing()
    {
        var network = ResNet.Parse("ResNet-14-20").Build(new ImageShape(3, 32, 32), 4);
        using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density: 1, seed: 61), TestNetworks.Normalization);
        var image = TestNetworks.RandomBatch(network, images: 1, seed: 62).Batch;
        var few = TestNetworks.RandomBatch(network, images: 3, seed: 63).Batch;
        var logits = new float[3 * 4];
        foreach (int threads in new[] { 1, 2 })
        {
            void Score() => predictor.Predict(image, logits, threads);
            Score();
            Assert.AreEqual(0, Allocation.SteadyBytes(Score), $"{threads} threads");
        }

        predictor.Predict(few, logits);
        Assert.AreEqual(0, Allocation.SteadyBytes(() => predictor.Predict(few, logits)));
    }

    [TestMethod]
    public void A_pixel_that_is_no_number_reaches_the_logits()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 16, 16), 3);
        using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density: 1, seed: 71), TestNetworks.Normalization);
        var pixels = new float[network.InputShape.Size];
        pixels[100] = float.NaN;
        var logits = new float[3];
        predictor.Predict(new PixelBatch(network.InputShape, pixels), logits);
        Assert.IsTrue(logits.All(float.IsNaN));
    }

    private static float[] OneByOne(SparsePredictor predictor, PixelBatch batch, int images, int threads = 1)
    {
        int classes = predictor.Network.ClassCount, size = batch.Shape.Size;
        var pixels = new float[size];
        var all = new float[images * classes];
        for (int image = 0; image < images; image++)
        {
            batch.CopyPixels(image, pixels);
            predictor.Predict(new PixelBatch(batch.Shape, pixels), all.AsSpan(image * classes, classes), threads);
        }

        return all;
    }

    private static PixelBatch First(PixelBatch batch, int images)
    {
        int size = batch.Shape.Size;
        var pixels = new float[images * size];
        for (int image = 0; image < images; image++)
        {
            batch.CopyPixels(image, pixels.AsSpan(image * size, size));
        }

        return new PixelBatch(batch.Shape, pixels);
    }
}
