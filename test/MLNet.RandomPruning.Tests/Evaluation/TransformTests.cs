using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Core.Tests.Evaluation;
using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Tests.Evaluation;

/// <summary>The transforms that score, threshold and calibrate, on the scores of any model.</summary>
[TestClass]
public sealed class TransformTests
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public static IEnumerable<object[]> Methods =>
        OutOfDistributionScore.All.Select(score => score.Name).Append("Energy(2.5)").Select(name => new object[] { name });

    private sealed class Flag
    {
        public bool IsOutOfDistribution { get; set; }
    }

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void AScoreOfLogitsIsTheCoresAndComesBackFromAFile(string name)
    {
        OutOfDistributionScore method = name;
        var (logits, _, classes) = GoldenNumbers.Set("ten");
        var data = ScoredRows.Golden(_mlContext, "ten");

        var transformer = _mlContext.Transforms.ScoreOutOfDistribution(method: method, logitsColumnName: "Score").Fit(data);

        float[] expected = [.. logits.Chunk(classes).Select(row => (float)method.FromLogits(row))];
        CollectionAssert.AreEqual(expected, Scores(transformer.Transform(data)));
        var loaded = (OutOfDistributionScoreTransformer)SaveAndLoad(transformer, data);
        CollectionAssert.AreEqual(expected, Scores(loaded.Transform(data)));
        Assert.AreEqual(method.Name, loaded.Method.Name);
        Assert.AreEqual("Score", loaded.LogitsColumnName);
    }

    [TestMethod]
    [DataRow("MaxSoftmax")]
    [DataRow("Entropy")]
    [DataRow("Margin")]
    public void AScoreOfProbabilitiesIsTheCores(string name)
    {
        OutOfDistributionScore method = name;
        float[][] rows = [[0.5f, 0.25f, 0.25f], [1, 0, 0], [0.1f, 0.2f, 0.7f]];
        var data = ScoredRows.Plain(_mlContext, rows);
        var transformer = _mlContext.Transforms.ScoreOutOfDistribution("OutOfDistributionScore", "Score", method).Fit(data);
        float[] expected = [.. rows.Select(row => (float)method.FromProbabilities(row))];
        CollectionAssert.AreEqual(expected, Scores(transformer.Transform(data)));
        Assert.IsNull(((OutOfDistributionScoreTransformer)SaveAndLoad(transformer, data)).LogitsColumnName);
    }

    [TestMethod]
    public void NothingIsReadUntilAskedAndThenOnlyWhatIsNeeded()
    {
        var watched = new WatchedDataView(ScoredRows.Golden(_mlContext, "ten"));
        var scored = _mlContext.Transforms.ScoreOutOfDistribution(method: "Energy", logitsColumnName: "Score").Fit(watched).Transform(watched);
        Assert.IsEmpty(watched.ColumnsAsked);
        using (scored.GetRowCursor([scored.Schema["Label"]]))
        {
            CollectionAssert.AreEqual(new[] { "Label" }, watched.ColumnsAsked[0]);
        }

        using var cursor = scored.GetRowCursor([scored.Schema["OutOfDistributionScore"]]);
        CollectionAssert.AreEqual(new[] { "Score" }, watched.ColumnsAsked[1]);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<double>(scored.Schema["OutOfDistributionScore"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<uint>(scored.Schema["Label"]));
    }

    [TestMethod]
    [DataRow(0.01)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    [DataRow(0.95)]
    [DataRow(1.0)]
    public void TheThresholdAcceptsTheShareThatWasAskedForAndNoMoreThanItMust(double rate)
    {
        var random = new Random(4);
        float[] scores = [.. Enumerable.Range(0, 301).Select(_ => random.Next(60) / 8f)];
        var data = ScoredRows.Single(_mlContext, scores);

        var transformer = _mlContext.Transforms.ThresholdOutOfDistribution(truePositiveRate: rate).Fit(data);

        double Accepted(double threshold) => scores.Count(score => score <= threshold) / (double)scores.Length;
        Assert.IsGreaterThanOrEqualTo(rate, Accepted(transformer.Threshold));
        if (scores.Any(score => score < transformer.Threshold))
        {
            Assert.IsLessThan(rate, Accepted(scores.Where(score => score < transformer.Threshold).Max()));
        }

        var loaded = (OutOfDistributionThresholdTransformer)SaveAndLoad(transformer, data);
        Assert.AreEqual(transformer.Threshold, loaded.Threshold);
        Assert.AreEqual(rate, loaded.TruePositiveRate);
        CollectionAssert.AreEqual(scores.Select(score => score > transformer.Threshold).ToArray(), Flags(loaded.Transform(data)));
    }

    [TestMethod]
    public void TheTemperatureIsThatOfTheGoldenNumbers()
    {
        foreach (var golden in GoldenNumbers.Section("temperature").EnumerateArray())
        {
            string set = golden.Text("set");
            var data = ScoredRows.Golden(_mlContext, set);
            var transformer = _mlContext.Transforms.CalibrateTemperature(softmax: true).Fit(data);
            Assert.AreEqual(golden.Number("temperature"), transformer.Temperature, GoldenNumbers.Tolerance, set);
            Assert.AreEqual(golden.Number("lossAfter"), transformer.Fit.LossAfter, GoldenNumbers.Tolerance, set);

            // What it makes of the rows are probabilities with the loss and calibration error of the fit.
            var metrics = _mlContext.MulticlassClassification.EvaluateCalibration(transformer.Transform(data));
            Assert.AreEqual(golden.Number("lossAfter"), metrics.NegativeLogLikelihood, GoldenNumbers.Tolerance, set);
            double calibrationError = metrics.ExpectedCalibrationError;
            Assert.AreEqual(golden.Number("eceAfter"), calibrationError, 1e-5, set);
            Assert.IsLessThan(transformer.Fit.LossBefore, metrics.NegativeLogLikelihood, set);
        }
    }

    [TestMethod]
    public void ProbabilitiesGiveTheTemperatureOfTheirLogits()
    {
        var data = ScoredRows.Golden(_mlContext, "ten");
        var ofLogits = _mlContext.Transforms.CalibrateTemperature(softmax: true).Fit(data);
        var probabilities = Softmax(data);

        var ofProbabilities = _mlContext.Transforms.CalibrateTemperature().Fit(probabilities);

        Assert.AreEqual(ofLogits.Temperature, ofProbabilities.Temperature, 1e-4);
        var expected = ColourImages.Scores(_mlContext, ofLogits.Transform(data));
        var actual = ColourImages.Scores(_mlContext, ofProbabilities.Transform(probabilities));
        for (int row = 0; row < expected.Length; row++)
        {
            for (int slot = 0; slot < expected[row].Length; slot++)
            {
                Assert.AreEqual(expected[row][slot], actual[row][slot], 1e-4);
            }
        }
    }

    [TestMethod]
    public void CalibrationLowersTheLossOnOtherDataAndChangesNoPrediction()
    {
        // Few epochs at a high rate on little data: far too sure of itself on noise.
        var options = ColourImages.Options(epochs: 6);
        var model = ColourImages.Pipeline(_mlContext, options).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(90)));
        var heldOut = model.Transform(_mlContext.Data.LoadFromEnumerable(Shuffled(200, seed: 5)));
        var test = _mlContext.Data.LoadFromEnumerable(Shuffled(200, seed: 6));
        var catalog = _mlContext.MulticlassClassification;

        var calibrated = model.Append(_mlContext.Transforms.CalibrateTemperature().Fit(heldOut));

        var before = catalog.EvaluateCalibration(model.Transform(test));
        var after = catalog.EvaluateCalibration(calibrated.Transform(test));
        Assert.IsLessThan(before.NegativeLogLikelihood, after.NegativeLogLikelihood);
        Assert.IsLessThan(before.ExpectedCalibrationError, after.ExpectedCalibrationError);
        Assert.AreEqual(before.Accuracy, after.Accuracy);
        var metrics = catalog.Evaluate(calibrated.Transform(test));
        Assert.AreEqual(after.NegativeLogLikelihood, metrics.LogLoss, 1e-6);
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "green");
        var schema = calibrated.GetOutputSchema(test.Schema)["Score"].Annotations.Schema;
        CollectionAssert.AreEquivalent(
            model.GetOutputSchema(test.Schema)["Score"].Annotations.Schema.Select(annotation => annotation.Name).ToArray(), schema.Select(annotation => annotation.Name).ToArray());
    }

    [TestMethod]
    public void ARowThatCannotBeTakenIsNamed()
    {
        var data = ScoredRows.Keyed(_mlContext, [[0.5f, 0.5f], [float.NaN, 1]], [1, 2]);
        var good = ScoredRows.Keyed(_mlContext, [[0.5f, 0.5f], [0.25f, 0.75f], [0.75f, 0.25f]], [1, 2, 2]);
        const string Where = "Row 1 (counted from 0), column 'Score': ";
        Throws<InvalidDataException>(Where, () => Scores(_mlContext.Transforms.ScoreOutOfDistribution().Fit(data).Transform(data)));
        Throws<InvalidDataException>(Where, () => _mlContext.Transforms.CalibrateTemperature().Fit(data));
        Throws<InvalidDataException>(Where, () => ColourImages.Scores(_mlContext, _mlContext.Transforms.CalibrateTemperature().Fit(good).Transform(data)));
        Throws<InvalidDataException>(Where, () => ColourImages.Scores(_mlContext, _mlContext.Transforms.CalibrateTemperature(softmax: true).Fit(good).Transform(data)));

        var nan = ScoredRows.Single(_mlContext, 1, 2, float.NaN);
        Throws<InvalidDataException>("Row 2 (counted from 0), column 'OutOfDistributionScore': the score is NaN", () => _mlContext.Transforms.ThresholdOutOfDistribution().Fit(nan));
        var threshold = _mlContext.Transforms.ThresholdOutOfDistribution().Fit(ScoredRows.Single(_mlContext, 1, 2));
        Throws<InvalidDataException>("Row 2 (counted from 0), column 'OutOfDistributionScore': the out-of-distribution score is NaN", () => Flags(threshold.Transform(nan)));
    }

    [TestMethod]
    public void ADamagedFileIsRefused()
    {
        var data = ScoredRows.Golden(_mlContext, "ten");
        string path = Path.Combine(_folder, "damaged.zip");
        _mlContext.Model.Save(_mlContext.Transforms.ScoreOutOfDistribution(method: "Energy", logitsColumnName: "Score").Fit(data), data.Schema, path);
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            foreach (var entry in archive.Entries.Where(entry => entry.Name == "Model.key").ToArray())
            {
                using var stream = entry.Open();
                using var memory = new MemoryStream();
                stream.CopyTo(memory);
                byte[] bytes = memory.ToArray();
                if (bytes.AsSpan().IndexOf("Energy"u8) is int at and >= 0)
                {
                    stream.Position = at;
                    stream.Write("Enigma"u8);
                }
            }
        }

        Exception? error = Assert.Throws<Exception>(() => _mlContext.Model.Load(path, out _));
        var messages = new List<string>();
        for (; error is not null; error = error.InnerException)
        {
            messages.Add(error.Message);
        }

        Assert.IsTrue(
            messages.Any(message => message.Contains("The model file is corrupt: the out-of-distribution score cannot be read. 'Enigma' is not a known", StringComparison.Ordinal)),
            string.Join('\n', messages));
    }

    [TestMethod]
    public void WhatCannotBeFittedSaysWhy()
    {
        var data = ScoredRows.Keyed(_mlContext, [[0.5f, 0.5f]], [1]);
        var empty = ScoredRows.Empty(_mlContext);
        Throws<InvalidDataException>("The held-out data has no rows", () => _mlContext.Transforms.CalibrateTemperature().Fit(empty));
        Throws<InvalidDataException>("The in-distribution data has no rows", () => _mlContext.Transforms.ThresholdOutOfDistribution().Fit(ScoredRows.Single(_mlContext)));
        Throws<ArgumentException>("Score column 'Score' is ", () => _mlContext.Transforms.ThresholdOutOfDistribution(scoreColumnName: "Score").Fit(data));
        Throws<ArgumentException>("Put mlContext.Transforms.ScoreOutOfDistribution", () => _mlContext.Transforms.ThresholdOutOfDistribution(scoreColumnName: "Score").Fit(data));
        Throws<ArgumentException>("Score column 'Label' is ", () => _mlContext.Transforms.ScoreOutOfDistribution(scoreColumnName: "Label").Fit(data));
        Throws<ArgumentException>("Label column 'Score' is ", () => _mlContext.Transforms.CalibrateTemperature(labelColumnName: "Score").Fit(data));
        foreach (double rate in new[] { 0, -0.5, 1.01, double.NaN })
        {
            Throws<ArgumentException>("above 0 and at most 1", () => _mlContext.Transforms.ThresholdOutOfDistribution(truePositiveRate: rate));
        }

        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsExactly<OperationCanceledException>(() => _mlContext.Transforms.CalibrateTemperature(cancellationToken: cancelled).Fit(data));
        Assert.ThrowsExactly<OperationCanceledException>(() => _mlContext.Transforms.ThresholdOutOfDistribution(cancellationToken: cancelled).Fit(ScoredRows.Single(_mlContext, 1)));
    }

    [TestMethod]
    public void ATemperatureAtTheEndOfItsRangeIsReported()
    {
        var warnings = new List<string>();
        _mlContext.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
            {
                warnings.Add(e.Message);
            }
        };
        var right = _mlContext.Transforms.CalibrateTemperature().Fit(ScoredRows.Keyed(_mlContext, [[0.75f, 0.25f], [0.25f, 0.75f]], [1, 2]));
        Assert.AreEqual(TemperatureLimit.Lowest, right.Fit.Limit);
        var wrong = _mlContext.Transforms.CalibrateTemperature().Fit(ScoredRows.Keyed(_mlContext, [[0.75f, 0.25f], [0.25f, 0.75f]], [2, 1]));
        Assert.AreEqual(TemperatureLimit.Highest, wrong.Fit.Limit);
        _mlContext.Transforms.CalibrateTemperature().Fit(ScoredRows.Keyed(_mlContext, [[0.5f, 0.5f]], [2]));
        Assert.HasCount(3, warnings, string.Join('\n', warnings));
        StringAssert.Contains(warnings[0], "no row is wrong");
        StringAssert.Contains(warnings[1], "no more than chance");
        StringAssert.Contains(warnings[2], "No temperature changes anything");
    }

    [TestMethod]
    public void AllStagesGoIntoOnePipelineWhosePredictionsAFreshProcessRepeats()
    {
        var options = ColourImages.Options(epochs: 2);
        options.LogitsColumnName = "Logits";
        var pipeline = ColourImages.Pipeline(_mlContext, options)
            .Append(_mlContext.Transforms.ScoreOutOfDistribution(method: "Energy", logitsColumnName: "Logits"))
            .Append(_mlContext.Transforms.ThresholdOutOfDistribution(truePositiveRate: 0.9))
            .Append(_mlContext.Transforms.CalibrateTemperature(scoreColumnName: "Logits", softmax: true))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var train = _mlContext.Data.LoadFromEnumerable(Shuffled(120, seed: 1));
        var model = pipeline.Fit(train);
        var rows = ColourImages.Rows(20, seed: 3).Concat(EvaluatorTests.Noise(20)).ToArray();
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        string path = Path.Combine(_folder, "model.zip"), images = Path.Combine(_folder, "images.bin");
        _mlContext.Model.Save(model, train.Schema, path);
        File.WriteAllBytes(images, [.. rows.SelectMany(row => row.Features)]);

        var expected = _mlContext.Data.CreateEnumerable<GuardedPrediction>(model.Transform(data), reuseRowObject: false)
            .Select(row => $"{row.PredictedLabel} {string.Join(' ', row.Score.Select(Bits))} {Bits(row.OutOfDistributionScore)} {row.IsOutOfDistribution}").ToArray();
        CollectionAssert.AreEqual(expected, UserProgram.Run(UserProgram.PathOf("LoadApp"), path, images));

        using var engine = _mlContext.Model.CreatePredictionEngine<PixelRow, GuardedPrediction>(model);
        for (int row = 0; row < rows.Length; row++)
        {
            var prediction = engine.Predict(rows[row]);
            Assert.AreEqual(expected[row], $"{prediction.PredictedLabel} {string.Join(' ', prediction.Score.Select(Bits))} {Bits(prediction.OutOfDistributionScore)} {prediction.IsOutOfDistribution}");
        }

        bool[] training = Flags(model.Transform(train));
        Assert.IsLessThanOrEqualTo(0.1, training.Count(flag => flag) / (double)training.Length);
    }

    [TestMethod]
    public void WhatTheShapeOfASchemaPromisesIsWhatComes()
    {
        var options = ColourImages.Options();
        options.LogitsColumnName = "Logits";
        var data = _mlContext.Data.LoadFromEnumerable(ColourImages.Rows(30));
        var pipeline = ColourImages.Pipeline(_mlContext, options)
            .Append(_mlContext.Transforms.ScoreOutOfDistribution("Distance", logitsColumnName: "Logits"))
            .Append(_mlContext.Transforms.ThresholdOutOfDistribution("Odd", "Distance"))
            .Append(_mlContext.Transforms.CalibrateTemperature("Calibrated"));
        SchemaShape? shape = null;
        var watched = pipeline.Append(new ShapeWatcher(_mlContext, seen => shape = seen));

        var schema = watched.Fit(data).GetOutputSchema(data.Schema);

        foreach (string name in new[] { "Logits", "Score", "PredictedLabel", "Distance", "Odd", "Calibrated" })
        {
            var promised = shape!.Single(column => column.Name == name);
            var column = schema[name];
            Assert.AreEqual(column.Type is VectorDataViewType ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar, promised.Kind, name);
            Assert.AreEqual(column.Type is VectorDataViewType vector ? vector.ItemType.RawType : column.Type.RawType, promised.ItemType.RawType, name);
            CollectionAssert.AreEquivalent(
                column.Annotations.Schema.Select(annotation => annotation.Name).ToArray(), promised.Annotations.Select(annotation => annotation.Name).ToArray(), name);
        }

        Throws<ArgumentException>("Score column 'Logits' not found", () => ColourImages.Pipeline(_mlContext)
            .Append(_mlContext.Transforms.ScoreOutOfDistribution(method: "Energy", logitsColumnName: "Logits")).Fit(data));
    }

    private sealed class GuardedPrediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];

        public float OutOfDistributionScore { get; set; }

        public bool IsOutOfDistribution { get; set; }
    }

    /// <summary>A stage that changes nothing and tells what columns it was promised.</summary>
    private sealed class ShapeWatcher(MLContext mlContext, Action<SchemaShape> seen) : IEstimator<ITransformer>
    {
        private readonly IEstimator<ITransformer> _copy = mlContext.Transforms.CopyColumns("Copy", "Label");

        public ITransformer Fit(IDataView input) => _copy.Fit(input);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            seen(inputSchema);
            return _copy.GetOutputSchema(inputSchema);
        }
    }

    /// <summary>Rows of which every fourth has a wrong label: no model can be sure of it.</summary>
    private static PixelRow[] Shuffled(int count, int seed)
    {
        var rows = ColourImages.Rows(count, seed);
        for (int row = 0; row < count; row += 4)
        {
            rows[row].Label = ColourImages.Names[(Array.IndexOf(ColourImages.Names, rows[row].Label) + 1) % 3];
        }

        return rows;
    }

    private static string Bits(float score) => BitConverter.SingleToUInt32Bits(score).ToString("x8", System.Globalization.CultureInfo.InvariantCulture);

    private static void Throws<T>(string part, Action action) where T : Exception => StringAssert.Contains(Assert.Throws<T>(action).Message, part);

    private IDataView Softmax(IDataView logits)
    {
        var rows = _mlContext.Data.CreateEnumerable<ScoredRows.KeyRow>(logits, reuseRowObject: false).ToArray();
        foreach (var row in rows)
        {
            double largest = row.Score.Max(), sum = row.Score.Sum(score => Math.Exp(score - largest));
            row.Score = [.. row.Score.Select(score => (float)(Math.Exp(score - largest) / sum))];
        }

        return ScoredRows.Keyed(_mlContext, [.. rows.Select(row => row.Score)], [.. rows.Select(row => row.Label)]);
    }

    private float[] Scores(IDataView data) =>
        [.. _mlContext.Data.CreateEnumerable<ScoredRows.OneScore>(data, reuseRowObject: false).Select(row => row.OutOfDistributionScore)];

    private bool[] Flags(IDataView data) =>
        [.. _mlContext.Data.CreateEnumerable<Flag>(data, reuseRowObject: false).Select(row => row.IsOutOfDistribution)];

    private ITransformer SaveAndLoad(ITransformer model, IDataView data)
    {
        string path = Path.Combine(_folder, "stage.zip");
        _mlContext.Model.Save(model, data.Schema, path);
        var loaded = new MLContext().Model.Load(path, out _);
        return loaded is IEnumerable<ITransformer> chain ? chain.Single() : loaded;
    }
}
