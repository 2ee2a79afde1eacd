using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

[TestClass]
public class SelectiveMetricsTests
{
    [TestMethod]
    public void FourRowsByHand()
    {
        // From the most confident: right, wrong, right, wrong. Risks 0, 1/2, 1/3, 2/4; the best order gives 0, 0, 1/3, 2/4.
        var metrics = SelectiveMetrics.Compute([0.6, 0.9, 0.7, 0.8], [false, true, true, false]);
        Assert.AreEqual(0.5, metrics.Risk);
        Assert.AreEqual((1 / 2.0 + 1 / 3.0 + 2 / 4.0) / 4, metrics.AreaUnderRiskCoverageCurve, 1e-15);
        Assert.AreEqual(1 / 2.0 / 4, metrics.ExcessAreaUnderRiskCoverageCurve, 1e-15);
        CollectionAssert.AreEqual(
            new RiskCoveragePoint[] { new(0.9, 0.25, 0), new(0.8, 0.5, 0.5), new(0.7, 0.75, 1 / 3.0), new(0.6, 1, 0.5) }, metrics.RiskCoverageCurve.ToArray());
    }

    [TestMethod]
    public void TiesCountAsTheMeanOverAllTheirOrders()
    {
        var random = new KeyedRandom(9, RandomPurpose.GeneratedImages);
        for (int round = 0; round < 40; round++)
        {
            double[] confidences = [.. Enumerable.Range(0, 6).Select(_ => (double)random.NextInt(3))];
            bool[] correct = [.. Enumerable.Range(0, 6).Select(_ => random.NextInt(2) == 0)];
            double sum = 0;
            int orders = 0;
            foreach (int[] order in Orders(6))
            {
                // Orders that put a less confident row first are not allowed.
                if (order.Zip(order.Skip(1)).Any(pair => confidences[pair.First] < confidences[pair.Second]))
                {
                    continue;
                }

                orders++;
                int wrong = 0;
                for (int i = 0; i < 6; i++)
                {
                    wrong += correct[order[i]] ? 0 : 1;
                    sum += wrong / (i + 1.0) / 6;
                }
            }

            var metrics = SelectiveMetrics.Compute(confidences, correct);
            Assert.AreEqual(sum / orders, metrics.AreaUnderRiskCoverageCurve, 1e-12);
            Assert.AreEqual(confidences.Distinct().Count(), metrics.RiskCoverageCurve.Count);
            Assert.AreEqual(metrics.Risk, metrics.RiskCoverageCurve[^1].Risk);
        }
    }

    [TestMethod]
    public void BoundsHoldAndOnlyTheOrderMatters()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new KeyedRandom(seed, RandomPurpose.GeneratedImages);
            int rows = 1 + random.NextInt(100);
            double[] confidences = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble())];
            bool[] correct = [.. confidences.Select(confidence => random.NextDouble() < confidence)];
            var metrics = SelectiveMetrics.Compute(confidences, correct);
            Assert.IsTrue(metrics.ExcessAreaUnderRiskCoverageCurve >= -1e-15 && metrics.AreaUnderRiskCoverageCurve <= 1);
            Assert.AreEqual(correct.Count(right => !right) / (double)rows, metrics.Risk, 1e-15);
            var stretched = SelectiveMetrics.Compute([.. confidences.Select(confidence => 1e6 * confidence - 5)], correct);
            Assert.AreEqual(metrics.AreaUnderRiskCoverageCurve, stretched.AreaUnderRiskCoverageCurve);

            // A confidence that knows the answer is the best there is; one that knows nothing has the overall risk.
            Assert.AreEqual(0, SelectiveMetrics.Compute([.. correct.Select(right => right ? 1.0 : 0)], correct).ExcessAreaUnderRiskCoverageCurve, 1e-12);
            Assert.AreEqual(metrics.Risk, SelectiveMetrics.Compute(new double[rows], correct).AreaUnderRiskCoverageCurve, 1e-12);
        }

        Assert.AreEqual(0, SelectiveMetrics.Compute([3, 2, 1, 0], [true, true, false, false]).ExcessAreaUnderRiskCoverageCurve, 1e-15);
        Assert.AreEqual(1, SelectiveMetrics.Compute([3, 2], [false, false]).AreaUnderRiskCoverageCurve);
    }

    [TestMethod]
    public void ScoresGiveTheLargestProbabilityAsConfidence()
    {
        var (logits, labels) = RandomRows.Create(2, 250, 5);
        float[] probabilities = RandomRows.Softmax(logits, 5);
        double[] confidences = [.. Enumerable.Range(0, 250).Select(row => (double)probabilities.Skip(row * 5).Take(5).Max())];
        bool[] correct = [.. Enumerable.Range(0, 250).Select(row => LogSoftmax.IndexOfLargest(logits.AsSpan(row * 5, 5)) == labels[row])];
        double expected = SelectiveMetrics.Compute(confidences, correct).AreaUnderRiskCoverageCurve;
        Assert.AreEqual(expected, SelectiveMetrics.Compute(probabilities, labels, 5).AreaUnderRiskCoverageCurve, 1e-15);
        Assert.AreEqual(expected, SelectiveMetrics.Compute(logits, labels, 5, softmax: true).AreaUnderRiskCoverageCurve, 1e-6);
    }

    [TestMethod]
    public void AThinnedCurveKeepsItsEnds()
    {
        double[] confidences = [.. Enumerable.Range(0, 5000).Select(row => (double)row)];
        bool[] correct = [.. confidences.Select(row => row % 3 != 0)];
        var whole = SelectiveMetrics.Compute(confidences, correct, new SelectiveOptions { CurvePoints = 5000 });
        Assert.HasCount(5000, whole.RiskCoverageCurve);
        var thinned = SelectiveMetrics.Compute(confidences, correct, new SelectiveOptions { CurvePoints = 100 });
        Assert.AreEqual(whole.AreaUnderRiskCoverageCurve, thinned.AreaUnderRiskCoverageCurve);
        Assert.HasCount(100, thinned.RiskCoverageCurve);
        Assert.AreEqual(whole.RiskCoverageCurve[0], thinned.RiskCoverageCurve[0]);
        Assert.AreEqual(whole.RiskCoverageCurve[^1], thinned.RiskCoverageCurve[^1]);
        Assert.IsTrue(thinned.RiskCoverageCurve.Zip(thinned.RiskCoverageCurve.Skip(1)).All(pair => pair.Second.Coverage - pair.First.Coverage < 0.0203));
    }

    [TestMethod]
    public void PrintsATable() => Assert.AreEqual(
        "Selective prediction on 2 rows\n  Risk at full coverage  0.5000\n  AURC                   0.2500\n  E-AURC                 0.0000",
        SelectiveMetrics.Compute([2, 1], [true, false]).ToString());

    [TestMethod]
    public void BadInputIsRefused()
    {
        Refused("There are no confidences", () => SelectiveMetrics.Compute([], []));
        Refused("2 confidences, but 1 rows", () => SelectiveMetrics.Compute([1, 2], [true]));
        Refused("Row 1 (counted from 0): of the confidences, this one is NaN", () => SelectiveMetrics.Compute([1, double.NaN], [true, true]));
        Refused("Row 1 (counted from 0): the label is 3", () => SelectiveMetrics.Compute([1, 0, 1, 0], [0, 3], 2));
        Refused("There are no rows", () => SelectiveMetrics.Compute([], [], 2));
        Refused("at least 2", () => SelectiveMetrics.Compute([1], [true], new SelectiveOptions { CurvePoints = 1 }));

        static void Refused(string message, Func<object> action) => StringAssert.Contains(Assert.Throws<ArgumentException>(() => action()).Message, message);
    }

    private static IEnumerable<int[]> Orders(int count)
    {
        if (count == 0)
        {
            yield return [];
            yield break;
        }

        foreach (int[] shorter in Orders(count - 1))
        {
            for (int place = 0; place < count; place++)
            {
                yield return [.. shorter[..place], count - 1, .. shorter[place..]];
            }
        }
    }
}
