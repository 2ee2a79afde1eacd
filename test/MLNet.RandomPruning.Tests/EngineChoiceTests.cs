using Microsoft.ML;

namespace MLNet.RandomPruning.Tests;

/// <summary>Which engine trains, and what is loaded for it.</summary>
[TestClass]
public sealed class EngineChoiceTests
{
    [TestMethod]
    public void A_program_without_TorchSharp_trains_and_scores()
    {
        // Neither libtorch nor any TorchSharp assembly is left beside the program: whatever tried to load one would fail.
        string program = UserProgram.PathOf("TrainApp");
        var folder = Directory.CreateTempSubdirectory("train-app");
        try
        {
            foreach (string file in Directory.GetFiles(Path.GetDirectoryName(program)!).Where(file => !Path.GetFileName(file).Contains("TorchSharp")))
            {
                File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            }

            CollectionAssert.AreEqual(new[] { "Sparse 40" }, UserProgram.Run(Path.Combine(folder.FullName, Path.GetFileName(program))));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void The_engine_and_the_reason_for_it_are_logged()
    {
        var mlContext = new MLContext(seed: 1);
        var messages = new List<string>();
        mlContext.Log += (_, e) => messages.Add(e.Message);
        var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
        {
            Network = "ResNet-8-2", Sparsity = 0.5, Epochs = 1, Engine = TrainingEngineKind.Sparse,
        });
        Assert.IsNull(trainer.EngineName);
        trainer.Fit(mlContext.Data.LoadFromGeneratedImages(20));
        Assert.AreEqual("Sparse", trainer.EngineName);
        Assert.IsTrue(messages.Any(message => message.Contains("Engine: Sparse, since it was asked for.")));
    }

    [TestMethod]
    public void Mixed_precision_makes_another_model_of_the_sparse_engine_and_the_same_one_each_time()
    {
        Assert.AreEqual(TrainLoss(mixedPrecision: true), TrainLoss(mixedPrecision: true));
        Assert.AreNotEqual(TrainLoss(mixedPrecision: false), TrainLoss(mixedPrecision: true));
        Assert.AreEqual(TrainLoss(mixedPrecision: false), TrainLoss(mixedPrecision: true), 0.02);
    }

    private static double TrainLoss(bool mixedPrecision)
    {
        var mlContext = new MLContext(seed: 1);
        double loss = double.NaN;
        mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
        {
            Network = "ResNet-8-4", Sparsity = 0.5, Epochs = 1, BatchSize = 32, Engine = TrainingEngineKind.Sparse, MixedPrecision = mixedPrecision,
            MetricsCallback = metrics => loss = metrics.TrainLoss,
        }).Fit(mlContext.Data.LoadFromGeneratedImages(64));
        return loss;
    }
}
