using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Core.Tests.Evaluation;
using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Tests.Evaluation;

/// <summary>The evaluators through data views, against numbers that an independent program worked out.</summary>
[TestClass]
public sealed class EvaluatorTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void CalibrationIsThatOfTheGoldenNumbers()
    {
        int checks = 0;
        foreach (var golden in GoldenNumbers.Section("calibration").EnumerateArray().Where(one => one.Number("temperature") == 1))
        {
            string set = golden.Text("set");
            var metrics = _mlContext.MulticlassClassification.EvaluateCalibration(
                ScoredRows.Golden(_mlContext, set), bins: golden.GetProperty("bins").GetInt32(), softmax: golden.GetProperty("softmax").GetBoolean());
            Close(golden, "accuracy", metrics.Accuracy, set);
            Close(golden, "ece", metrics.ExpectedCalibrationError, set);
            Close(golden, "eceEqualMass", metrics.EqualMassCalibrationError, set);
            Close(golden, "eceClasswise", metrics.ClasswiseCalibrationError, set);
            Close(golden, "mce", metrics.MaximumCalibrationError, set);
            Close(golden, "brier", metrics.BrierScore, set);
            Close(golden, "nll", metrics.NegativeLogLikelihood, set);
            checks++;
        }

        Assert.IsGreaterThan(5, checks);
    }

    [TestMethod]
    public void SelectivePredictionIsThatOfTheGoldenNumbers()
    {
        // Of the small whole logits of the set that is left out, sums in another order tie or do not tie by a rounding.
        foreach (var golden in GoldenNumbers.Section("selective").EnumerateArray().Where(one => one.Text("set") != "tied"))
        {
            string set = golden.Text("set");
            var metrics = _mlContext.MulticlassClassification.EvaluateSelective(ScoredRows.Golden(_mlContext, set), softmax: golden.GetProperty("softmax").GetBoolean());
            Close(golden, "risk", metrics.Risk, set);
            Close(golden, "aurc", metrics.AreaUnderRiskCoverageCurve, set);
            Close(golden, "excess", metrics.ExcessAreaUnderRiskCoverageCurve, set);
        }
    }

    [TestMethod]
    public void DetectionIsThatOfTheGoldenNumbers()
    {
        var inside = ScoredRows.Golden(_mlContext, "ten");
        var outside = ScoredRows.Golden(_mlContext, "ten-shifted");
        var all = _mlContext.MulticlassClassification.EvaluateUncertainty(
            inside, new Dictionary<string, IDataView> { ["shifted"] = outside, ["the same"] = inside }, new UncertaintyOptions { Softmax = true });
        Assert.HasCount(2 * OutOfDistributionScore.All.Count, all.OutOfDistribution);
        int checks = 0;
        foreach (var golden in GoldenNumbers.Section("detection").EnumerateArray().Where(one => !one.TryGetProperty("in", out _)))
        {
            OutOfDistributionScore scoring = golden.Text("name");
            Check(_mlContext.MulticlassClassification.EvaluateOutOfDistribution(inside, outside, scoring, logitsColumnName: "Score"));
            if (all.OutOfDistribution.SingleOrDefault(set => set.Name == "shifted" && set.Scoring.Name == scoring.Name) is { } found)
            {
                Check(found.Metrics);
                checks++;
            }

            void Check(OutOfDistributionMetrics metrics)
            {
                Close(golden, "auc", metrics.AreaUnderRocCurve, scoring.Name);
                Close(golden, "apOut", metrics.AveragePrecisionOut, scoring.Name);
                Close(golden, "apIn", metrics.AveragePrecisionIn, scoring.Name);
                Close(golden, "fpr95", metrics.FalsePositiveRateAt95, scoring.Name);
                Close(golden, "alarm95", metrics.FalseAlarmRateAt95, scoring.Name);
                Close(golden, "detectionError", metrics.DetectionError, scoring.Name);
            }
        }

        Assert.AreEqual(OutOfDistributionScore.All.Count, checks);
        Assert.IsTrue(all.OutOfDistribution.Where(set => set.Name == "the same").All(set => set.Metrics.AreaUnderRocCurve == 0.5));
        StringAssert.Contains(all.ToString(), "shifted, MaxSoftmax: Out-of-distribution detection");
    }

    [TestMethod]
    public void AFinishedScoreIsTakenAsItIs()
    {
        var ties = GoldenNumbers.Section("detection").EnumerateArray().Single(one => one.Text("name") == "ties");
        IDataView View(string name) => ScoredRows.Single(_mlContext, [.. ties.GetProperty(name).Numbers().Select(value => (float)value)]);

        var metrics = _mlContext.MulticlassClassification.EvaluateOutOfDistribution(View("in"), View("out"), scoreColumnName: "OutOfDistributionScore");

        Close(ties, "auc", metrics.AreaUnderRocCurve, "ties");
        Close(ties, "fpr95", metrics.FalsePositiveRateAt95, "ties");
        Close(ties, "detectionError", metrics.DetectionError, "ties");
    }

    [TestMethod]
    public void ClassNumbersAreAsGoodAsKeys()
    {
        var (scores, labels, classes) = GoldenNumbers.Set("ten");
        var numbered = ScoredRows.Numbered(_mlContext, [.. scores.Chunk(classes)], [.. labels.Select(label => (float)label)]);
        Assert.AreEqual(
            _mlContext.MulticlassClassification.EvaluateCalibration(ScoredRows.Golden(_mlContext, "ten"), softmax: true).ToString(),
            _mlContext.MulticlassClassification.EvaluateCalibration(numbered, softmax: true).ToString());
    }

    [TestMethod]
    public void RowsWithoutALabelAreLeftOutWithAWarning()
    {
        var warnings = new List<string>();
        _mlContext.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
            {
                warnings.Add(e.Message);
            }
        };
        float[][] scores = [[0.75f, 0.25f], [0.5f, 0.5f], [0.25f, 0.75f], [1, 0]];

        var keyed = _mlContext.MulticlassClassification.EvaluateCalibration(ScoredRows.Keyed(_mlContext, scores, [1, 0, 1, 0]));
        var numbered = _mlContext.MulticlassClassification.EvaluateSelective(ScoredRows.Numbered(_mlContext, scores, [0, float.NaN, 0, float.NaN]));

        Assert.AreEqual(2, keyed.Count);
        Assert.AreEqual(0.5, keyed.Accuracy);
        Assert.AreEqual(2, numbered.Count);
        Assert.AreEqual(0.5, numbered.Risk);
        Assert.HasCount(2, warnings.Where(warning => warning.Contains("2 of 4 rows have no label in column 'Label'", StringComparison.Ordinal)).ToArray(), string.Join('\n', warnings));
    }

    [TestMethod]
    public void OnePassGivesWhatTheEvaluatorsGiveOneByOneAndReadsEachSetOnce()
    {
        var model = ColourImages.Pipeline(_mlContext, ColourImages.Options(epochs: 2)).Fit(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(120)));
        var network = model.LastTransformer.WithLogits("Logits");
        var labels = ((IEnumerable<ITransformer>)model).First();
        var test = new WatchedDataView(labels.Transform(_mlContext.Data.LoadFromEnumerable(ColourImages.Rows(70, seed: 2))));
        var noise = new WatchedDataView(_mlContext.Data.LoadFromEnumerable(Noise(50)));
        var scored = network.Transform(test);
        var outside = network.Transform(noise);
        var catalog = _mlContext.MulticlassClassification;
        var bootstrap = new BootstrapOptions { Resamples = 20, Seed = 3 };
        var options = new UncertaintyOptions { LogitsColumnName = "Logits", Bins = 7, Bootstrap = bootstrap, CurvePoints = 30, HistogramBins = 9 };

        var all = catalog.EvaluateUncertainty(scored, new Dictionary<string, IDataView> { ["noise"] = outside }, options);

        Assert.HasCount(1, test.ColumnsAsked);
        Assert.HasCount(1, noise.ColumnsAsked);
        CollectionAssert.AreEquivalent(new[] { "Features", "Label" }, test.ColumnsAsked[0]);
        CollectionAssert.AreEqual(new[] { "Features" }, noise.ColumnsAsked[0]);
        Assert.AreEqual(70, all.Calibration.Count);
        Assert.HasCount(7, all.Calibration.ReliabilityDiagram);
        Same(catalog.EvaluateCalibration(scored, bins: 7, bootstrap: bootstrap), all.Calibration);
        Same(catalog.EvaluateSelective(scored, options: new SelectiveOptions { Bootstrap = bootstrap, CurvePoints = 30 }), all.Selective);
        CollectionAssert.AreEqual(OutOfDistributionScore.All.ToArray(), all.OutOfDistribution.Select(set => set.Scoring).ToArray());
        foreach (var set in all.OutOfDistribution)
        {
            Same(
                catalog.EvaluateOutOfDistribution(
                    scored, outside, set.Scoring, logitsColumnName: "Logits", options: new OutOfDistributionOptions { Bootstrap = bootstrap, CurvePoints = 30, HistogramBins = 9 }),
                set.Metrics);
        }

        // Without logits there are the scores that probabilities give.
        var plain = catalog.EvaluateUncertainty(scored, new Dictionary<string, IDataView> { ["noise"] = outside });
        CollectionAssert.AreEqual(new[] { "MaxSoftmax", "Entropy", "Margin" }, plain.OutOfDistribution.Select(set => set.Scoring.Name).ToArray());
        Assert.AreEqual(all.OutOfDistribution[0].Metrics.AreaUnderRocCurve, plain.OutOfDistribution[0].Metrics.AreaUnderRocCurve, 0.01);
        Assert.AreEqual(_mlContext.MulticlassClassification.Evaluate(scored).MicroAccuracy, plain.Calibration.Accuracy, 1e-12);
        Assert.AreEqual(_mlContext.MulticlassClassification.Evaluate(scored).LogLoss, plain.Calibration.NegativeLogLikelihood, 1e-6);
        Assert.IsEmpty(catalog.EvaluateUncertainty(scored).OutOfDistribution);
    }

    [TestMethod]
    public void CancellationIsHeard()
    {
        var data = ScoredRows.Golden(_mlContext, "ten");
        var cancelled = new CancellationToken(canceled: true);
        var catalog = _mlContext.MulticlassClassification;
        Assert.ThrowsExactly<OperationCanceledException>(() => catalog.EvaluateCalibration(data, softmax: true, cancellationToken: cancelled));
        Assert.ThrowsExactly<OperationCanceledException>(() => catalog.EvaluateSelective(data, softmax: true, cancellationToken: cancelled));
        Assert.ThrowsExactly<OperationCanceledException>(() => catalog.EvaluateOutOfDistribution(data, data, "Energy", logitsColumnName: "Score", cancellationToken: cancelled));
        Assert.ThrowsExactly<OperationCanceledException>(() => catalog.EvaluateUncertainty(data, options: new UncertaintyOptions { Softmax = true }, cancellationToken: cancelled));
    }

    internal static PixelRow[] Noise(int count)
    {
        var random = new Random(9);
        var rows = new PixelRow[count];
        for (int i = 0; i < count; i++)
        {
            rows[i] = new PixelRow { Features = new byte[ColourImages.Size] };
            random.NextBytes(rows[i].Features);
        }

        return rows;
    }

    private static void Same(object expected, object actual) => Assert.AreEqual(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(actual));

    private static void Close(JsonElement golden, string figure, double actual, string what) =>
        Assert.AreEqual(golden.Number(figure), actual, GoldenNumbers.Tolerance, $"{figure} of {what}");
}
