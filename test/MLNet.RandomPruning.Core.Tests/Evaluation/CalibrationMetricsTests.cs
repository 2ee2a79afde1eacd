using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

[TestClass]
public class CalibrationMetricsTests
{
    // Worked by hand. Confidences .9 (right), .6 (wrong), .7 (right), .6 (right).
    private static readonly float[] Four = [0.9f, 0.1f, 0.4f, 0.6f, 0.3f, 0.7f, 0.6f, 0.4f];
    private static readonly int[] FourLabels = [0, 0, 1, 0];

    [TestMethod]
    public void FourRowsByHand()
    {
        var metrics = CalibrationMetrics.Compute(Four, FourLabels, 2, new CalibrationOptions { Bins = 5 });
        Assert.AreEqual(0.75, metrics.Accuracy);
        Assert.AreEqual(0.7, metrics.MeanConfidence, 1e-6);

        // Bins (.4, .6]: 2 rows, confidence .6, accuracy .5; (.6, .8]: .7 and 1; (.8, 1]: .9 and 1.
        Assert.AreEqual((2 * 0.1 + 0.3 + 0.1) / 4, metrics.ExpectedCalibrationError, 1e-6);
        Assert.AreEqual(0.3, metrics.MaximumCalibrationError, 1e-6);
        CollectionAssert.AreEqual(new long[] { 0, 0, 2, 1, 1 }, metrics.ReliabilityDiagram.Select(bin => bin.Count).ToArray());
        Assert.AreEqual((0.1 * 0.1 + 0.6 * 0.6 + 0.3 * 0.3 + 0.4 * 0.4) * 2 / 4, metrics.BrierScore, 1e-6);
        Assert.AreEqual(-(Math.Log(0.9) + Math.Log(0.4) + Math.Log(0.7) + Math.Log(0.6)) / 4, metrics.NegativeLogLikelihood, 1e-6);

        // Class 0: (.2, .4] holds .4 of label 0 and .3 of label 1, then .6 and .9 of label 0 are alone. Class 1: .1, .4 and .6 of
        // label 0 and .7 of label 1 are each alone.
        double class0 = (Math.Abs(0.4 + 0.3 - 1) + 0.4 + 0.1) / 4, class1 = (0.1 + 0.4 + 0.6 + 0.3) / 4;
        Assert.AreEqual((class0 + class1) / 2, metrics.ClasswiseCalibrationError, 1e-6);
    }

    [TestMethod]
    public void EdgesBelongToTheBinBelow()
    {
        // 0.2, 0.4, 0.6, 0.8 and 1 in single precision are the upper edges of five bins.
        for (int edge = 3; edge <= 5; edge++)
        {
            float confidence = edge / 5f;
            var metrics = CalibrationMetrics.Compute([confidence, 1 - confidence], [0], 2, new CalibrationOptions { Bins = 5 });
            Assert.AreEqual(1, metrics.ReliabilityDiagram[edge - 1].Count, $"{confidence}");
        }

        for (int bins = 1; bins <= 40; bins++)
        {
            var metrics = CalibrationMetrics.Compute([0, 0, 0, 0], [2], 4, new CalibrationOptions { Bins = bins, Softmax = true });
            int expected = Enumerable.Range(0, bins).First(bin => (bin + 1.0) / bins >= 0.25);
            Assert.AreEqual(1, metrics.ReliabilityDiagram[expected].Count, $"{bins} bins");
        }
    }

    [TestMethod]
    public void ReliabilityDiagramTellsRangesAndIntervals()
    {
        var bins = CalibrationMetrics.Compute(Four, FourLabels, 2, new CalibrationOptions { Bins = 5 }).ReliabilityDiagram;
        Assert.AreEqual(0.4, bins[2].Lower!.Value, 1e-15);
        Assert.AreEqual(0.6, bins[2].Upper!.Value, 1e-15);
        Assert.AreEqual(0.5, bins[2].Accuracy);
        Assert.AreEqual(-0.1, bins[2].Gap!.Value, 1e-6);
        Assert.AreEqual(Interval.Wilson(1, 2), bins[2].AccuracyInterval);
        Assert.IsNull(bins[0].Gap);
        Assert.AreEqual(new Interval(0, 1), bins[0].AccuracyInterval);
        Assert.AreEqual("(0.0000, 0.2000]: no rows", bins[0].ToString());
        Assert.AreEqual("(0.4000, 0.6000]: 2 rows, confidence 0.6000, accuracy 0.5000 [0.0945, 0.9055]", bins[2].ToString());
    }

    [TestMethod]
    public void EqualMassBinsAreEvenWithoutTiesAndKeepTiesTogether()
    {
        for (int rows = 1; rows < 60; rows += 7)
        {
            var (logits, labels) = RandomRows.Create(rows, rows, 3);
            for (int bins = 1; bins < 20; bins += 3)
            {
                var diagram = CalibrationMetrics.Compute(logits, labels, 3, new CalibrationOptions { Bins = bins, Softmax = true }).EqualMassDiagram;
                Assert.AreEqual(rows, diagram.Sum(bin => bin.Count));
                Assert.IsLessThanOrEqualTo(1, diagram.Max(bin => bin.Count) - diagram.Min(bin => bin.Count));
                var ranges = diagram.Where(bin => bin.Count > 0).ToArray();
                Assert.IsTrue(ranges.Zip(ranges.Skip(1)).All(pair => pair.First.Upper < pair.Second.Lower), $"{rows} rows, {bins} bins");
            }
        }

        // Confidences .5, .5, .5, .5, .9, .9 in three bins: the four begin at rank 0, the two at rank 4.
        float[] tied = [0.5f, 0.5f, 0.9f, 0.1f, 0.5f, 0.5f, 0.9f, 0.1f, 0.5f, 0.5f, 0.5f, 0.5f];
        var tiedDiagram = CalibrationMetrics.Compute(tied, new int[6], 2, new CalibrationOptions { Bins = 3 }).EqualMassDiagram;
        CollectionAssert.AreEqual(new long[] { 4, 0, 2 }, tiedDiagram.Select(bin => bin.Count).ToArray());
        Assert.IsNull(tiedDiagram[1].Lower);
    }

    [TestMethod]
    public void FiguresKeepTheirBounds()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            int classes = 2 + seed % 9, rows = 1 + seed * 3;
            var (logits, labels) = RandomRows.Create(seed, rows, classes, seed % 4 - 1);
            var metrics = CalibrationMetrics.Compute(logits, labels, classes, new CalibrationOptions { Bins = 1 + seed % 20, Softmax = true });
            double overall = Math.Abs(metrics.Accuracy - metrics.MeanConfidence);
            Assert.IsTrue(metrics.ExpectedCalibrationError >= overall - 1e-12 && metrics.ExpectedCalibrationError <= metrics.MaximumCalibrationError + 1e-12);
            Assert.IsTrue(metrics.EqualMassCalibrationError >= overall - 1e-12 && metrics.MaximumCalibrationError <= 1);
            Assert.IsTrue(metrics.ClasswiseCalibrationError is >= 0 and <= 1 && metrics.BrierScore is >= 0 and <= 2 && metrics.NegativeLogLikelihood >= 0);
            Assert.IsTrue(metrics.MeanConfidence >= 1.0 / classes - 1e-7 && metrics.MeanConfidence <= 1);
            Assert.AreEqual(metrics.Accuracy, metrics.ReliabilityDiagram.Sum(bin => bin.CorrectCount) / (double)rows, 1e-15);
            if (metrics.ReliabilityDiagram.Count == 1)
            {
                Assert.AreEqual(0, metrics.ExpectedCalibrationError - overall, 1e-12);
                Assert.AreEqual(0, metrics.EqualMassCalibrationError - overall, 1e-12);
            }
        }
    }

    [TestMethod]
    public void TheOrderOfRowsDoesNotMatter()
    {
        var (logits, labels) = RandomRows.Create(3, 200, 4);
        for (int row = 100; row < 200; row++)
        {
            logits.AsSpan((row - 100) * 4, 4).CopyTo(logits.AsSpan(row * 4));
        }

        var options = new CalibrationOptions { Softmax = true };
        var forward = new CalibrationEvaluator(4, options);
        var backward = new CalibrationEvaluator(4, options);
        forward.AddRows(logits, labels);
        for (int row = 199; row >= 0; row--)
        {
            backward.Add(logits.AsSpan(row * 4, 4), labels[row]);
        }

        var (one, other) = (forward.Compute(), backward.Compute());
        Assert.AreEqual(one.ExpectedCalibrationError, other.ExpectedCalibrationError);
        Assert.AreEqual(one.EqualMassCalibrationError, other.EqualMassCalibrationError);
        Assert.AreEqual(one.MaximumCalibrationError, other.MaximumCalibrationError);
        Assert.AreEqual(one.ClasswiseCalibrationError, other.ClasswiseCalibrationError, 1e-14);
        Assert.AreEqual(one.BrierScore, other.BrierScore, 1e-14);
    }

    [TestMethod]
    public void LogitsGiveWhatTheirSoftmaxGives()
    {
        var (logits, labels) = RandomRows.Create(5, 500, 7);
        var ofLogits = CalibrationMetrics.Compute(logits, labels, 7, new CalibrationOptions { Softmax = true, Temperature = 1.5 });
        var ofProbabilities = CalibrationMetrics.Compute(RandomRows.Softmax(logits, 7, 1.5), labels, 7);
        Assert.AreEqual(ofProbabilities.ExpectedCalibrationError, ofLogits.ExpectedCalibrationError, 1e-7);
        Assert.AreEqual(ofProbabilities.ClasswiseCalibrationError, ofLogits.ClasswiseCalibrationError, 1e-7);
        Assert.AreEqual(ofProbabilities.NegativeLogLikelihood, ofLogits.NegativeLogLikelihood, 1e-6);
    }

    [TestMethod]
    public void ExtremeScoresGiveFiniteFigures()
    {
        // A true class of probability 0 costs -ln 1e-15; from logits the loss is exact.
        var sureAndWrong = CalibrationMetrics.Compute([1, 0, 0], [2], 3);
        Assert.AreEqual(15 * Math.Log(10), sureAndWrong.NegativeLogLikelihood, 1e-12);
        Assert.AreEqual(2, sureAndWrong.BrierScore);
        Assert.AreEqual(1, sureAndWrong.ExpectedCalibrationError);
        var huge = CalibrationMetrics.Compute([1e30f, -1e30f, 0], [1], 3, new CalibrationOptions { Softmax = true });
        Assert.AreEqual(2e30, huge.NegativeLogLikelihood, 1e23);
        var right = CalibrationMetrics.Compute([0, 1, 0, 1], [1, 1], 2);
        Assert.AreEqual(0, right.ExpectedCalibrationError + right.MaximumCalibrationError + right.BrierScore + right.ClasswiseCalibrationError);
        Assert.AreEqual(0, right.NegativeLogLikelihood);
    }

    [TestMethod]
    public void OfEqualScoresTheFirstCounts()
    {
        var options = new CalibrationOptions { Softmax = true };
        Assert.AreEqual(1, CalibrationMetrics.Compute([1, 1, 0], [0], 3, options).Accuracy);
        Assert.AreEqual(0, CalibrationMetrics.Compute([1, 1, 0], [1], 3, options).Accuracy);

        // The larger logit decides even where single precision gives both the same probability.
        Assert.AreEqual(1, CalibrationMetrics.Compute([1, 1.0000001f, 0], [1], 3, options).Accuracy);
    }

    [TestMethod]
    public void MoreRowsMayFollowAResult()
    {
        var evaluator = new CalibrationEvaluator(2);
        evaluator.AddRows(Four.AsSpan(0, 4), FourLabels.AsSpan(0, 2));
        Assert.AreEqual(2, evaluator.Compute().Count);
        evaluator.AddRows(Four.AsSpan(4), FourLabels.AsSpan(2));
        evaluator.AddRows([], []);
        Assert.AreEqual(CalibrationMetrics.Compute(Four, FourLabels, 2).ToString(), evaluator.Compute().ToString());
    }

    [TestMethod]
    public void PrintsATable()
    {
        string[] lines = CalibrationMetrics.Compute(Four, FourLabels, 2, new CalibrationOptions { Bins = 5 }).ToString().Split('\n');
        Assert.AreEqual("Calibration on 4 rows, 2 classes, 5 bins", lines[0]);
        Assert.AreEqual("  Accuracy         0.7500", lines[1]);
        Assert.AreEqual("  ECE              0.1500", lines[3]);
        Assert.HasCount(9, lines);
    }

    [TestMethod]
    public void BadRowsAreNamed()
    {
        Refused([0.5f, 0.5f, float.NaN, 1], [0, 1], "Row 1 (counted from 0): the score of class 0 is NaN");
        Refused([0.5f, 0.5f, float.PositiveInfinity, 1], [0, 1], "Row 1 ");
        Refused([1.25f, -0.25f], [0], "the score of class 1 is -0.25");
        Refused([0.5f, 0.25f], [0], "sum to 0.75");
        Refused([3, -1, 2, 4], [0, 1], "ask for their softmax");
        Refused([0.5f, 0.5f], [2], "Row 0 (counted from 0): the label is 2; with 2 classes the labels go from 0 to 1");
        Refused([0.5f, 0.5f], [-1], "the label is -1");
        var error = Assert.ThrowsExactly<ScoreRowException>(() => CalibrationMetrics.Compute([0, 0, 0, float.NaN], [0, 0], 2, new CalibrationOptions { Softmax = true }));
        Assert.AreEqual(1, error.Row);
        StringAssert.StartsWith(error.Problem, "the logit of class 1 is NaN");

        static void Refused(float[] scores, int[] labels, string message) =>
            StringAssert.Contains(Assert.ThrowsExactly<ScoreRowException>(() => CalibrationMetrics.Compute(scores, labels, 2)).Message, message);
    }

    [TestMethod]
    public void SumsWithinATolerancePass()
    {
        Assert.AreEqual(1, CalibrationMetrics.Compute([0.6665f, 0.3330f], [0], 2).Accuracy);
        Assert.AreEqual(1, CalibrationMetrics.Compute([1.0005f, 0], [0], 2).ReliabilityDiagram[^1].Count);
        Assert.ThrowsExactly<ScoreRowException>(() => CalibrationMetrics.Compute([0.6665f, 0.3315f], [0], 2));
    }

    [TestMethod]
    public void ARefusedRowIsNotTaken()
    {
        var evaluator = new CalibrationEvaluator(2);
        evaluator.Add([0.25f, 0.75f], 1);
        Assert.ThrowsExactly<ScoreRowException>(() => evaluator.Add([0.25f, 0.5f], 1));
        Assert.ThrowsExactly<ArgumentException>(() => evaluator.Add([1], 0));
        Assert.AreEqual(1, evaluator.Count);
        Assert.AreEqual(2 * 0.25 * 0.25, evaluator.Compute().BrierScore);
    }

    [TestMethod]
    public void BadShapesAndOptionsAreRefused()
    {
        Refused("no rows", () => CalibrationMetrics.Compute([], [], 2));
        Refused("no rows", () => new CalibrationEvaluator(2).Compute());
        Refused("at least two classes", () => CalibrationMetrics.Compute([1], [0], 1));
        Refused("not a whole number of rows", () => CalibrationMetrics.Compute([1, 0, 1], [0], 2));
        Refused("2 rows of scores (4 scores of 2 classes), but 1 labels", () => CalibrationMetrics.Compute([1, 0, 1, 0], [0], 2));
        Refused("0 bins", () => new CalibrationEvaluator(2, new CalibrationOptions { Bins = 0 }));
        Refused("temperature is NaN", () => new CalibrationEvaluator(2, new CalibrationOptions { Softmax = true, Temperature = double.NaN }));
        Refused("Softmax = true", () => new CalibrationEvaluator(2, new CalibrationOptions { Temperature = 2 }));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => CalibrationMetrics.Compute(Four, FourLabels, 2, null, cancelled.Token));

        static void Refused(string message, Func<object> action) => StringAssert.Contains(Assert.Throws<ArgumentException>(() => action()).Message, message);
    }

    [TestMethod]
    [DataRow(0, 10, 0, 0.2775)]
    [DataRow(8, 10, 0.4902, 0.9433)]
    [DataRow(10, 10, 0.7225, 1)]
    [DataRow(50, 100, 0.4038, 0.5962)]
    public void WilsonsIntervalHasItsPublishedValues(int successes, int trials, double low, double high)
    {
        var interval = Interval.Wilson(successes, trials);
        Assert.AreEqual(low, interval.Low, 5e-5);
        Assert.AreEqual(high, interval.High, 5e-5);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Interval.Wilson(trials + 1, trials));
    }
}
