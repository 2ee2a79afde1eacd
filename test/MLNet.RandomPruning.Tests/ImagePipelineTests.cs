using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.RandomPruning.Tests;

/// <summary>Image files through whole pipelines: loaded, scaled, as images or as extracted pixels, to texts and back from a file.</summary>
[TestClass]
public sealed class ImagePipelineTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    private sealed class ImageRow
    {
        [ImageType(ColourImages.Side, ColourImages.Side)]
        public MLImage? Features { get; set; }

        public string Label { get; set; } = "";
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void FilesAreLearnedEvaluatedSavedAndScoredByAFreshProcess(bool extractsPixels)
    {
        using var train = new ColourFiles(ColourImages.Rows(240));
        using var test = new ColourFiles(ColourImages.Rows(60, seed: 2));
        var data = _mlContext.Data.LoadFromEnumerable(train.Rows);
        var tested = _mlContext.Data.LoadFromEnumerable(test.Rows);
        var model = Pipeline(extractsPixels, epochs: 4).Fit(data);

        Assert.IsGreaterThan(0.9, _mlContext.MulticlassClassification.Evaluate(model.Transform(tested)).MicroAccuracy);
        Assert.IsGreaterThan(0.9, _mlContext.MulticlassClassification.EvaluateCalibration(model.Transform(tested)).Accuracy);
        string path = test["model.zip"];
        _mlContext.Model.Save(model, data.Schema, path);
        string[] expected = [.. _mlContext.Data.CreateEnumerable<Prediction>(model.Transform(tested), reuseRowObject: false).Select(Line)];
        string[] files = [.. test.Rows.Select(row => row.File)];
        CollectionAssert.AreEqual(expected, UserProgram.Run(UserProgram.PathOf("LoadApp"), [path, .. files]));

        // One by one, and on after a file that is not there.
        using var engine = _mlContext.Model.CreatePredictionEngine<FileRow, Prediction>(_mlContext.Model.Load(path, out _));
        Assert.Throws<Exception>(() => engine.Predict(new FileRow { File = test["none.png"] }));
        for (int row = 0; row < expected.Length; row++)
        {
            Assert.AreEqual(expected[row], Line(engine.Predict(test.Rows[row])), $"row {row}");
        }
    }

    [TestMethod]
    public void FilesAreCrossValidated()
    {
        using var files = new ColourFiles(ColourImages.Rows(90));
        var results = _mlContext.MulticlassClassification.CrossValidate(_mlContext.Data.LoadFromEnumerable(files.Rows), Pipeline(extractsPixels: false, epochs: 1), numberOfFolds: 3);
        Assert.AreEqual(90, results.Sum(result => result.Metrics.ConfusionMatrix.Counts.Sum(row => row.Sum())));
    }

    [TestMethod]
    public void AttacksReachTheNetworkBehindTheFiles()
    {
        using var files = new ColourFiles(ColourImages.Rows(60));
        var data = _mlContext.Data.LoadFromEnumerable(files.Rows);
        var model = Pipeline(extractsPixels: false, epochs: 3).Fit(data);
        var robustness = _mlContext.MulticlassClassification.EvaluateRobustness(model, data, "fgsm:16/255", engine: TrainingEngineKind.Sparse);
        Assert.AreEqual(_mlContext.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy, robustness.Clean.Summary.Accuracy, 1e-12);
        Assert.IsGreaterThan(robustness.Clean.Summary.LogLoss, robustness.Perturbed[0].Summary.LogLoss);
    }

    [TestMethod]
    public void ImagesOfAListStayWholeThroughTrainingScoringAndEngines()
    {
        ImageRow[] rows = [.. ColourImages.Rows(300).Select(row => new ImageRow { Features = ColourFiles.Image(row, MLPixelFormat.Bgra32), Label = row.Label })];
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var model = ColourImages.Pipeline(_mlContext).Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        var predictions = _mlContext.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).ToArray();
        using var engine = _mlContext.Model.CreatePredictionEngine<ImageRow, Prediction>(model);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int row = 0; row < rows.Length; row += 7)
            {
                Assert.AreEqual(Line(predictions[row]), Line(engine.Predict(rows[row])), $"row {row}");
            }
        }

        AssertWhole(rows.Select(row => row.Features!));
        foreach (var row in rows)
        {
            row.Features!.Dispose();
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ImagesOfAListStayWholeBehindResizeImages(bool mixed)
    {
        // ResizeImages gives an image that has the size already as it is; who gave it back would dispose of the list's own.
        ImageRow[] rows = [.. ColourImages.Rows(90).Select((row, index) => new ImageRow { Features = ColourFiles.Image(row, MLPixelFormat.Bgra32, width: mixed && index % 3 == 0 ? 16 : 8), Label = row.Label })];
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var pipeline = _mlContext.Transforms.ResizeImages("Features", ColourImages.Side, ColourImages.Side).Append(ColourImages.Pipeline(_mlContext));
        var model = pipeline.Fit(data);
        float[][] scores = ColourImages.Scores(_mlContext, model.Transform(data));
        ColourImages.AssertSame(scores, ColourImages.Scores(_mlContext, pipeline.Fit(data).Transform(data)));
        using var engine = _mlContext.Model.CreatePredictionEngine<ImageRow, KeyPrediction>(model);
        for (int row = 0; row < rows.Length; row++)
        {
            CollectionAssert.AreEqual(scores[row], engine.Predict(rows[row]).Score, $"row {row}");
        }

        Read(model.Transform(data), (getter, row) =>
        {
            MLImage? image = null;
            getter(ref image!);
            Assert.AreEqual(ColourImages.Side, image.Width, $"row {row}");
        });
        Assert.IsTrue(rows.All(row => row.Features!.Width >= 8));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void LoadedImagesPassThroughBesideTheirScoresAndStayWhole(bool resized)
    {
        using var files = new ColourFiles(ColourImages.Rows(300));
        var data = ColourFiles.Load(_mlContext, files.Rows);
        if (resized)
        {
            data = _mlContext.Transforms.ResizeImages("Features", ColourImages.Side, ColourImages.Side).Fit(data).Transform(data);
        }

        var scored = Model().Transform(data);

        // One variable for all rows, as CreateEnumerable has one.
        var kept = new List<MLImage>();
        MLImage? image = null;
        Read(scored, (getter, _) =>
        {
            MLImage own = null!;
            getter(ref own);
            getter(ref image!);
            Assert.AreNotSame(own, image);
            kept.Add(image);
        });
        AssertWhole(kept);
        if (resized)
        {
            AssertWhole(_mlContext.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: false).Select(row => row.Features!).ToArray());
        }

        // Read on as pixels, some rows ahead of the scores.
        var pixels = _mlContext.Transforms.ResizeImages("Features", ColourImages.Side, ColourImages.Side).Append(_mlContext.Transforms.ExtractPixels("Pixels", "Features")).Fit(scored).Transform(scored);
        var expected = ColourImages.Rows(300);
        int at = 0;
        foreach (var row in _mlContext.Data.CreateEnumerable<ScoredPixels>(pixels, reuseRowObject: false))
        {
            Assert.AreEqual(expected[at++].Features[63], row.Pixels[63]);
            Assert.HasCount(3, row.Score);
        }
    }

    private sealed class ScoredImage
    {
        [ImageType(ColourImages.Side, ColourImages.Side)]
        public MLImage? Features { get; set; }

        public float[] Score { get; set; } = [];
    }

    private sealed class ScoredPixels
    {
        public float[] Pixels { get; set; } = [];

        public float[] Score { get; set; } = [];
    }

    private sealed class PictureRow
    {
        [VectorType(3, ColourImages.Side, ColourImages.Side)]
        public byte[] Features { get; set; } = [];

        public string File { get; set; } = "";
    }

    [TestMethod]
    public void ARowWithoutAnImagePassesThrough()
    {
        var rows = ColourImages.Rows(40);
        using var files = new ColourFiles(rows);
        var data = _mlContext.Data.LoadFromEnumerable(files.With(9, "").Zip(rows, (file, row) => new PictureRow { Features = row.Features, File = file.File }).ToArray());
        var missing = new List<int>();
        MLImage? image = null;
        Read(
            Model().Transform(_mlContext.Transforms.LoadImages("Image", null, "File").Fit(data).Transform(data)),
            (getter, row) =>
            {
                getter(ref image!);
                if (image is null)
                {
                    missing.Add(row);
                }
            },
            "Image");
        CollectionAssert.AreEqual(new[] { 9 }, missing);
    }

    private static void AssertWhole(IEnumerable<MLImage> images)
    {
        var expected = ColourImages.Rows(300);
        int row = 0;
        foreach (var image in images)
        {
            Assert.AreEqual(expected[row].Features[63], image.GetBGRPixels[3 * 63 + 2], $"row {row}");
            row++;
        }

        Assert.AreEqual(expected.Length, row);
    }

    /// <summary>Reads the images of all rows together with their scores.</summary>
    private static void Read(IDataView scored, Action<ValueGetter<MLImage>, int> read, string name = "Features")
    {
        using var cursor = scored.GetRowCursor([scored.Schema[name], scored.Schema["Score"]]);
        var images = cursor.GetGetter<MLImage>(scored.Schema[name]);
        var scores = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> score = default;
        while (cursor.MoveNext())
        {
            read(images, (int)cursor.Position);
            scores(ref score);
            Assert.AreEqual(1, score.DenseValues().Sum(), 1e-5);
        }
    }

    private static string Line(Prediction row) =>
        $"{row.PredictedLabel} {string.Join(' ', row.Score.Select(score => BitConverter.SingleToUInt32Bits(score).ToString("x8", CultureInfo.InvariantCulture)))}";

    private RandomPrunedResNetTransformer Model() =>
        ColourImages.Pipeline(_mlContext).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30))).LastTransformer;

    private IEstimator<ITransformer> Pipeline(bool extractsPixels, int epochs)
    {
        var load = _mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(_mlContext.Transforms.LoadImages("Features", null, "File"))
            .Append(_mlContext.Transforms.ResizeImages("Features", ColourImages.Side, ColourImages.Side));
        var trainer = _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(ColourImages.Options(epochs));
        var toText = _mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel");
        return extractsPixels
            ? load.Append(_mlContext.Transforms.ExtractPixels("Features")).Append(trainer).Append(toText)
            : load.Append(trainer).Append(toText);
    }
}
