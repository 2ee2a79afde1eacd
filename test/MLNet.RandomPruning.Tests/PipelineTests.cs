using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests;

[TestClass]
public sealed class PipelineTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void LearnsWhatCanBeLearnedAndEvaluates()
    {
        var train = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(600));
        var test = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(150, seed: 2));
        var model = ColourImages.Pipeline(_mlContext, ColourImages.Options(epochs: 4)).Fit(train);

        var metrics = _mlContext.MulticlassClassification.Evaluate(model.Transform(test), topKPredictionCount: 2);

        Assert.IsGreaterThan(0.95, metrics.MicroAccuracy);
        Assert.IsGreaterThanOrEqualTo(metrics.MicroAccuracy, metrics.TopKAccuracy);
        Assert.AreEqual(3, metrics.ConfusionMatrix.NumberOfClasses);
        Assert.AreEqual(150, metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()));
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "green");
    }

    [TestMethod]
    public void TrainsOnGeneratedImagesWithoutAPipeline()
    {
        var data = _mlContext.Data.LoadFromGeneratedImages(200, seed: 3);
        var model = _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-4", sparsity: 0.8, epochs: 1, seed: 1).Fit(data);

        var metrics = _mlContext.MulticlassClassification.Evaluate(model.Transform(_mlContext.Data.LoadFromGeneratedImages(50, seed: 3, firstIndex: 200)));

        Assert.AreEqual(10, metrics.ConfusionMatrix.NumberOfClasses);
        CollectionAssert.AreEqual(GeneratedImages.ClassNames.ToArray(), model.Model.ClassNames.ToArray());
        Assert.AreEqual((long)Math.Round(0.2 * model.Model.Network.WeightCount), model.Model.Mask.KeptCount);
    }

    [TestMethod]
    public void CrossValidates()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(240));

        var results = _mlContext.MulticlassClassification.CrossValidate(data, ColourImages.Pipeline(_mlContext), numberOfFolds: 3);

        Assert.HasCount(3, results);
        Assert.AreEqual(240, results.Sum(result => result.Metrics.ConfusionMatrix.Counts.Sum(row => row.Sum())));
    }

    [TestMethod]
    public void ScoreIsADistributionAndThePredictedLabelItsLargestValue()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(100));
        var scored = ColourImages.Pipeline(_mlContext).Fit(data).Transform(data);
        var keys = _mlContext.Data.CreateEnumerable<KeyPrediction>(scored, reuseRowObject: false).ToArray();

        foreach (var row in keys)
        {
            Assert.AreEqual(1, row.Score.Sum(), 1e-6);
            Assert.IsTrue(row.Score.All(score => score is >= 0 and <= 1));
            Assert.AreEqual(row.Score.Max(), row.Score[row.PredictedLabel - 1]);
        }

        var named = _mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored);
        var names = _mlContext.Data.CreateEnumerable<Prediction>(named, reuseRowObject: false).Select(row => row.PredictedLabel).ToArray();
        CollectionAssert.AreEqual(keys.Select(row => ColourImages.Names[row.PredictedLabel - 1]).ToArray(), names);
    }

    [TestMethod]
    public void OutputColumnsCarryTheAnnotationsOfAClassifier()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(60));
        var schema = ColourImages.Pipeline(_mlContext).Fit(data).Transform(data).Schema;

        var score = schema["Score"];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        CollectionAssert.AreEqual(ColourImages.Names, names.DenseValues().Select(name => name.ToString()).ToArray());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 3), score.Type);
        Assert.AreEqual("MulticlassClassification", Text(score, "ScoreColumnKind"));
        Assert.AreEqual("Score", Text(score, "ScoreValueKind"));

        var predicted = schema["PredictedLabel"];
        predicted.GetKeyValues(ref names);
        CollectionAssert.AreEqual(ColourImages.Names, names.DenseValues().Select(name => name.ToString()).ToArray());
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 3), predicted.Type);
        Assert.AreEqual("PredictedLabel", Text(predicted, "ScoreValueKind"));

        static string Text(DataViewSchema.Column column, string kind)
        {
            ReadOnlyMemory<char> text = default;
            column.Annotations.GetValue(kind, ref text);
            return text.ToString();
        }
    }

    [TestMethod]
    public void ModelTellsWhatWasTrained()
    {
        var options = ColourImages.Options(epochs: 2);
        options.LayerwiseRatio = "ERK+";
        options.Sparsity = 0.7;
        options.ValidationFraction = 0.2;
        var model = ColourImages.Pipeline(_mlContext, options).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(150))).LastTransformer.Model;

        Assert.AreEqual("ResNet-8-4", model.Network.Name);
        Assert.AreEqual(new Networks.ImageShape(3, 8, 8), model.Network.InputShape);
        Assert.AreEqual(1.0, model.LayerDensities["fc"]);
        Assert.AreEqual(new MaskOrigin("ERK+", 0.7, 5, MaskSampling.Exact), model.Mask.Origin);
        Assert.AreEqual((long)Math.Round(0.3 * model.Network.WeightCount), model.Mask.KeptCount);
        Assert.HasCount(model.Mask["conv"].KeptCount, model.State["conv.weight"]);
        CollectionAssert.AreEqual(new[] { 1, 2 }, model.History.Select(epoch => epoch.Epoch).ToArray());
        Assert.IsTrue(model.History.All(epoch => epoch.ValidationAccuracy is >= 0 and <= 1));
    }

    [TestMethod]
    public void MetricsReachTheCallbackAndTheLog()
    {
        var mlContext = new MLContext(seed: 1);
        var log = new List<string>();
        mlContext.Log += (_, e) => log.Add($"{e.Kind}: {e.RawMessage}");
        var metrics = new List<EpochMetrics>();
        var options = ColourImages.Options(epochs: 2);
        options.MetricsCallback = metrics.Add;
        options.ValidationSet = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(mlContext.Data.LoadFromEnumerable(ColourImages.Rows(3)))
            .Transform(mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30, seed: 9)));

        ColourImages.Pipeline(mlContext, options).Fit(mlContext.Data.LoadFromEnumerable(ColourImages.Rows(90)));

        CollectionAssert.AreEqual(new[] { 1, 2 }, metrics.Select(epoch => epoch.Epoch).ToArray());
        Assert.IsNotNull(metrics[1].ValidationAccuracy);
        Assert.IsTrue(log.Any(line => line.StartsWith($"{ChannelMessageKind.Info}: Epoch 2/2: loss ", StringComparison.Ordinal) && line.Contains("validation accuracy", StringComparison.Ordinal)), string.Join('\n', log));
        Assert.IsTrue(log.Any(line => line.Contains("ResNet-8-4 (ERK, ", StringComparison.Ordinal)), string.Join('\n', log));
    }

    [TestMethod]
    public void OneSeedGivesOneModelOnAnyNumberOfThreads()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(100));
        byte[] Train(long seed, int threads)
        {
            var options = ColourImages.Options(epochs: 2);
            options.Seed = seed;
            options.NumberOfThreads = threads;
            return ColourImages.Bytes(ColourImages.Pipeline(_mlContext, options).Fit(data).LastTransformer);
        }

        var first = Train(seed: 1, threads: 1);
        CollectionAssert.AreEqual(first, Train(seed: 1, threads: 3));
        CollectionAssert.AreNotEqual(first, Train(seed: 2, threads: 1));
    }

    [TestMethod]
    public void WithoutASeedTheContextDecides()
    {
        byte[] Train(int seed)
        {
            var mlContext = new MLContext(seed);
            var options = ColourImages.Options();
            options.Seed = null;
            return ColourImages.Bytes(ColourImages.Pipeline(mlContext, options).Fit(mlContext.Data.LoadFromEnumerable(ColourImages.Rows(60))).LastTransformer);
        }

        CollectionAssert.AreEqual(Train(1), Train(1));
        CollectionAssert.AreNotEqual(Train(1), Train(2));
    }

    [TestMethod]
    public void CancellationReturnsTheBestModelSoFar()
    {
        using var source = new CancellationTokenSource();
        var options = ColourImages.Options(epochs: 50);
        options.CancellationToken = source.Token;
        options.MetricsCallback = metrics =>
        {
            if (metrics.Epoch == 2)
            {
                source.Cancel();
            }
        };
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(60));

        var model = ColourImages.Pipeline(_mlContext, options).Fit(data);

        Assert.HasCount(2, model.LastTransformer.Model.History);
        var straight = ColourImages.Pipeline(_mlContext, ColourImages.Options(epochs: 2)).Fit(data);
        ColourImages.AssertSame(ColourImages.Scores(_mlContext, straight.Transform(data)), ColourImages.Scores(_mlContext, model.Transform(data)));
    }

    [TestMethod]
    public void CancelledBeforeItBeganThrows()
    {
        var options = ColourImages.Options();
        options.CancellationToken = new CancellationToken(canceled: true);
        Assert.ThrowsExactly<OperationCanceledException>(
            () => ColourImages.Pipeline(_mlContext, options).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30))));
    }

    [TestMethod]
    public void ResumedTrainingGivesTheBitsOfAStraightRun()
    {
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(100));
        var expected = ColourImages.Bytes(ColourImages.Pipeline(_mlContext, ColourImages.Options(epochs: 3)).Fit(data).LastTransformer);
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var source = new CancellationTokenSource();
            var options = ColourImages.Options(epochs: 3);
            options.CheckpointPath = Path.Combine(folder, "training.ckpt");
            options.CancellationToken = source.Token;
            options.MetricsCallback = _ => source.Cancel();
            ColourImages.Pipeline(_mlContext, options).Fit(data);

            options.CancellationToken = default;
            options.MetricsCallback = null;
            options.ResumeFromCheckpoint = true;
            CollectionAssert.AreEqual(expected, ColourImages.Bytes(ColourImages.Pipeline(_mlContext, options).Fit(data).LastTransformer));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void LaterChangesOfTheOptionsDoNotReachATrainer()
    {
        var options = ColourImages.Options();
        var pipeline = ColourImages.Pipeline(_mlContext, options);
        options.Network = "ResNet-14-4";
        var model = pipeline.Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(60)));
        Assert.AreEqual("ResNet-8-4", model.LastTransformer.Model.Network.Name);
    }

    [TestMethod]
    public void TrainerSaysWhatItWants()
    {
        var info = _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet().Info;
        Assert.IsFalse(info.NeedNormalization);
        Assert.IsFalse(info.WantCaching);
    }
}
