using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

[TestClass]
public class TemperatureScalingTests
{
    [TestMethod]
    public void TwoClassesByHand()
    {
        // Every row has logits 2 and 0, three in four rows are right: 1 / (1 + exp(-2/T)) = 3/4, so T = 2 / ln 3.
        float[] logits = [2, 0, 2, 0, 2, 0, 2, 0];
        var fit = TemperatureScaling.Fit(logits, [0, 0, 1, 0], 2);
        Assert.AreEqual(2 / Math.Log(3), fit.Temperature, 1e-9);
        Assert.AreEqual(TemperatureLimit.Inside, fit.Limit);
        Assert.AreEqual(-(3 * Math.Log(0.75) + Math.Log(0.25)) / 4, fit.LossAfter, 1e-12);
        Assert.AreEqual(0, fit.CalibrationErrorAfter, 1e-7);
        Assert.AreEqual(1 / (1 + Math.Exp(-2)) - 0.75, fit.CalibrationErrorBefore, 1e-7);
        StringAssert.StartsWith(fit.ToString(), "Temperature 1.82048 after ");
    }

    [TestMethod]
    public void NoTemperatureIsMoreLikely()
    {
        for (int seed = 0; seed < 25; seed++)
        {
            int classes = 2 + seed % 11;
            var (logits, labels) = RandomRows.Create(seed, 120, classes, 1.5, Math.Pow(10, seed % 5 - 2));
            var fit = TemperatureScaling.Fit(logits, labels, classes);
            Assert.AreEqual(TemperatureLimit.Inside, fit.Limit);
            Assert.IsLessThanOrEqualTo(12, fit.Iterations);
            Assert.IsLessThanOrEqualTo(fit.LossBefore + 1e-12, fit.LossAfter);
            foreach (double factor in (double[])[0.5, 0.99, 1.01, 2])
            {
                var other = CalibrationMetrics.Compute(logits, labels, classes, new CalibrationOptions { Softmax = true, Temperature = fit.Temperature * factor });
                Assert.IsLessThan(other.NegativeLogLikelihood, fit.LossAfter, $"seed {seed}, T = {fit.Temperature}, factor {factor}");
            }
        }
    }

    [TestMethod]
    public void ScaledLogitsScaleTheTemperature()
    {
        var (logits, labels) = RandomRows.Create(1, 200, 5);
        double temperature = TemperatureScaling.Fit(logits, labels, 5).Temperature;
        foreach (float factor in (float[])[1 / 64f, 0.5f, 4, 256])
        {
            double scaled = TemperatureScaling.Fit([.. logits.Select(logit => factor * logit)], labels, 5).Temperature;
            Assert.AreEqual(factor * temperature, scaled, 1e-8 * scaled);
        }
    }

    [TestMethod]
    public void AnyRowsEndAtAFiniteTemperature()
    {
        var right = TemperatureScaling.Fit([5, 0, 0, 5], [0, 1], 2);
        Assert.AreEqual((1e-3, TemperatureLimit.Lowest), (right.Temperature, right.Limit));
        Assert.AreEqual(0, right.LossAfter);
        StringAssert.Contains(right.ToString(), "(the lowest allowed)");
        var barelyRight = TemperatureScaling.Fit([1e-6f, 0, 0, 1e-6f], [0, 1], 2);
        Assert.AreEqual(TemperatureLimit.Lowest, barelyRight.Limit);
        var wrong = TemperatureScaling.Fit([5, 0, 0, 5], [1, 0], 2);
        Assert.AreEqual((1e3, TemperatureLimit.Highest), (wrong.Temperature, wrong.Limit));
        Assert.AreEqual(Math.Log(2), wrong.LossAfter, 0.01);
        var flat = TemperatureScaling.Fit([3, 3, 7, 7], [0, 1], 2);
        Assert.AreEqual((1.0, TemperatureLimit.Anywhere), (flat.Temperature, flat.Limit));
        var bounded = TemperatureScaling.Fit([5, 0, 0, 5], [0, 1], 2, new TemperatureOptions { LowestTemperature = 0.5, HighestTemperature = 0.75 });
        Assert.AreEqual(0.5, bounded.Temperature);
        var huge = TemperatureScaling.Fit(
            [1e30f, 0, 1e30f, 0, 1e30f, 0, 1e30f, 0], [0, 1, 0, 0], 2, new TemperatureOptions { LowestTemperature = 1e-30, HighestTemperature = 1e30 });
        Assert.AreEqual(1e30f / Math.Log(3), huge.Temperature, 1e22);
        var one = TemperatureScaling.Fit([1, 2, 0], [0], 3);
        Assert.AreEqual(TemperatureLimit.Highest, one.Limit);
    }

    [TestMethod]
    public void ProbabilitiesGiveWhatTheirLogitsGive()
    {
        var (logits, labels) = RandomRows.Create(6, 300, 4, scale: 1);
        float[] probabilities = RandomRows.Softmax(logits, 4);
        var ofLogits = TemperatureScaling.Fit(logits, labels, 4);
        var ofProbabilities = TemperatureScaling.Fit(probabilities, labels, 4, new TemperatureOptions { Probabilities = true });
        Assert.AreEqual(ofLogits.Temperature, ofProbabilities.Temperature, 1e-5);
        Assert.AreEqual(ofLogits.LossAfter, ofProbabilities.LossAfter, 1e-6);
        Assert.IsTrue(double.IsFinite(TemperatureScaling.Fit([1, 0, 0, 1, 1, 0], [1, 1, 0], 2, new TemperatureOptions { Probabilities = true }).LossAfter));
    }

    [TestMethod]
    public void RescalingIsTheSoftmaxAtTheTemperature()
    {
        float[] probabilities = new float[3];
        TemperatureScaling.Rescale([0, 2, -4], 2, probabilities);
        double sum = 1 + Math.Exp(1) + Math.Exp(-2);
        Assert.AreEqual(1 / sum, probabilities[0], 1e-7);
        Assert.AreEqual(Math.Exp(1) / sum, probabilities[1], 1e-7);
        Assert.AreEqual(Math.Exp(-2) / sum, probabilities[2], 1e-7);
        float[] inPlace = [0, 2, -4];
        TemperatureScaling.Rescale(inPlace, 2, inPlace);
        CollectionAssert.AreEqual(probabilities, inPlace);
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Rescale([0, 1], 0, new float[2]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Rescale([0, 1], 1, new float[3]));
        Assert.ThrowsExactly<ScoreRowException>(() => TemperatureScaling.Rescale([0, float.NaN], 1, new float[2]));
    }

    [TestMethod]
    public void BadInputIsRefused()
    {
        Refused("There are no rows", [], []);
        Refused("Row 1 (counted from 0): the logit of class 0 is Infinity", [0, 0, float.PositiveInfinity, 0], [0, 0]);
        Refused("the label is 2", [0, 0], [2]);
        Refused("sum to 2", [1, 1], [0], new TemperatureOptions { Probabilities = true });
        Refused("Temperatures from 2 to 1", [0, 0], [0], new TemperatureOptions { LowestTemperature = 2, HighestTemperature = 1 });
        Refused("Temperatures from NaN", [0, 0], [0], new TemperatureOptions { LowestTemperature = double.NaN });
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => TemperatureScaling.Fit([0, 1], [0], 2, null, cancelled.Token));

        static void Refused(string message, float[] scores, int[] labels, TemperatureOptions? options = null) => StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit(scores, labels, 2, options)).Message, message);
    }
}
