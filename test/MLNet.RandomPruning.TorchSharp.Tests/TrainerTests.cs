using Microsoft.ML;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>The engine behind ML.NET's trainer.</summary>
[TestClass]
[RequiresLibTorch]
public class TrainerTests
{
    [TestMethod]
    public void EitherEngineTrainsToTheSameAccuracy()
    {
        double sparse = Accuracy(TrainingEngineKind.Sparse, "Sparse"), torch = Accuracy(TrainingEngineKind.TorchSharp, "TorchSharp");
        Assert.IsGreaterThan(0.85, sparse);
        Assert.AreEqual(sparse, torch, 0.05);
    }

    [TestMethod]
    public void ADeviceThatIsNotThereIsNamed()
    {
        var mlContext = new MLContext(seed: 1);
        var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
        {
            Network = "ResNet-8-2", Epochs = 1, Engine = TrainingEngineKind.TorchSharp, Device = "cuda:99",
        });
        var error = Assert.ThrowsExactly<NotSupportedException>(() => trainer.Fit(mlContext.Data.LoadFromGeneratedImages(20)));
        StringAssert.Contains(error.Message, "cuda:99");
    }

    private static double Accuracy(TrainingEngineKind engine, string name)
    {
        var mlContext = new MLContext(seed: 1);
        var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
        {
            Network = "ResNet-8-16", Sparsity = 0.5, Epochs = 4, BatchSize = 64, LearningRateSchedule = new OneCycleSchedule(),
            Engine = engine, Device = "cpu", Seed = 17, NumberOfThreads = 2,
        });
        var model = trainer.Fit(mlContext.Data.LoadFromGeneratedImages(3000));
        Assert.AreEqual(name, trainer.EngineName);
        var test = mlContext.Data.LoadFromGeneratedImages(1000, firstIndex: 3000);
        return mlContext.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
    }
}
