using Microsoft.ML;

namespace MLNet.RandomPruning.Tests;

/// <summary>Which engine trains, and what is loaded for it.</summary>
[TestClass]
public sealed class EngineChoiceTests
{
    [TestMethod]
    public void The_sparse_engine_trains_and_scores_without_loading_TorchSharp()
    {
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromGeneratedImages(40);
        var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
        {
            Network = "ResNet-8-2", Sparsity = 0.5, Epochs = 1, Engine = TrainingEngineKind.Sparse,
        });
        Assert.IsNull(trainer.EngineName);
        mlContext.MulticlassClassification.Evaluate(trainer.Fit(data).Transform(data));
        Assert.AreEqual("Sparse", trainer.EngineName);

        // No test of this project asks for TorchSharp, so whatever has loaded it did so unasked.
        var loaded = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!);
        Assert.IsFalse(loaded.Any(name => name == "TorchSharp" || name == "MLNet.RandomPruning.TorchSharp"));
    }

    [TestMethod]
    public void The_choice_and_its_reason_are_logged()
    {
        var mlContext = new MLContext(seed: 1);
        var messages = new List<string>();
        mlContext.Log += (_, e) => messages.Add(e.Message);
        mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-2", sparsity: 0.5, epochs: 1)
            .Fit(mlContext.Data.LoadFromGeneratedImages(20));
        Assert.IsTrue(messages.Any(message => message.Contains("Engine: ") && message.Contains(", since ")));
    }
}
