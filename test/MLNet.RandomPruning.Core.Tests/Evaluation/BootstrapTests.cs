using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

[TestClass]
public class BootstrapTests
{
    [TestMethod]
    public void ResamplesKeepTheSizeOfEachGroup()
    {
        int calls = 0;
        Bootstrap.Intervals(["nothing"], [5, 1, 30], (multiplicities, figures) =>
        {
            Interlocked.Increment(ref calls);
            Assert.AreEqual(36, multiplicities.Length);
            Assert.AreEqual(5, Sum(multiplicities[..5]));
            Assert.AreEqual(1, multiplicities[5]);
            Assert.AreEqual(30, Sum(multiplicities[6..]));
            figures[0] = 0;
        }, new BootstrapOptions { Resamples = 50 });
        Assert.AreEqual(51, calls);

        static int Sum(ReadOnlySpan<int> values)
        {
            int sum = 0;
            foreach (int value in values)
            {
                sum += value;
            }

            return sum;
        }
    }

    [TestMethod]
    public void TheIntervalOfAShareIsThatOfTheBinomial()
    {
        // 400 rows, half of them hits: the share over resamples is binomial with deviation 0.025.
        var interval = Bootstrap.Intervals(["share"], [400], (multiplicities, figures) =>
        {
            int hits = 0;
            for (int row = 0; row < 200; row++)
            {
                hits += multiplicities[row];
            }

            figures[0] = hits / 400.0;
        }, new BootstrapOptions { Resamples = 4000, Seed = 3 })[0];
        Assert.AreEqual(0.5, interval.Estimate);
        Assert.AreEqual(0.5 - 1.96 * 0.025, interval.Range.Low, 0.004);
        Assert.AreEqual(0.5 + 1.96 * 0.025, interval.Range.High, 0.004);
    }

    [TestMethod]
    public void IntervalsCoverTheTruthAsOftenAsTheySay()
    {
        // The AUC of a normal set against one shifted by 1 is Φ(1/√2) = 0.76025.
        int covered = 0;
        for (int round = 0; round < 100; round++)
        {
            var random = new KeyedRandom(round, RandomPurpose.GeneratedImages);
            double[] inScores = [.. Enumerable.Range(0, 80).Select(_ => random.NextGaussian())];
            double[] outScores = [.. Enumerable.Range(0, 60).Select(_ => 1 + random.NextGaussian())];
            var options = new OutOfDistributionOptions { Bootstrap = new BootstrapOptions { Resamples = 200, Level = 0.9, Seed = round } };
            var range = OutOfDistributionMetrics.Compute(inScores, outScores, options).Intervals[0].Range;
            covered += range.Low <= 0.76025 && 0.76025 <= range.High ? 1 : 0;
        }

        // Binomial(100, 0.9) has deviation 3.
        Assert.IsTrue(covered is >= 80 and <= 98, $"{covered}");
    }

    [TestMethod]
    public void EstimatesAreTheFiguresAndOneSeedGivesOneResult()
    {
        var (logits, labels) = RandomRows.Create(8, 150, 4);
        var options = new CalibrationOptions { Softmax = true, Bootstrap = new BootstrapOptions { Resamples = 60, Seed = 5 } };
        var metrics = CalibrationMetrics.Compute(logits, labels, 4, options);
        Assert.HasCount(8, metrics.Intervals);
        foreach (var interval in metrics.Intervals)
        {
            double figure = (double)typeof(CalibrationMetrics).GetProperty(interval.Metric)!.GetValue(metrics)!;
            Assert.AreEqual(figure, interval.Estimate, 1e-14, interval.Metric);
            Assert.IsLessThan(interval.Range.High, interval.Range.Low, interval.Metric);
        }

        CollectionAssert.AreEqual(metrics.Intervals.ToArray(), CalibrationMetrics.Compute(logits, labels, 4, options).Intervals.ToArray());
        var other = CalibrationMetrics.Compute(logits, labels, 4, options with { Bootstrap = options.Bootstrap with { Seed = 6 } });
        Assert.AreNotEqual(metrics.Intervals[0], other.Intervals[0]);
        StringAssert.Contains(metrics.ToString(), $"  ECE              {metrics.ExpectedCalibrationError:F4}  {metrics.Intervals[2].Range} at 95 %");
        StringAssert.StartsWith(metrics.Intervals[0].ToString(), $"Accuracy {metrics.Accuracy:F4} [");

        var detection = OutOfDistributionMetrics.Compute([1, 2, 3, 3, 9], [2, 4, 5], new OutOfDistributionOptions { Bootstrap = options.Bootstrap });
        foreach (var interval in detection.Intervals)
        {
            Assert.AreEqual((double)typeof(OutOfDistributionMetrics).GetProperty(interval.Metric)!.GetValue(detection)!, interval.Estimate, 1e-14, interval.Metric);
        }

        var selective = SelectiveMetrics.Compute([1, 2, 3, 3, 9], [true, false, true, false, true], new SelectiveOptions { Bootstrap = options.Bootstrap });
        foreach (var interval in selective.Intervals)
        {
            Assert.AreEqual((double)typeof(SelectiveMetrics).GetProperty(interval.Metric)!.GetValue(selective)!, interval.Estimate, 1e-14, interval.Metric);
        }
    }

    [TestMethod]
    public void CancellationIsHeardAndErrorsComeThrough()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Bootstrap.Intervals(["x"], [3], (_, _) => cancellation.Cancel(), null, cancellation.Token));
        bool first = true;
        Assert.ThrowsExactly<InvalidTimeZoneException>(() => Bootstrap.Intervals(["x"], [3], (_, _) =>
        {
            if (!first)
            {
                throw new InvalidTimeZoneException();
            }

            first = false;
        }));
    }

    [TestMethod]
    public void BadOptionsAreRefused()
    {
        Refused("1 resamples", new BootstrapOptions { Resamples = 1 }, [3]);
        Refused("level of the intervals is 1;", new BootstrapOptions { Level = 1 }, [3]);
        Refused("level of the intervals is NaN;", new BootstrapOptions { Level = double.NaN }, [3]);
        Refused("groups of at least one row", new BootstrapOptions(), [3, 0]);

        static void Refused(string message, BootstrapOptions options, int[] groups) => StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => Bootstrap.Intervals(["x"], groups, (_, _) => { }, options)).Message, message);
    }
}
