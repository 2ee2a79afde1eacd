using MLNet.RandomPruning.Core.Tests.Training;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

[TestClass]
public class EngineEvaluatorTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    [DataRow(23)]
    [DataRow(100)]
    public void FiguresDoNotDependOnTheBatchSize(int batchSize)
    {
        var images = TrainingSamples.Images(23);
        using var engine = new PooledPixelEngine(TrainingSamples.Initial());

        // Logits worked out from the image alone, so that the expected figures need no engine.
        engine.AfterPredict = (batch, logits) =>
        {
            for (int i = 0; i < batch.Count; i++)
            {
                Logits(batch.Indices[i]).CopyTo(logits.Span[(i * TrainingSamples.Classes)..]);
            }
        };
        double loss = 0;
        int correct = 0;
        for (int image = 0; image < images.Count; image++)
        {
            double[] z = [.. Logits(image).Select(x => (double)x)];
            loss -= Math.Log(Math.Exp(z[images.Label(image)]) / z.Sum(Math.Exp));
            correct += Array.IndexOf(z, z.Max()) == images.Label(image) ? 1 : 0;
        }

        var summary = new EngineEvaluator(images, batchSize).Evaluate(engine);
        Assert.AreEqual(23, summary.Count);
        Assert.AreEqual(correct / 23.0, summary.Accuracy);
        Assert.AreEqual(loss / 23, summary.LogLoss, 1e-13);

        static float[] Logits(int image) => [image % 5 - 2, image * 7 % 4 * 0.5f, (image % 3 - 1) * 1.25f];
    }

    [TestMethod]
    public void CrossEntropyIsExactForExtremeLogits()
    {
        Assert.AreEqual(0, LogSoftmax.CrossEntropy([1e30f, -1e30f, 0], 0));
        Assert.AreEqual(2 * (double)1e30f, LogSoftmax.CrossEntropy([1e30f, -1e30f, 0], 1), 1e15);
        Assert.AreEqual(Math.Log(3), LogSoftmax.CrossEntropy([-5e30f, -5e30f, -5e30f], 2), 1e-15);
        Assert.AreEqual(double.PositiveInfinity, LogSoftmax.CrossEntropy([0, float.NegativeInfinity], 1));
        Assert.IsTrue(double.IsNaN(LogSoftmax.CrossEntropy([0, float.NaN], 0)));
        Assert.IsTrue(double.IsNaN(LogSoftmax.CrossEntropy([0, float.PositiveInfinity], 0)));
    }

    [TestMethod]
    public void CrossEntropyMatchesTheNaiveFormula()
    {
        var random = new KeyedRandom(4, RandomPurpose.GeneratedImages);
        for (int round = 0; round < 200; round++)
        {
            float[] logits = [.. Enumerable.Range(0, 2 + round % 10).Select(_ => (float)random.NextDouble(-20, 20))];
            int label = random.NextInt(logits.Length);
            double naive = -Math.Log(Math.Exp(logits[label]) / logits.Sum(x => Math.Exp(x)));
            Assert.AreEqual(naive, LogSoftmax.CrossEntropy(logits, label), 1e-12 * Math.Max(1, naive));
        }
    }

    [TestMethod]
    public void ImagesOfAnotherShapeAreRefused()
    {
        using var engine = new PooledPixelEngine(TrainingSamples.Initial());
        var evaluator = new EngineEvaluator(TrainingSamples.Images(4, shape: new ImageShape(3, 8, 8)), 2);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => evaluator.Evaluate(engine)).Message, "3×8×8");
    }

    [TestMethod]
    public void CancellationIsHeard()
    {
        using var engine = new PooledPixelEngine(TrainingSamples.Initial());
        using var source = new CancellationTokenSource();
        engine.AfterPredict = (_, _) => source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => new EngineEvaluator(TrainingSamples.Images(4), 2).Evaluate(engine, source.Token));
    }
}
