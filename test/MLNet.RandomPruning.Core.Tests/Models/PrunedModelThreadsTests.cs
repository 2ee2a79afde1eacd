using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Soak;

namespace MLNet.RandomPruning.Tests.Models;

/// <summary>One model, many threads: right answers, no memory that grows, and an end while others are at work.</summary>
[TestClass]
public sealed class PrunedModelThreadsTests
{
    [TestMethod]
    public void Calls_AllocateNothing()
    {
        foreach (int threads in new[] { 1, 2 })
        {
            foreach (var layout in new[] { PixelLayout.Planar, PixelLayout.Interleaved })
            {
                using var model = PrunedModelTests.Small(new PrunedModelOptions { PixelLayout = layout, NumberOfThreads = threads });
                foreach (int images in new[] { 1, 3, 40 })
                {
                    var bytes = PrunedModelTests.RandomBytes(images * model.InputShape.Size, seed: 1);
                    var floats = Array.ConvertAll(bytes, value => value / 255f);
                    var scores = new float[images * model.ClassCount];
                    var distances = new double[images];
                    var labels = new int[images];
                    void Call()
                    {
                        model.Predict(bytes, scores);
                        model.Predict(floats, scores);
                        model.Predict(bytes, scores, distances);
                        model.Predict(floats, scores, distances, OutOfDistributionScore.Energy);
                        model.PredictLogits(bytes, scores);
                        model.PredictLogits(floats, scores);
                        model.Classify(bytes, labels);
                        model.Classify(floats, labels);
                        if (images == 1)
                        {
                            model.Classify(bytes, scores);
                            model.Classify(floats, scores);
                        }
                    }

                    Call();
                    Assert.AreEqual(0, Allocation.SteadyBytes(Call), $"{images} images, {layout}, {threads} threads");
                }
            }
        }
    }

    [TestMethod]
    public void ANewThread_AllocatesNothingEither()
    {
        using var model = PrunedModelTests.Small();
        var pixels = PrunedModelTests.RandomBytes(40 * model.InputShape.Size, seed: 1);
        var scores = new float[40 * model.ClassCount];
        int size = model.InputShape.Size;
        void Call()
        {
            model.Predict(pixels, scores);
            model.Predict(pixels.AsSpan(0, size), scores);
        }

        Call();
        long fewest = long.MaxValue;
        for (int run = 0; run < 5; run++)
        {
            var thread = new Thread(() =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Call();
                fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
            });
            thread.Start();
            thread.Join();
        }

        Assert.AreEqual(0, fewest);
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public void SixteenThreads_GetTheAnswersOfOneAndAllocateNothing()
    {
        using var soak = new PredictionSoak(PrunedModelTests.Model("ResNet-8-4", new ImageShape(3, 16, 16), 5, 0.3), seed: 3);
        var report = soak.Run(threads: 16, settle: TimeSpan.FromSeconds(1), duration: TimeSpan.FromSeconds(2));
        Assert.AreEqual(0, report.Wrong, report.FirstWrong);
        Assert.IsGreaterThan(100, report.CallsAfterSettling);

        // Other tests run beside this one in the same process; a call that allocated would do so with at least 24 bytes.
        Assert.IsLessThan(16 * report.CallsAfterSettling + (1 << 20), report.AllocatedAfterSettling);
    }

    [TestMethod]
    public void ADisposedModel_SaysSo()
    {
        var model = PrunedModelTests.Small();
        model.Dispose();
        model.Dispose();
        var pixels = new byte[model.InputShape.Size];
        var scores = new float[model.ClassCount];
        foreach (Action call in new Action[]
        {
            () => model.Predict(pixels, scores), () => model.PredictLogits(pixels, scores), () => model.Classify(pixels, scores),
            () => model.Classify(pixels, new int[1]), () => model.Predict(pixels, scores, new double[1]), () => model.Predict(new float[pixels.Length], scores),
        })
        {
            Assert.ThrowsExactly<ObjectDisposedException>(call);
        }
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public void DisposingWhileOthersPredict_EndsTheirCallsRightlyOrWithAnError()
    {
        var trained = PrunedModelTests.Model("ResNet-8-4", new ImageShape(3, 16, 16), 5, 0.5);
        var pixels = PrunedModelTests.RandomBytes(20 * trained.Network.InputShape.Size, seed: 1);
        var expected = new float[20 * 5];
        using (var reference = new PrunedModel(trained))
        {
            reference.Predict(pixels, expected);
        }

        for (int round = 0; round < 20; round++)
        {
            var model = new PrunedModel(trained, new PrunedModelOptions { NumberOfThreads = 1 + round % 2 });
            int wrong = 0, refused = 0;
            var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                var scores = new float[expected.Length];
                while (true)
                {
                    try
                    {
                        model.Predict(pixels, scores);
                    }
                    catch (ObjectDisposedException)
                    {
                        Interlocked.Increment(ref refused);
                        return;
                    }
                    catch (Exception)
                    {
                        Interlocked.Increment(ref wrong);
                        return;
                    }

                    if (!scores.AsSpan().SequenceEqual(expected))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            })).ToArray();
            Array.ForEach(threads, thread => thread.Start());
            Thread.Sleep(round % 7);
            model.Dispose();
            Array.ForEach(threads, thread => thread.Join());
            Assert.AreEqual(0, wrong);
            Assert.AreEqual(4, refused);
        }
    }
}
