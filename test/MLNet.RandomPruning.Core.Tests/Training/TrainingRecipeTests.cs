using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

[TestClass]
public class TrainingRecipeTests
{
    [TestMethod]
    public void TheDefaultsAreThePapers()
    {
        var recipe = new TrainingRecipe();
        recipe.Validate();
        Assert.AreEqual((160, 128, 0.1, 0.9, true, 5e-4, true), (recipe.Epochs, recipe.BatchSize, recipe.LearningRate, recipe.Momentum, recipe.Nesterov, recipe.WeightDecay, recipe.DecayNormAndBias));
        Assert.AreEqual((0, 0.0, 17L, null), (recipe.WarmupEpochs, recipe.LabelSmoothing, recipe.Seed, recipe.EarlyStoppingPatience));
        Assert.AreEqual(Augmentation.Cifar10, recipe.Augmentation);
        foreach (var (epoch, rate) in new[] { (0, 0.1), (79, 0.1), (80, 0.01), (119, 0.01), (120, 0.001), (159, 0.001) })
        {
            Assert.AreEqual(rate, recipe.LearningRateAt(epoch * 352L, 352), 1e-15);
        }
    }

    public static IEnumerable<object[]> BadRecipes =>
    [
        [new TrainingRecipe { Epochs = 0 }, "Epochs is 0, but must be from 1 to 1,000,000."],
        [new TrainingRecipe { BatchSize = -1 }, "BatchSize is -1, but must be from 1 to 65,536."],
        [new TrainingRecipe { LearningRate = 0 }, "LearningRate is 0, but must be above 0 and at most 1,000."],
        [new TrainingRecipe { LearningRate = double.NaN }, "LearningRate is NaN, but must be above 0 and at most 1,000."],
        [new TrainingRecipe { LearningRate = double.PositiveInfinity }, "LearningRate is Infinity, but must be above 0 and at most 1,000."],
        [new TrainingRecipe { Momentum = 1 }, "Momentum is 1, but must be at least 0 and below 1."],
        [new TrainingRecipe { WeightDecay = -0.5 }, "WeightDecay is -0.5, but must be from 0 to 1."],
        [new TrainingRecipe { Epochs = 5, WarmupEpochs = 6 }, "WarmupEpochs is 6, but must be from 0 to the number of epochs, 5."],
        [new TrainingRecipe { LabelSmoothing = 1 }, "LabelSmoothing is 1, but must be at least 0 and below 1."],
        [new TrainingRecipe { EarlyStoppingPatience = 0 }, "EarlyStoppingPatience is 0, but must be at least 1, or null for no early stopping."],
        [new TrainingRecipe { Schedule = null! }, "Schedule is null, but must be one of multi-step, cosine, one-cycle, constant."],
        [new TrainingRecipe { Augmentation = null! }, "Augmentation is null, but must be given; Augmentation.None leaves images as they are."],
    ];

    [TestMethod]
    [DynamicData(nameof(BadRecipes))]
    public void ASettingOutOfRangeIsNamedWithItsValueAndRange(TrainingRecipe recipe, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(recipe.Validate).Message);
}
