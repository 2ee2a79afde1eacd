using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>All parts together: a pruned network learns what a linear model cannot.</summary>
[TestClass]
public sealed class LearningTests
{
    [TestMethod]
    public void A_small_ResNet_at_80_percent_sparsity_learns_the_generated_images_that_a_linear_model_does_not()
    {
        const int Training = 4000, Test = 1000;
        var network = ResNet.Parse("ResNet-8-16").Build(GeneratedImages.Shape, GeneratedImages.ClassNames.Count);
        var mask = MaskGenerator.Generate(network, LayerwiseRatio.ErdosRenyiKernel, sparsity: 0.8, seed: 3);
        var initial = WeightInitializer.KaimingNormal.Create(mask, seed: 3);
        var trainingSet = GeneratedImages.Create(Training);
        using var engine = new SparseTrainingEngine(initial, PixelNormalization.Estimate(trainingSet), maximumBatchSize: 64, numberOfThreads: 2);
        new TrainingLoop
        {
            Recipe = new TrainingRecipe { Epochs = 4, BatchSize = 64, Schedule = new OneCycleSchedule(), Seed = 3 },
            TrainingSet = trainingSet,
        }.Run(engine, initial);

        var tested = new EngineEvaluator(GeneratedImages.Create(Test, firstIndex: Training), batchSize: 64).Evaluate(engine);
        Assert.IsTrue(tested.Accuracy > 0.9, $"accuracy {tested.Accuracy:P1}");
    }
}
