using MLNet.RandomPruning.Core.Tests.Training;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

[TestClass]
public class ModelPrunerTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 3);

    [TestMethod]
    [DataRow("Unstructured", 0.0)]
    [DataRow("Unstructured", 0.5)]
    [DataRow("Kernel", 0.5)]
    [DataRow("2:4", 0.0)]
    [DataRow("Filter", 0.0)]
    public void KeepsAPartOfWhatTheModelKeepsWithItsValues(string granularity, double present)
    {
        var model = Model(MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, present, 1, granularity: granularity == "Kernel" ? granularity : "Unstructured"));
        var pruned = ModelPruner.Prune(model, LayerwiseRatio.Uniform, 0.75, seed: 2, granularity);
        Assert.AreEqual(1, pruned.Mask.OverlapWith(model.Mask));
        if (granularity != "Filter")
        {
            Assert.AreEqual(0.25, pruned.Mask.Density, 0.01);
        }
        else
        {
            Assert.IsTrue(pruned.Mask.RemovesChannels);
        }

        AssertTakenOver(model.State, pruned.State);
        Assert.AreSame(model.Normalization, pruned.Normalization);
        CollectionAssert.AreEqual(model.ClassNames.ToArray(), pruned.ClassNames.ToArray());
        CollectionAssert.AreEqual(model.History.ToArray(), pruned.History.ToArray());

        // It saves, loads and predicts.
        using var stream = new MemoryStream();
        pruned.Save(stream);
        stream.Position = 0;
        var loaded = TrainedModel.Load(stream);
        Assert.IsTrue(pruned.Mask.SameAs(loaded.Mask));
        AssertTakenOver(model.State, loaded.State);
        var images = TrainingSamples.Images(4, shape: Network.InputShape);
        using var engine = SparseTrainingEngine.Create(loaded.State, loaded.Normalization, 2, 1);
        using var same = SparseTrainingEngine.Create(pruned.State, pruned.Normalization, 2, 1);
        var evaluator = new EngineEvaluator(images, 2);
        Assert.AreEqual(evaluator.Evaluate(same), evaluator.Evaluate(engine));
    }

    [TestMethod]
    public void PositionsAreThoseOfTheSeed()
    {
        var model = Model(NetworkMask.Dense(Network));
        var pruned = ModelPruner.Prune(model, LayerwiseRatio.ErdosRenyiKernel, 0.8, seed: 2);
        Assert.IsTrue(pruned.Mask.SameAs(MaskGenerator.Generate(Network, LayerwiseRatio.ErdosRenyiKernel, 0.8, 2)));
        Assert.IsFalse(pruned.Mask.SameAs(ModelPruner.Prune(model, LayerwiseRatio.ErdosRenyiKernel, 0.8, seed: 3).Mask));
    }

    [TestMethod]
    public void LessThanIsPrunedAlreadyIsRefused()
    {
        var model = Model(MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.5, 1));
        StringAssert.Contains(Assert.ThrowsExactly<PruningBudgetException>(() => ModelPruner.Prune(model, LayerwiseRatio.Uniform, 0.3, 2)).Message, "0.3");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ModelPruner.Prune(model, LayerwiseRatio.Uniform, 1.5, 2));
    }

    [TestMethod]
    public void FineTuningWinsBackWhatPruningCost()
    {
        var recipe = TrainingSamples.Recipe with { Epochs = 8, BatchSize = 20, LearningRate = 0.1, Augmentation = Augmentation.None };
        var (training, test) = (TrainingSamples.Images(300, shape: Network.InputShape), TrainingSamples.Images(100, seed: 2, shape: Network.InputShape));
        var initial = WeightInitializer.KaimingNormal.Create(NetworkMask.Dense(Network), 5);
        using var engine = SparseTrainingEngine.Create(initial, PixelNormalization.Cifar10, 20, 1);
        var evaluator = new EngineEvaluator(test, 20);
        var trained = new TrainingLoop { Recipe = recipe, TrainingSet = training }.Run(engine, initial);
        double before = evaluator.Evaluate(engine).Accuracy;

        var pruned = ModelPruner.Prune(new TrainedModel(trained.State, PixelNormalization.Cifar10, ["a", "b", "c"], trained.History), LayerwiseRatio.ErdosRenyiKernel, 0.6, 1);
        engine.Load(pruned.State);
        double after = evaluator.Evaluate(engine).Accuracy;
        var tuned = new TrainingLoop { Recipe = recipe with { Epochs = 2, LearningRate = 0.02 }, TrainingSet = training }.Run(engine, pruned.State);
        double regained = evaluator.Evaluate(engine).Accuracy;
        Assert.AreSame(pruned.Mask, tuned.State.Mask);
        Assert.IsTrue(before - after > 0.1 && regained - after > 0.7 * (before - after), $"{before} before, {after} after pruning, {regained} after fine-tuning");
    }

    private static TrainedModel Model(NetworkMask mask) => new(
        WeightInitializer.KaimingNormal.Create(mask, 5), PixelNormalization.Cifar10, ["a", "b", "c"],
        [new EpochMetrics { Epoch = 1, LearningRate = 0.1, TrainLoss = 1, TrainAccuracy = 0.5, GradientNorm = 2 }]);

    private static void AssertTakenOver(NetworkState before, NetworkState after)
    {
        foreach (var layer in after.Mask.Layers)
        {
            var old = before.Mask[layer.Layer.Name].KeptIndices().Zip(before[$"{layer.Layer.Name}.weight"]).ToDictionary(pair => pair.First, pair => pair.Second);
            CollectionAssert.AreEqual(layer.KeptIndices().Select(position => old[position]).ToArray(), after[$"{layer.Layer.Name}.weight"]);
        }
    }
}
