using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tests;

/// <summary>What is wrong with image files is said with the row, or the file, wherever a pipeline meets it.</summary>
[TestClass]
public sealed class BadImageFileTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    private sealed class Files
    {
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    [TestMethod]
    public void ImageFilesOfDifferentSize()
    {
        using var files = new ColourFiles(ColourImages.Rows(6));
        AssertFails(
            ColourFiles.Load(_mlContext, files.With(5, files.Save(ColourImages.Rows(6)[5], "wide.png", width: 10))), Trainer(),
            "Row 5", "8 rows and 10 columns", "8 rows and 8 columns are expected", "ResizeImages(\"Features\", imageWidth: 8, imageHeight: 8)");
    }

    [TestMethod]
    public void MissingImageFile()
    {
        using var files = new ColourFiles(ColourImages.Rows(6));
        var rows = files.With(4, files["none.png"]);
        var loaded = ColourFiles.Load(_mlContext, rows);
        AssertFails(loaded, Trainer(), "Row 4 (counted from 0): column 'Features' cannot be read", files["none.png"]);
        var resized = _mlContext.Transforms.ResizeImages("Features", 8, 8).Fit(loaded).Transform(loaded);
        AssertFails(resized, Trainer(), "Row 4 (counted from 0): column 'Features' cannot be read", files["none.png"]);

        // What is computed some rows ahead does not tell at which row it failed.
        AssertFails(_mlContext.Transforms.ExtractPixels("Features").Fit(resized).Transform(resized), Trainer(), "cannot be read", files["none.png"]);
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        AssertFails(_mlContext.Transforms.LoadRawImageBytes("Features", null, "File").Fit(data).Transform(data), Trainer(), "cannot be read", files["none.png"]);
    }

    [TestMethod]
    public void FilesThatAreNoImages()
    {
        using var files = new ColourFiles(ColourImages.Rows(6));
        File.WriteAllText(files["words.png"], "words");
        File.WriteAllBytes(files["empty.png"], []);
        AssertFails(ColourFiles.Load(_mlContext, files.With(3, files["words.png"])), Trainer(), "Row 3 (counted from 0): column 'Features' cannot be read");
        AssertFails(ColourFiles.Load(_mlContext, files.With(3, files["empty.png"])), Trainer(), "Row 3 (counted from 0): column 'Features' cannot be read");
        AssertFails(ColourFiles.Load(_mlContext, files.With(0, "")), Trainer(), "Row 0 (counted from 0): column 'Features' holds no image");
        AssertFails(ColourFiles.Load(_mlContext, files.With(3, "")), Trainer(), "Row 3 (counted from 0): column 'Features'");
    }

    [TestMethod]
    public void ErrorsOfAScoredDataSetAreToldByTheEvaluators()
    {
        using var files = new ColourFiles(ColourImages.Rows(30));
        var load = _mlContext.Transforms.Conversion.MapValueToKey("Label").Append(_mlContext.Transforms.LoadImages("Features", null, "File")).Append(_mlContext.Transforms.ResizeImages("Features", 8, 8));
        var model = load.Append(_mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(ColourImages.Options())).Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(_mlContext.Data.LoadFromEnumerable(files.Rows));
        var good = model.Transform(_mlContext.Data.LoadFromEnumerable(files.Rows));
        var bad = model.Transform(_mlContext.Data.LoadFromEnumerable(files.With(4, files["none.png"])));
        string[] parts = ["Row 4 (counted from 0): column 'Features' cannot be read", files["none.png"]];
        var catalog = _mlContext.MulticlassClassification;
        AssertMessage(Assert.Throws<InvalidDataException>(() => catalog.EvaluateCalibration(bad)), parts);
        AssertMessage(Assert.Throws<InvalidDataException>(() => catalog.EvaluateSelective(bad)), parts);
        AssertMessage(Assert.Throws<InvalidDataException>(() => catalog.EvaluateOutOfDistribution(good, bad)), ["The out-of-distribution data cannot be used. ", .. parts]);
        var threshold = _mlContext.Transforms.ScoreOutOfDistribution().Append(_mlContext.Transforms.ThresholdOutOfDistribution());
        AssertMessage(Assert.Throws<InvalidDataException>(() => threshold.Fit(bad)), parts);
        AssertMessage(Assert.Throws<InvalidDataException>(() => _mlContext.Transforms.CalibrateTemperature().Fit(bad)), parts);

        // ML.NET's own evaluator may wrap it.
        Assert.IsTrue(Messages(Assert.Throws<Exception>(() => catalog.Evaluate(bad))).Any(message => message.Contains(parts[0], StringComparison.Ordinal)));
    }

    [TestMethod]
    public void AValidationSetThatCannotBeReadSaysSo()
    {
        using var files = new ColourFiles(ColourImages.Rows(6));
        var validation = ColourFiles.Load(_mlContext, files.With(2, files["none.png"]));
        AssertFails(
            ColourImages.Rows(30),
            Trainer(options => options.ValidationSet = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(validation).Transform(validation)),
            "The validation set cannot be used. Row 2 (counted from 0): column 'Features' cannot be read", files["none.png"]);
    }

    [TestMethod]
    public void BytesOfAnImageFileThatIsCutShort()
    {
        using var files = new ColourFiles(ColourImages.Rows(6));
        byte[][] contents = [.. files.Rows.Select(row => File.ReadAllBytes(row.File))];
        Files[] rows = [.. contents.Select((content, index) => new Files { Features = content, Label = ColourImages.Names[index % 3] })];
        Trainer().Fit(_mlContext.Data.LoadFromEnumerable(rows));
        foreach (int missing in new[] { 1, 13, contents[4].Length / 2 })
        {
            rows[4].Features = contents[4][..^missing];
            AssertFails(rows, Trainer(), $"Row 4 (counted from 0): column 'Features' holds {contents[4].Length - missing} bytes that are an image file cut short");
        }
    }

    private IEstimator<ITransformer> Trainer(Action<RandomPrunedResNetTrainer.Options>? change = null)
    {
        var options = ColourImages.Options();
        change?.Invoke(options);
        return ColourImages.Pipeline(_mlContext, options);
    }

    private void AssertFails<TRow>(IEnumerable<TRow> rows, IEstimator<ITransformer> pipeline, params string[] parts) where TRow : class =>
        AssertFails(_mlContext.Data.LoadFromEnumerable(rows), pipeline, parts);

    private static void AssertFails(IDataView data, IEstimator<ITransformer> pipeline, params string[] parts) =>
        AssertMessage(Assert.Throws<InvalidDataException>(() => pipeline.Fit(data)), parts);

    private static IEnumerable<string> Messages(Exception error)
    {
        for (Exception? at = error; at is not null; at = at.InnerException)
        {
            yield return at.Message;
        }
    }

    private static void AssertMessage(Exception error, params string[] parts)
    {
        foreach (string part in parts)
        {
            StringAssert.Contains(error.Message, part, error.ToString());
        }
    }
}
