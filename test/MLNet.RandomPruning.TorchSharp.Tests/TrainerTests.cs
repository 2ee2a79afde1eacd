using Microsoft.ML;
using MLNet.RandomPruning.Evaluation.Robustness;
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

    [TestMethod]
    public void EitherEngineAttacksAlike()
    {
        var mlContext = new MLContext(seed: 1);
        var model = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
        {
            Network = "ResNet-8-8", Sparsity = 0.5, Epochs = 2, BatchSize = 64, Engine = TrainingEngineKind.Sparse, Seed = 17, NumberOfThreads = 2,
        }).Fit(mlContext.Data.LoadFromGeneratedImages(500));
        var test = mlContext.Data.LoadFromGeneratedImages(150, firstIndex: 500);
        RobustnessResult Attack(TrainingEngineKind engine) => mlContext.MulticlassClassification.EvaluateRobustness(
            model, test, Perturbations.ParseList("fgsm:4/255, pgd:4/255:3, noise:4/255, contrast:3"), new RobustnessOptions { Seed = 2, Engine = engine, Device = "cpu", NumberOfThreads = 2 });

        var sparse = Attack(TrainingEngineKind.Sparse);
        var torch = Attack(TrainingEngineKind.TorchSharp);

        Assert.AreEqual(sparse.Clean.Summary.LogLoss, torch.Clean.Summary.LogLoss, 1e-4);
        foreach (var (expected, actual) in sparse.Perturbed.Zip(torch.Perturbed))
        {
            // The sign of a gradient that is almost zero is a matter of rounding.
            Assert.AreEqual(expected.Summary.LogLoss, actual.Summary.LogLoss, 0.01 * expected.Summary.LogLoss, expected.Name);
            Assert.AreEqual(expected.Summary.Accuracy, actual.Summary.Accuracy, 0.03, expected.Name);
        }

        Assert.IsGreaterThan(sparse.Clean.Summary.LogLoss, sparse.Perturbed[0].Summary.LogLoss);
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
