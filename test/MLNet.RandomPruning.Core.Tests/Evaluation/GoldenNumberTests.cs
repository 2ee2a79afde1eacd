using System.Text.Json;
using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

/// <summary>Every metric against golden.py, a NumPy program that works it out from its definition.</summary>
[TestClass]
public class GoldenNumberTests
{
    [TestMethod]
    public void Calibration()
    {
        foreach (var golden in GoldenNumbers.Section("calibration").EnumerateArray())
        {
            var (scores, labels, classes) = GoldenNumbers.Set(golden.Text("set"));
            var options = new CalibrationOptions
            {
                Bins = golden.GetProperty("bins").GetInt32(),
                Softmax = golden.GetProperty("softmax").GetBoolean(),
                Temperature = golden.Number("temperature"),
            };
            string what = $"{golden.Text("set")}, {options.Bins} bins";
            var metrics = CalibrationMetrics.Compute(scores, labels, classes, options);
            Close(golden, "accuracy", metrics.Accuracy, what);
            Close(golden, "meanConfidence", metrics.MeanConfidence, what);
            Close(golden, "ece", metrics.ExpectedCalibrationError, what);
            Close(golden, "eceEqualMass", metrics.EqualMassCalibrationError, what);
            Close(golden, "mce", metrics.MaximumCalibrationError, what);
            Close(golden, "eceClasswise", metrics.ClasswiseCalibrationError, what);
            Close(golden, "brier", metrics.BrierScore, what);
            Close(golden, "nll", metrics.NegativeLogLikelihood, what);
            CloseDiagram(golden.GetProperty("equalWidth"), metrics.ReliabilityDiagram, what);
            CloseDiagram(golden.GetProperty("equalMass"), metrics.EqualMassDiagram, what);
        }
    }

    [TestMethod]
    public void OutOfDistributionScores()
    {
        foreach (var golden in GoldenNumbers.Section("scores").EnumerateArray())
        {
            var (rows, _, classes) = GoldenNumbers.Set(golden.Text("set"));
            OutOfDistributionScore score = golden.Text("score");
            double[] expected = golden.GetProperty("values").Numbers();
            double[] actual = new double[expected.Length];
            score.ScoreAll(rows.AsSpan(0, expected.Length * classes), classes, golden.GetProperty("logits").GetBoolean(), actual);
            for (int row = 0; row < expected.Length; row++)
            {
                Assert.AreEqual(expected[row], actual[row], GoldenNumbers.Tolerance, $"{golden.Text("set")}, {score}, row {row}");
            }
        }
    }

    [TestMethod]
    public void Detection()
    {
        foreach (var golden in GoldenNumbers.Section("detection").EnumerateArray())
        {
            string name = golden.Text("name");
            bool hasNumbers = golden.TryGetProperty("in", out _);
            double[] inScores = hasNumbers ? golden.GetProperty("in").Numbers() : Scores("ten", name);
            double[] outScores = hasNumbers ? golden.GetProperty("out").Numbers() : Scores("ten-shifted", name);
            var metrics = OutOfDistributionMetrics.Compute(inScores, outScores, new OutOfDistributionOptions { HistogramBins = 10 });
            Close(golden, "auc", metrics.AreaUnderRocCurve, name);
            Close(golden, "apOut", metrics.AveragePrecisionOut, name);
            Close(golden, "apIn", metrics.AveragePrecisionIn, name);
            Close(golden, "fpr95", metrics.FalsePositiveRateAt95, name);
            Close(golden, "threshold95", metrics.ThresholdAt95, name);
            Close(golden, "alarm95", metrics.FalseAlarmRateAt95, name);
            Close(golden, "detectionError", metrics.DetectionError, name);
            CollectionAssert.AreEqual(golden.GetProperty("histogramIn").Numbers(), metrics.Histogram.InDistribution.Select(count => (double)count).ToArray(), name);
            CollectionAssert.AreEqual(golden.GetProperty("histogramOut").Numbers(), metrics.Histogram.OutOfDistribution.Select(count => (double)count).ToArray(), name);
            if (hasNumbers)
            {
                CloseCurve(golden.GetProperty("roc"), [.. metrics.RocCurve.Select(point => (point.Threshold, point.FalsePositiveRate, point.TruePositiveRate))], name);
            }
        }

        static double[] Scores(string set, string score)
        {
            var (rows, _, classes) = GoldenNumbers.Set(set);
            double[] scores = new double[rows.Length / classes];
            OutOfDistributionScore.Parse(score).ScoreAll(rows, classes, logits: true, scores);
            return scores;
        }
    }

    [TestMethod]
    public void Selective()
    {
        foreach (var golden in GoldenNumbers.Section("selective").EnumerateArray())
        {
            string name = golden.Text("set");
            var metrics = SelectiveMetrics.Compute(golden.GetProperty("confidence").Numbers(), Correct(golden));
            Check(golden, metrics, name);
            CloseCurve(golden.GetProperty("curve"), [.. metrics.RiskCoverageCurve.Select(point => ((double?)point.Threshold, point.Coverage, point.Risk))], name);

            // Of the small whole logits, sums in another order tie or do not tie by a rounding.
            if (name != "tied")
            {
                var (scores, labels, classes) = GoldenNumbers.Set(name);
                Check(golden, SelectiveMetrics.Compute(scores, labels, classes, golden.GetProperty("softmax").GetBoolean()), name);
            }
        }

        static void Check(JsonElement golden, SelectiveMetrics metrics, string name)
        {
            Close(golden, "risk", metrics.Risk, name);
            Close(golden, "aurc", metrics.AreaUnderRiskCoverageCurve, name);
            Close(golden, "excess", metrics.ExcessAreaUnderRiskCoverageCurve, name);
        }
    }

    [TestMethod]
    public void Temperature()
    {
        foreach (var golden in GoldenNumbers.Section("temperature").EnumerateArray())
        {
            string name = golden.Text("set");
            var (scores, labels, classes) = GoldenNumbers.Set(name);
            var fit = TemperatureScaling.Fit(scores, labels, classes);
            Assert.AreEqual(TemperatureLimit.Inside, fit.Limit);
            Close(golden, "temperature", fit.Temperature, name);
            Close(golden, "lossBefore", fit.LossBefore, name);
            Close(golden, "lossAfter", fit.LossAfter, name);
            Close(golden, "eceBefore", fit.CalibrationErrorBefore, name);
            Close(golden, "eceAfter", fit.CalibrationErrorAfter, name);
        }
    }

    [TestMethod]
    public void BootstrapIntervals()
    {
        var golden = GoldenNumbers.Section("bootstrap");
        var options = new BootstrapOptions
        {
            Seed = golden.GetProperty("seed").GetInt64(), Level = golden.Number("level"), Resamples = golden.GetProperty("resamples").GetInt32(),
        };
        var (scores, labels, classes) = GoldenNumbers.Set("tied");
        Check("calibration", CalibrationMetrics.Compute(scores, labels, classes, new CalibrationOptions { Softmax = true, Bootstrap = options }).Intervals);

        var ties = GoldenNumbers.Section("detection").EnumerateArray().Single(one => one.Text("name") == "ties");
        Check("detection", OutOfDistributionMetrics.Compute(
            ties.GetProperty("in").Numbers(), ties.GetProperty("out").Numbers(), new OutOfDistributionOptions { Bootstrap = options }).Intervals);

        var tied = GoldenNumbers.Section("selective").EnumerateArray().Single(one => one.Text("set") == "tied");
        Check("selective", SelectiveMetrics.Compute(
            tied.GetProperty("confidence").Numbers(), Correct(tied), new SelectiveOptions { Bootstrap = options }).Intervals);

        void Check(string name, IReadOnlyList<BootstrapInterval> intervals)
        {
            double[][] expected = [.. golden.GetProperty(name).EnumerateArray().Select(GoldenNumbers.Numbers)];
            Assert.HasCount(expected.Length, intervals);
            for (int figure = 0; figure < expected.Length; figure++)
            {
                Assert.AreEqual(expected[figure][0], intervals[figure].Range.Low, GoldenNumbers.Tolerance, $"{name}: {intervals[figure]}");
                Assert.AreEqual(expected[figure][1], intervals[figure].Range.High, GoldenNumbers.Tolerance, $"{name}: {intervals[figure]}");
            }
        }
    }

    private static bool[] Correct(JsonElement golden) => [.. golden.GetProperty("correct").EnumerateArray().Select(value => value.GetBoolean())];

    private static void Close(JsonElement golden, string figure, double actual, string what) =>
        Assert.AreEqual(golden.Number(figure), actual, GoldenNumbers.Tolerance, $"{figure} of {what}");

    private static void CloseDiagram(JsonElement golden, IReadOnlyList<ReliabilityBin> bins, string what)
    {
        Assert.HasCount(golden.GetArrayLength(), bins);
        foreach (var (expected, bin) in golden.EnumerateArray().Zip(bins))
        {
            Assert.AreEqual(expected.GetProperty("count").GetInt64(), bin.Count, what);
            Assert.AreEqual(expected.GetProperty("correct").GetInt64(), bin.CorrectCount, what);
            if (bin.Count == 0)
            {
                Assert.IsNull(bin.MeanConfidence);
                Assert.IsNull(bin.Accuracy);
            }
            else
            {
                Close(expected, "confidence", bin.MeanConfidence!.Value, what);
            }
        }
    }

    private static void CloseCurve(JsonElement golden, IReadOnlyList<(double? Threshold, double X, double Y)> points, string what)
    {
        Assert.HasCount(golden.GetArrayLength(), points);
        foreach (var (expected, (threshold, x, y)) in golden.EnumerateArray().Zip(points))
        {
            Assert.AreEqual(expected[0].ValueKind == JsonValueKind.Null, threshold is null, what);
            Assert.AreEqual(threshold is null ? 0 : expected[0].GetDouble(), threshold ?? 0, GoldenNumbers.Tolerance, what);
            Assert.AreEqual(expected[1].GetDouble(), x, GoldenNumbers.Tolerance, what);
            Assert.AreEqual(expected[2].GetDouble(), y, GoldenNumbers.Tolerance, what);
        }
    }
}
