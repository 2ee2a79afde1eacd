using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>Batches that several threads share: any number of images, images that fail, and cancellation.</summary>
[TestClass]
public sealed class SharedBatchTests
{
    [TestMethod]
    public void MoreImagesThanItemsOfWork_AreAllPredicted()
    {
        // Few enough weights for each image to go by itself.
        const int Images = 70_001, Classes = 2;
        var network = ResNet.Parse("ResNet-8-2").Build(new ImageShape(1, 16, 16), Classes);
        using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density: 0.4, seed: 1), new PixelNormalization([0.5f], [0.25f]));
        var batch = new Gradients(network.InputShape, Images);
        float[] alone = new float[Images * Classes], shared = new float[Images * Classes];
        predictor.Predict(batch, alone);
        predictor.Predict(batch, shared, numberOfThreads: 2);
        Assert.IsTrue(alone.AsSpan().SequenceEqual(shared));
        Assert.IsGreaterThan(100, alone.Distinct().Count());
    }

    [TestMethod]
    public void AnImageThatFails_EndsTheCallWithItsErrorAndTheNextOneWorks()
    {
        const int Images = 100;
        foreach (double density in new[] { 1.0, 0.05 })
        {
            var network = ResNet.Parse("ResNet-8-2").Build(new ImageShape(1, 16, 16), 3);
            using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density, seed: 1), new PixelNormalization([0.5f], [0.25f]));
            float[] expected = new float[Images * 3], logits = new float[Images * 3];
            predictor.Predict(new Gradients(network.InputShape, Images), expected);
            for (int round = 0; round < 10; round++)
            {
                var error = Assert.ThrowsExactly<IOException>(() => predictor.Predict(new Gradients(network.InputShape, Images, bad: round * 11), logits, numberOfThreads: 3));
                Assert.AreEqual($"image {round * 11}", error.Message);
                predictor.Predict(new Gradients(network.InputShape, Images), logits, numberOfThreads: 3);
                CollectionAssert.AreEqual(expected, logits);
            }
        }
    }

    [TestMethod]
    public void Cancellation_StopsBetweenImages()
    {
        const int Images = 1000;
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(1, 16, 16), 3);
        using var predictor = new SparsePredictor(TestNetworks.RandomState(network, density: 1, seed: 1), new PixelNormalization([0.5f], [0.25f]));
        var logits = new float[Images * 3];
        foreach (int threads in new[] { 1, 2 })
        {
            using var source = new CancellationTokenSource();
            var batch = new Gradients(network.InputShape, Images) { Loaded = index => { if (index == 50) { source.Cancel(); } } };
            Assert.ThrowsExactly<OperationCanceledException>(() => predictor.Predict(batch, logits, threads, source.Token));
            Assert.IsLessThan(500, batch.LoadedCount);
        }
    }

    [TestMethod]
    public void ADisposedPredictor_SaysSo()
    {
        var network = ResNet.Parse("ResNet-8-2").Build(new ImageShape(1, 16, 16), 3);
        var predictor = new SparsePredictor(TestNetworks.RandomState(network, density: 1, seed: 1), new PixelNormalization([0.5f], [0.25f]));
        predictor.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => predictor.Predict(new Gradients(network.InputShape, 1), new float[3]));
    }

    /// <summary>Images that are made when they are asked for; one of them may fail.</summary>
    private sealed class Gradients(ImageShape shape, int count, int bad = -1) : ImageBatch
    {
        private int _loaded;

        public Action<int>? Loaded { get; init; }

        public int LoadedCount => _loaded;

        public override ImageShape Shape => shape;

        public override int Count => count;

        public override ReadOnlySpan<int> Labels => default;

        public override void CopyPixels(int index, Span<float> destination)
        {
            Interlocked.Increment(ref _loaded);
            Loaded?.Invoke(index);
            if (index == bad)
            {
                throw new IOException($"image {index}");
            }

            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (index * 7 + i * 13) % 101 / 101f;
            }
        }
    }
}
