using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests;

/// <summary>A trained model is pruned at random, with and without training after it.</summary>
[TestClass]
public sealed class PruneTests
{
    private const int Count = 240;

    private static readonly MLContext MLContext = new(seed: 1);
    private static readonly IDataView Data = Keyed(ColourImages.Rows(Count));
    private static readonly RandomPrunedResNetTransformer Dense = Train();

    [TestMethod]
    [DataRow("ERK", null)]
    [DataRow("Uniform", null)]
    [DataRow("Custom(conv=0.9,blocks.*=0.4)", null)]
    [DataRow("ERK", "1x4")]
    [DataRow("Uniform", "2:4")]
    [DataRow("Uniform", "Kernel")]
    public void WeightsThatStayKeepTheirValues(string ratio, string? granularity)
    {
        byte[] before = ColourImages.Bytes(Dense);
        var pruned = Dense.Prune(0.5, ratio, granularity is null ? null : MaskGranularity.Parse(granularity), seed: 4);

        Assert.IsLessThan(0.65, pruned.Model.Mask.Density);
        foreach (var mask in pruned.Model.Mask.Layers)
        {
            int[] kept = mask.KeptIndices();
            float[] expected = Dense.Model.State[$"{mask.Layer.Name}.weight"], actual = pruned.Model.State[$"{mask.Layer.Name}.weight"];
            CollectionAssert.AreEqual(kept.Select(index => expected[index]).ToArray(), actual, mask.Layer.Name);
        }

        foreach (var tensor in pruned.Model.State.Tensors.Where(tensor => tensor.Layer is not WeightLayer || tensor.Name == "fc.bias"))
        {
            CollectionAssert.AreEqual(Dense.Model.State[tensor.Name], tensor.Values, tensor.Name);
        }

        Assert.AreEqual(Dense.FeatureColumnName, pruned.FeatureColumnName);
        Assert.AreEqual(Dense.FeatureColumnType, pruned.FeatureColumnType);
        CollectionAssert.AreEqual(before, ColourImages.Bytes(Dense), "the model that was pruned has changed");
        Assert.HasCount(Count, ColourImages.Scores(MLContext, pruned.Transform(Data)));
    }

    [TestMethod]
    public void TheCountIsExactAndTheSeedDecidesThePositions()
    {
        NetworkMask Mask(long seed, double sparsity = 0.6) => Dense.Prune(sparsity, seed: seed).Model.Mask;

        Assert.AreEqual((long)Math.Round(0.4 * Dense.Model.Network.WeightCount), Mask(1).KeptCount);
        MaskStageTests.AssertSame(Mask(1), Mask(1));
        Assert.IsFalse(Mask(1).Layers.Zip(Mask(2).Layers).All(pair => pair.First.SameAs(pair.Second)));

        var twice = Dense.Prune(0.4, seed: 1).Prune(0.6, seed: 9).Model.Mask;
        Assert.AreEqual(Mask(1).KeptCount, twice.KeptCount);
        foreach (var (once, again) in Mask(1, 0.4).Layers.Zip(twice.Layers))
        {
            Assert.IsTrue(again.KeptIndices().All(index => once[index]), again.Layer.Name);
        }
    }

    [TestMethod]
    public void WholeFiltersGo()
    {
        var pruned = Dense.Prune(0.5, "Uniform", MaskGranularity.Parse("Filter"), seed: 3);

        Assert.IsTrue(pruned.Model.Mask.RemovesChannels);
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.zip");
        try
        {
            MLContext.Model.Save(pruned, Data.Schema, path);
            ColourImages.AssertSame(ColourImages.Scores(MLContext, pruned.Transform(Data)), ColourImages.Scores(MLContext, MLContext.Model.Load(path, out _).Transform(Data)));
        }
        finally
        {
            File.Delete(path);
        }

        var tuned = Dense.Prune(0.5, Keyed(ColourImages.Rows(2400)), "Uniform", MaskGranularity.Parse("Filter"), epochs: 2, seed: 3);
        MaskStageTests.AssertSame(pruned.Model.Mask, tuned.Model.Mask);
        Assert.IsGreaterThan(0.9, Accuracy(tuned));
    }

    [TestMethod]
    public void FineTuningRegainsWhatPruningCost()
    {
        var pruned = Dense.Prune(0.7, seed: 3);
        var tuned = Dense.Prune(0.7, Keyed(ColourImages.Rows(2400)), seed: 3);

        MaskStageTests.AssertSame(pruned.Model.Mask, tuned.Model.Mask);
        Assert.HasCount(Dense.Model.History.Count + 1, tuned.Model.History);
        Assert.AreEqual(Dense.Model.History.Count + 1, tuned.Model.History[^1].Epoch);
        double dense = Accuracy(Dense), before = Accuracy(pruned), after = Accuracy(tuned);
        Assert.IsGreaterThan(0.95, dense);
        Assert.IsGreaterThanOrEqualTo(before, after);
        Assert.IsGreaterThan(0.9, after, $"dense {dense}, pruned {before}");
    }

    [TestMethod]
    public void TheColumnsAndPixelsOfTheModelAreTakenForFineTuning()
    {
        var rows = ColourImages.Rows(60).Select(row => new SingleRow { Image = [.. row.Features.Select(value => value / 255f)], Class = row.Label });
        var view = MLContext.Data.LoadFromEnumerable(rows);
        var data = MLContext.Transforms.Conversion.MapValueToKey("Class").Fit(view).Transform(view);
        var options = ColourImages.Options();
        (options.FeatureColumnName, options.LabelColumnName, options.PixelMaximum, options.Sparsity) = ("Image", "Class", 1, 0.2);
        var model = MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(options).Fit(data);

        var tuned = model.Prune(0.5, data, seed: 1);

        Assert.AreEqual("Image", tuned.FeatureColumnName);
        Assert.AreEqual("Class", tuned.LabelColumnName);
        Assert.HasCount(60, ColourImages.Scores(MLContext, tuned.Transform(data)));
    }

    private sealed class SingleRow
    {
        [VectorType(3, 8, 8)]
        public float[] Image { get; set; } = [];

        public string Class { get; set; } = "";
    }

    [TestMethod]
    public void ARatioThatIsMeasuredTakesTheTrainingImages()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Dense.Prune(0.5, "SNIP", seed: 1));
        StringAssert.Contains(error.Message, "The layer-wise ratio SNIP is measured on training images. Call Prune with the training data");

        var pruned = Dense.Prune(0.5, Data, "SNIP", seed: 1);
        Assert.AreEqual((long)Math.Round(0.5 * Dense.Model.Network.WeightCount), pruned.Model.Mask.KeptCount);
    }

    [TestMethod]
    public void AGradualScheduleEndsAtTheSameMasks()
    {
        var options = ColourImages.Options(epochs: 3);
        (options.Sparsity, options.Seed, options.LearningRate, options.MaskSchedule) = (0.7, 3, 0.01, MaskSchedule.Parse("Gradual(end=2,interval=2)"));
        var gradual = Dense.Prune(Data, options).Model;

        MaskStageTests.AssertSame(Dense.Prune(0.7, seed: 3).Model.Mask, gradual.Mask);
        Assert.IsGreaterThan(0.3, gradual.History[^3].Density!.Value);
        Assert.AreEqual(0.3, gradual.History[^1].Density!.Value, 1e-4);
    }

    [TestMethod]
    public void WhatCannotBeDoneIsRefused()
    {
        var sparse = Dense.Prune(0.6, seed: 1);
        Assert.ThrowsExactly<PruningBudgetException>(() => sparse.Prune(0.3, seed: 1));
        Assert.Throws<ArgumentException>(() => Dense.Prune(1.0));
        Assert.Throws<ArgumentException>(() => Dense.Prune(double.NaN));
        Assert.Throws<ArgumentException>(() => Dense.Prune(0.5, Data, epochs: 0));
        var error = Assert.ThrowsExactly<ArgumentException>(() => Dense.Prune(0.5, Keyed(ColourImages.Rows(30).Reverse())));
        StringAssert.Contains(error.Message, "class 1 of the model to go on with is 'red'");
    }

    private static double Accuracy(RandomPrunedResNetTransformer model) => MLContext.MulticlassClassification.Evaluate(model.Transform(Data)).MicroAccuracy;

    private static RandomPrunedResNetTransformer Train()
    {
        var options = ColourImages.Options(epochs: 6);
        options.Sparsity = 0;
        return MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(options).Fit(Data);
    }

    private static IDataView Keyed(IEnumerable<PixelRow> rows)
    {
        var data = MLContext.Data.LoadFromEnumerable(rows);
        return MLContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }
}
