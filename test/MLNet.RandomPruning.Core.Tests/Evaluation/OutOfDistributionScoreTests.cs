using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

[TestClass]
public class OutOfDistributionScoreTests
{
    private static readonly float[] Probabilities = [0.125f, 0.5f, 0.375f, 0];

    [TestMethod]
    public void ScoresOfProbabilitiesByHand()
    {
        Assert.AreEqual(-0.5, OutOfDistributionScore.MaxSoftmax.FromProbabilities(Probabilities));
        Assert.AreEqual(-0.125, OutOfDistributionScore.Margin.FromProbabilities(Probabilities));
        double entropy = 0.125 * Math.Log(8) + 0.5 * Math.Log(2) + 0.375 * Math.Log(8 / 3.0);
        Assert.AreEqual(entropy, OutOfDistributionScore.Entropy.FromProbabilities(Probabilities), 1e-15);
    }

    [TestMethod]
    public void ScoresOfLogitsByHand()
    {
        // Logits ln 1, ln 4, ln 3 of the probabilities 1/8, 4/8, 3/8.
        float[] logits = [0, (float)Math.Log(4), (float)Math.Log(3)];
        Assert.AreEqual(-0.5, OutOfDistributionScore.MaxSoftmax.FromLogits(logits), 1e-7);
        Assert.AreEqual(-0.125, OutOfDistributionScore.Margin.FromLogits(logits), 1e-7);
        Assert.AreEqual(-Math.Log(8), OutOfDistributionScore.Energy.FromLogits(logits), 1e-7);
        Assert.AreEqual(-2 * Math.Log(1 + 2 + Math.Sqrt(3)), OutOfDistributionScore.EnergyWith(2).FromLogits(logits), 1e-7);
        Assert.AreEqual(-(double)logits[1], OutOfDistributionScore.MaxLogit.FromLogits(logits));
        double entropy = 0.125 * Math.Log(8) + 0.5 * Math.Log(2) + 0.375 * Math.Log(8 / 3.0);
        Assert.AreEqual(entropy, OutOfDistributionScore.Entropy.FromLogits(logits), 1e-7);
    }

    [TestMethod]
    public void HugeLogitsDoNotOverflow()
    {
        foreach (var score in OutOfDistributionScore.All.Append(OutOfDistributionScore.EnergyWith(1e-3)).Append(OutOfDistributionScore.EnergyWith(1e3)))
        {
            foreach (float[] logits in (float[][])[[float.MaxValue, float.MinValue, 0], [1e30f, 1e30f, -1e30f], [-1e30f, -2e30f, -3e30f], [0, 0, 0]])
            {
                Assert.IsTrue(double.IsFinite(score.FromLogits(logits)), $"{score} of {string.Join(", ", logits)}");
            }
        }

        Assert.AreEqual(Math.Log(2), OutOfDistributionScore.Entropy.FromLogits([1e30f, 1e30f, -1e30f]), 1e-15);
        Assert.AreEqual(0, OutOfDistributionScore.Margin.FromLogits([1e30f, 1e30f, -1e30f]));
        Assert.AreEqual(-(double)float.MaxValue, OutOfDistributionScore.Energy.FromLogits([float.MaxValue, float.MinValue, 0]));
    }

    [TestMethod]
    public void FlatterRowsAreMoreOutOfDistribution()
    {
        foreach (var score in OutOfDistributionScore.All)
        {
            double before = double.PositiveInfinity;
            for (float gap = 0; gap < 12; gap += 0.5f)
            {
                double value = score.FromLogits([gap, 0, -0.25f, 0]);
                Assert.IsLessThan(before, value, $"{score} at {gap}");
                before = value;
            }
        }
    }

    [TestMethod]
    public void LogitsAndTheirSoftmaxAgree()
    {
        var (logits, _) = RandomRows.Create(11, 300, 6);
        float[] probabilities = RandomRows.Softmax(logits, 6);
        double[] ofLogits = new double[300], ofProbabilities = new double[300];
        foreach (var score in OutOfDistributionScore.All.Where(score => !score.NeedsLogits))
        {
            score.ScoreAll(logits, 6, logits: true, ofLogits);
            score.ScoreAll(probabilities, 6, logits: false, ofProbabilities);
            for (int row = 0; row < 300; row++)
            {
                Assert.AreEqual(ofLogits[row], ofProbabilities[row], 1e-5, $"{score}, row {row}");
                Assert.AreEqual(ofLogits[row], score.FromLogits(logits.AsSpan(row * 6, 6)));
            }
        }
    }

    [TestMethod]
    public void NamesAreParsedBack()
    {
        CollectionAssert.AreEqual(new[] { "MaxSoftmax", "Energy", "MaxLogit", "Entropy", "Margin" }, OutOfDistributionScore.All.Select(score => score.Name).ToArray());
        foreach (var score in OutOfDistributionScore.All.Append(OutOfDistributionScore.EnergyWith(0.1)))
        {
            Assert.AreEqual(score.Name, OutOfDistributionScore.Parse(score.ToString().ToLowerInvariant()).Name);
        }

        Assert.AreEqual("Energy(2)", OutOfDistributionScore.Parse(" energy (2.0) ").Name);
        Assert.AreSame(OutOfDistributionScore.Energy, OutOfDistributionScore.Parse("Energy(1)"));
        Refused("it is one of MaxSoftmax, Energy, MaxLogit, Entropy, Margin, or Energy(temperature)", () => "Mahalanobis");
        Refused("takes nothing in brackets", () => "Margin(2)");
        Refused("'two' is not a temperature", () => "Energy(two)");
        Refused("must be a finite number above 0", () => "Energy(0)");
        Refused("must be a finite number above 0", () => "Energy(NaN)");

        static void Refused(string message, Func<OutOfDistributionScore> parse) => StringAssert.Contains(Assert.Throws<ArgumentException>(() => parse()).Message, message);
    }

    [TestMethod]
    public void BadRowsAreRefused()
    {
        Assert.IsTrue(OutOfDistributionScore.Energy.NeedsLogits && OutOfDistributionScore.MaxLogit.NeedsLogits);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => OutOfDistributionScore.MaxLogit.FromProbabilities(Probabilities)).Message,
            "needs logits, which probabilities do not give back. Score logits, or use one of MaxSoftmax, Entropy, Margin.");
        Assert.ThrowsExactly<ArgumentException>(() => OutOfDistributionScore.Energy.ScoreAll(Probabilities, 4, logits: false, new double[1]));
        Assert.ThrowsExactly<ScoreRowException>(() => OutOfDistributionScore.Energy.FromLogits([1, float.NegativeInfinity]));
        Assert.ThrowsExactly<ScoreRowException>(() => OutOfDistributionScore.Entropy.FromProbabilities([1, 1]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OutOfDistributionScore.Entropy.FromProbabilities([1]));
        Assert.AreEqual(1, Assert.ThrowsExactly<ScoreRowException>(() => OutOfDistributionScore.Margin.ScoreAll([0, 1, 1, float.NaN], 2, true, new double[2])).Row);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => OutOfDistributionScore.Margin.ScoreAll([0, 1, 1, 0], 2, true, new double[3])).Message, "2 rows, but room for 3 scores");
    }
}
