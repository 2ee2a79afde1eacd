using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests;

/// <summary>Masks that change while the trainer trains.</summary>
[TestClass]
public sealed class MaskScheduleTests
{
    private const double Density = 0.3;

    [TestMethod]
    [DataRow("SET(interval=2)")]
    [DataRow("RigL(interval=2)")]
    public void DynamicMasksMoveAtConstantDensity(string schedule)
    {
        var mlContext = new MLContext(seed: 1);
        var log = new List<string>();
        mlContext.Log += (_, e) => log.Add($"{e.Kind}: {e.RawMessage}");
        var data = mlContext.Data.LoadFromEnumerable(ColourImages.Rows(180));
        var model = ColourImages.Pipeline(mlContext, Options(schedule)).Fit(data).LastTransformer.Model;

        Assert.AreEqual((long)Math.Round(Density * model.Network.WeightCount), model.Mask.KeptCount);
        var first = MaskGenerator.Generate(model.Network, "ERK", 1 - Density, seed: 5);
        for (int layer = 0; layer < first.Layers.Count; layer++)
        {
            Assert.AreEqual(first.Layers[layer].KeptCount, model.Mask.Layers[layer].KeptCount, first.Layers[layer].Layer.Name);
        }

        foreach (var epoch in model.History)
        {
            Assert.AreEqual(model.Mask.Density, epoch.Density!.Value, 1e-12);
            Assert.IsTrue(epoch.MaskOverlap is > 0 and < 1, $"overlap {epoch.MaskOverlap}");
        }

        double overlap = first.Layers.Zip(model.Mask.Layers, (before, after) => before.KeptIndices().Count(index => after[index])).Sum() / (double)first.KeptCount;
        Assert.AreEqual(overlap, model.History[^1].MaskOverlap!.Value, 1e-12);
        Assert.IsTrue(log.Any(line => line.StartsWith($"{ChannelMessageKind.Info}: Training ResNet-8-4", StringComparison.Ordinal) && line.Contains("mask schedule ", StringComparison.Ordinal)), string.Join('\n', log));
        Assert.AreEqual(3, log.Count(line => line.StartsWith($"{ChannelMessageKind.Info}: Epoch ", StringComparison.Ordinal) && line.Contains("density 3", StringComparison.Ordinal) && line.Contains("mask overlap", StringComparison.Ordinal)), string.Join('\n', log));
        Assert.IsTrue(log.Any(line => line.StartsWith(ChannelMessageKind.Trace.ToString(), StringComparison.Ordinal) && line.Contains("Masks changed before step", StringComparison.Ordinal)), string.Join('\n', log));
    }

    [TestMethod]
    [DataRow("Unstructured")]
    [DataRow("Filter")]
    public void GradualPruningEndsAtTheMasksOfTheStage(string granularity)
    {
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromEnumerable(ColourImages.Rows(180));
        var options = Options("Gradual(end=2,interval=2)");
        options.MaskColumnName = "Mask";
        var stage = mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", layerwiseRatio: "Uniform", sparsity: 0.5, granularity: granularity, seed: 8);
        var model = mlContext.Transforms.Conversion.MapValueToKey("Label").Append(stage)
            .Append(mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options)).Fit(data);

        var trained = model.LastTransformer.Model;
        MaskStageTests.AssertSame(model.OfType<RandomMaskTransformer>().Single().Masks, trained.Mask);
        double[] densities = [.. trained.History.Select(epoch => epoch.Density!.Value)];
        Assert.IsLessThan(1, densities[0]);
        Assert.IsLessThan(densities[0], densities[1]);
        Assert.AreEqual(trained.Mask.Density, densities[2], 1e-12);
        Assert.HasCount(180, ColourImages.Scores(mlContext, model.Transform(data)));
    }

    [TestMethod]
    [DataRow("Gradual(end=2,interval=2)")]
    [DataRow("SET(interval=2)")]
    [DataRow("RigL(interval=2)")]
    public void ResumedTrainingGivesTheBitsOfAStraightRun(string schedule)
    {
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromEnumerable(ColourImages.Rows(150));
        var expected = ColourImages.Bytes(ColourImages.Pipeline(mlContext, Options(schedule)).Fit(data).LastTransformer);
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var source = new CancellationTokenSource();
            var options = Options(schedule);
            options.CheckpointPath = Path.Combine(folder, "training.ckpt");
            options.CancellationToken = source.Token;
            options.MetricsCallback = _ => source.Cancel();
            ColourImages.Pipeline(mlContext, options).Fit(data);

            options.CancellationToken = default;
            options.MetricsCallback = null;
            options.ResumeFromCheckpoint = true;
            options.NumberOfThreads = 1;
            CollectionAssert.AreEqual(expected, ColourImages.Bytes(ColourImages.Pipeline(mlContext, options).Fit(data).LastTransformer));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void StaticMasksLeaveNoTraceInTheHistory()
    {
        var mlContext = new MLContext(seed: 1);
        var model = ColourImages.Pipeline(mlContext).Fit(mlContext.Data.LoadFromEnumerable(ColourImages.Rows(60))).LastTransformer.Model;
        Assert.IsNull(model.History[0].Density);
        Assert.IsNull(model.History[0].MaskOverlap);
    }

    [TestMethod]
    public void ASchedulesErrorsAreNamed()
    {
        var mlContext = new MLContext(seed: 1);
        Assert.Throws<ArgumentException>(() => Options("RigL(drop=2)"));
        Assert.Throws<ArgumentException>(() => Options("Prune"));
        var options = Options("RigL(interval=2)");
        options.Granularity = "Filter";
        var data = mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30));
        var error = Assert.Throws<ArgumentException>(() => ColourImages.Pipeline(mlContext, options).Fit(data));
        StringAssert.Contains(error.Message, "RigL");
    }

    private static RandomPrunedResNetTrainer.Options Options(string schedule)
    {
        var options = ColourImages.Options(epochs: 3);
        options.Sparsity = 1 - Density;
        options.MaskSchedule = schedule;
        return options;
    }
}
