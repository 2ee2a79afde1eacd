using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

[TestClass]
public class OutOfDistributionMetricsTests
{
    [TestMethod]
    public void SixRowsByHand()
    {
        // In 1, 2, 3 against out 2, 4, 5: of nine pairs one ties and one (3, 2) is the wrong way round.
        var metrics = OutOfDistributionMetrics.Compute([1, 2, 3], [2, 4, 5]);
        Assert.AreEqual(7.5 / 9, metrics.AreaUnderRocCurve, 1e-15);

        // Thresholds 5, 4, 3, 2, 1: precision 1, 1, 2/3, 3/5, 3/6 at recall 1/3, 2/3, 2/3, 1, 1.
        Assert.AreEqual(1 / 3.0 + 1 / 3.0 + 0.6 / 3, metrics.AveragePrecisionOut, 1e-15);

        // From below, in as positive: 1, 2, 3 take 1, 3, 4 rows with 1, 2, 3 right.
        Assert.AreEqual((1 + 2 / 3.0 + 3 / 4.0) / 3, metrics.AveragePrecisionIn, 1e-15);
        Assert.AreEqual(3, metrics.ThresholdAt95);
        Assert.AreEqual(1 / 3.0, metrics.FalsePositiveRateAt95, 1e-15);
        Assert.AreEqual(2 / 3.0, metrics.FalseAlarmRateAt95, 1e-15);
        Assert.AreEqual(1 / 6.0, metrics.DetectionError, 1e-15);
        CollectionAssert.AreEqual(
            new[] { (5.0, 0, 0), (4, 0, 1), (3, 0, 2), (2, 1, 2), (1, 2, 3), (double.NaN, 3, 3) },
            metrics.RocCurve.Select(point => (point.Threshold ?? double.NaN, (int)Math.Round(3 * point.FalsePositiveRate), (int)Math.Round(3 * point.TruePositiveRate))).ToArray());
    }

    [TestMethod]
    public void FiguresHoldTogether()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var (inScores, outScores) = Scores(seed);
            var metrics = OutOfDistributionMetrics.Compute(inScores, outScores);
            var swapped = OutOfDistributionMetrics.Compute(outScores, inScores);
            double[] negatedIn = [.. inScores.Select(score => -score)], negatedOut = [.. outScores.Select(score => -score)];
            var mirrored = OutOfDistributionMetrics.Compute(negatedOut, negatedIn);
            Assert.AreEqual(1 - metrics.AreaUnderRocCurve, swapped.AreaUnderRocCurve, 1e-14);
            Assert.AreEqual(metrics.AreaUnderRocCurve, mirrored.AreaUnderRocCurve, 1e-14);
            Assert.AreEqual(metrics.AveragePrecisionIn, mirrored.AveragePrecisionOut, 1e-14);
            Assert.AreEqual(metrics.FalsePositiveRateAt95, mirrored.FalseAlarmRateAt95, 1e-14);
            Assert.AreEqual(metrics.DetectionError, mirrored.DetectionError, 1e-14);

            // The area under straight lines between the curve's points is exact, ties and all.
            var curve = metrics.RocCurve;
            double area = curve.Zip(curve.Skip(1)).Sum(
                pair => (pair.Second.FalsePositiveRate - pair.First.FalsePositiveRate) * (pair.First.TruePositiveRate + pair.Second.TruePositiveRate) / 2);
            Assert.AreEqual(metrics.AreaUnderRocCurve, area, 1e-12);
            Assert.AreEqual(metrics.DetectionError, curve.Min(point => (point.FalsePositiveRate + 1 - point.TruePositiveRate) / 2), 1e-14);
            Assert.AreEqual(OutOfDistributionMetrics.ThresholdFor(inScores, 0.95), metrics.ThresholdAt95);
            Assert.AreEqual(outScores.Count(score => score <= metrics.ThresholdAt95) / (double)outScores.Length, metrics.FalsePositiveRateAt95, 1e-15);
        }
    }

    [TestMethod]
    public void OnlyTheOrderOfScoresMatters()
    {
        var (inScores, outScores) = Scores(7);
        var metrics = OutOfDistributionMetrics.Compute(inScores, outScores);
        var stretched = OutOfDistributionMetrics.Compute([.. inScores.Reverse().Select(Math.Exp)], [.. outScores.Reverse().Select(Math.Exp)]);
        Assert.AreEqual(metrics.AreaUnderRocCurve, stretched.AreaUnderRocCurve);
        Assert.AreEqual(metrics.AveragePrecisionOut, stretched.AveragePrecisionOut);
        Assert.AreEqual(metrics.FalsePositiveRateAt95, stretched.FalsePositiveRateAt95);
        Assert.AreEqual(Math.Exp(metrics.ThresholdAt95), stretched.ThresholdAt95);
    }

    [TestMethod]
    public void AThresholdAcceptsJustEnoughRows()
    {
        for (int count = 1; count <= 200; count++)
        {
            double[] scores = [.. Enumerable.Range(1, count).Select(score => (double)score).Reverse()];
            foreach (int percent in (int[])[1, 5, 50, 90, 95, 99, 100])
            {
                // Whole numbers decide without rounding.
                int expected = (percent * count + 99) / 100;
                Assert.AreEqual(expected, OutOfDistributionMetrics.ThresholdFor(scores, percent / 100.0), $"{percent} % of {count}");
            }
        }

        StringAssert.Contains(Assert.Throws<ArgumentException>(() => OutOfDistributionMetrics.ThresholdFor([1], 0)).Message, "above 0 and at most 1");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => OutOfDistributionMetrics.ThresholdFor([], 0.5)).Message, "There are no in-distribution scores");
    }

    [TestMethod]
    public void AThinnedCurveStaysCloseAndKeepsItsEnds()
    {
        var random = new KeyedRandom(3, RandomPurpose.GeneratedImages);
        double[] inScores = [.. Enumerable.Range(0, 3000).Select(_ => random.NextGaussian())];
        double[] outScores = [.. Enumerable.Range(0, 2000).Select(_ => random.NextGaussian() + 1)];
        var whole = OutOfDistributionMetrics.Compute(inScores, outScores, new OutOfDistributionOptions { CurvePoints = int.MaxValue });
        Assert.HasCount(5001, whole.RocCurve);
        foreach (int points in (int[])[2, 3, 50, 1000])
        {
            var thinned = OutOfDistributionMetrics.Compute(inScores, outScores, new OutOfDistributionOptions { CurvePoints = points });
            Assert.AreEqual(whole.AreaUnderRocCurve, thinned.AreaUnderRocCurve);
            Assert.IsLessThanOrEqualTo(points, thinned.RocCurve.Count);
            Assert.IsGreaterThanOrEqualTo(Math.Min(points, 900), thinned.RocCurve.Count);
            Assert.AreEqual(whole.RocCurve[0], thinned.RocCurve[0]);
            Assert.AreEqual(whole.RocCurve[^1], thinned.RocCurve[^1]);
            Assert.IsTrue(thinned.RocCurve.All(whole.RocCurve.Contains));
            double widest = thinned.RocCurve.Zip(thinned.RocCurve.Skip(1)).Max(
                pair => pair.Second.FalsePositiveRate - pair.First.FalsePositiveRate + pair.Second.TruePositiveRate - pair.First.TruePositiveRate);
            Assert.IsLessThanOrEqualTo(4.0 / (points - 1) + 1e-9, widest);
        }
    }

    [TestMethod]
    public void HistogramsShareTheirEdges()
    {
        var histogram = OutOfDistributionMetrics.Compute([0, 1, 1.5, 4], [2, 3.999, 4], new OutOfDistributionOptions { HistogramBins = 4 }).Histogram;
        CollectionAssert.AreEqual(new double[] { 0, 1, 2, 3, 4 }, histogram.Edges.ToArray());
        CollectionAssert.AreEqual(new long[] { 1, 2, 0, 1 }, histogram.InDistribution.ToArray());
        CollectionAssert.AreEqual(new long[] { 0, 0, 1, 2 }, histogram.OutOfDistribution.ToArray());
        var one = OutOfDistributionMetrics.Compute([3, 3], [3], new OutOfDistributionOptions { HistogramBins = 2 }).Histogram;
        CollectionAssert.AreEqual(new[] { 2.5, 3, 3.5 }, one.Edges.ToArray());
        Assert.AreEqual(2, one.InDistribution.Sum());
        var wide = OutOfDistributionMetrics.Compute([-double.MaxValue, 0], [double.MaxValue]).Histogram;
        Assert.IsTrue(wide.Edges.All(double.IsFinite) && wide.InDistribution.Sum() == 2 && wide.OutOfDistribution[^1] == 1);
        var narrow = OutOfDistributionMetrics.Compute([1e18, 1e18], [Math.BitIncrement(1e18)]).Histogram;
        Assert.AreEqual(3, narrow.InDistribution.Sum() + narrow.OutOfDistribution.Sum());
    }

    [TestMethod]
    public void PrintsATable()
    {
        string[] lines = OutOfDistributionMetrics.Compute([1, 2, 3], [2, 4, 5]).ToString().Split('\n');
        Assert.AreEqual("Out-of-distribution detection on 3 rows in and 3 out", lines[0]);
        Assert.AreEqual("  ROC-AUC                        0.8333", lines[1]);
        Assert.AreEqual("  FPR at 95 % TPR                0.3333", lines[4]);
    }

    [TestMethod]
    public void BadScoresAreRefused()
    {
        Refused("There are no in-distribution scores", [], [1]);
        Refused("There are no out-of-distribution scores", [1], []);
        Refused("Row 1 (counted from 0): of the in-distribution scores, this one is NaN", [1, double.NaN], [1]);
        Refused("Row 2 (counted from 0): of the out-of-distribution scores, this one is Infinity", [1], [1, 2, double.PositiveInfinity]);
        Refused("0 histogram bins", [1], [1], new OutOfDistributionOptions { HistogramBins = 0 });
        Refused("1 curve points", [1], [1], new OutOfDistributionOptions { CurvePoints = 1 });

        static void Refused(string message, double[] inScores, double[] outScores, OutOfDistributionOptions? options = null) => StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => OutOfDistributionMetrics.Compute(inScores, outScores, options)).Message, message);
    }

    private static (double[] In, double[] Out) Scores(int seed)
    {
        var random = new KeyedRandom(seed, RandomPurpose.GeneratedImages);
        bool tied = seed % 2 == 0;
        double[] inScores = [.. Enumerable.Range(0, 1 + random.NextInt(90)).Select(_ => tied ? random.NextInt(9) : random.NextGaussian())];
        double[] outScores = [.. Enumerable.Range(0, 1 + random.NextInt(90)).Select(_ => tied ? 2 + random.NextInt(9) : 1 + random.NextGaussian())];
        return (inScores, outScores);
    }
}
