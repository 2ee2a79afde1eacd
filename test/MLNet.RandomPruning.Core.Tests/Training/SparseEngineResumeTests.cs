using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;
using static MLNet.RandomPruning.Core.Tests.Training.TrainingSamples;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>The training loop with the engine that ships.</summary>
[TestClass]
public class SparseEngineResumeTests
{
    private static readonly ImageShape Colour = new(3, 12, 10);
    private static readonly ImageSet Training = Images(85, shape: Colour), Validation = Images(21, seed: 2, shape: Colour);
    private static readonly TrainingRecipe Recipe = TrainingSamples.Recipe with { BatchSize = 20, LearningRate = 0.1 };

    [TestMethod]
    public void StoppedAtAnyStepItResumesToTheSameBitsWithAnyNumberOfThreads()
    {
        var straight = Run(null, threads: 1, cancelAt: 0);
        AssertSameBits(straight, Run(null, threads: 3, cancelAt: 0));
        Assert.IsTrue(straight.History.All(epoch => epoch.GradientNorm > 0));
        for (int stop = 1; stop < 15; stop++)
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            Assert.IsTrue(Run(path, threads: 1 + stop % 3, stop).WasCancelled);
            AssertSameBits(straight, Run(path, threads: 1 + stop % 2, cancelAt: 0));
        }
    }

    [TestMethod]
    public void ALastBatchOfOneImageIsTrainedOn()
    {
        var initial = WeightInitializer.KaimingNormal.Create(Mask(shape: Colour), 17);
        using var engine = SparseTrainingEngine.Create(initial, PixelNormalization.Cifar10, 20, 2);
        var result = new TrainingLoop { Recipe = Recipe, TrainingSet = Training.Slice(0, 41), ValidationSet = Validation }.Run(engine, initial);
        Assert.AreEqual(3, result.History.Count);
        Assert.IsTrue(result.State.Tensors.All(tensor => tensor.Values.All(float.IsFinite)));
    }

    private static TrainingResult Run(string? path, int threads, int cancelAt)
    {
        var initial = WeightInitializer.KaimingNormal.Create(Mask(shape: Colour), 17);
        using var source = new CancellationTokenSource();
        using var engine = new WatchedEngine(SparseTrainingEngine.Create(initial, PixelNormalization.Cifar10, 20, threads))
        {
            BeforeStep = step =>
            {
                if (step == cancelAt)
                {
                    source.Cancel();
                }
            },
        };
        return new TrainingLoop { Recipe = Recipe, TrainingSet = Training, ValidationSet = Validation, CheckpointPath = path, Resume = path is not null }
            .Run(engine, initial, source.Token);
    }
}
