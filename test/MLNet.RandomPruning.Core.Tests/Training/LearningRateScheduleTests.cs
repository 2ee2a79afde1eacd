using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

[TestClass]
public class LearningRateScheduleTests
{
    [TestMethod]
    [DataRow(160, 79, 1.0)]
    [DataRow(160, 80, 0.1)]
    [DataRow(160, 119, 0.1)]
    [DataRow(160, 120, 0.01)]
    [DataRow(160, 159, 0.01)]
    [DataRow(5, 1, 1.0)]
    [DataRow(5, 2, 0.1)]
    [DataRow(5, 3, 0.01)]
    [DataRow(5, 4, 0.01)]
    [DataRow(1, 0, 1.0)]
    public void MultiStepFallsAfterHalfAndThreeQuarters(int epochs, int epochsDone, double share)
    {
        const int StepsPerEpoch = 7;
        var schedule = LearningRateSchedule.Parse("multi-step");
        Assert.AreEqual(share, schedule.ShareAt(epochsDone * StepsPerEpoch, StepsPerEpoch, epochs), 1e-15);
        Assert.AreEqual(share, schedule.ShareAt(epochsDone * StepsPerEpoch + StepsPerEpoch - 1, StepsPerEpoch, epochs), 1e-15);
    }

    [TestMethod]
    public void MultiStepTakesEpochsAndAFactor()
    {
        var schedule = LearningRateSchedule.Parse("Multi-Step:3,6,9:0.5");
        double[] shares = [.. Enumerable.Range(0, 12).Select(epoch => schedule.ShareAt(epoch * 10L, 10, 12))];
        CollectionAssert.AreEqual(new[] { 1, 1, 1, .5, .5, .5, .25, .25, .25, .125, .125, .125 }, shares);
    }

    [TestMethod]
    public void CosineFollowsItsFormula()
    {
        var schedule = new CosineSchedule();
        Assert.AreEqual(1, schedule.ShareAt(0, 30, 4));
        Assert.AreEqual(0.75, schedule.ShareAt(40, 30, 4), 1e-15);
        Assert.AreEqual(0.5, schedule.ShareAt(60, 30, 4), 1e-15);
        Assert.AreEqual(0.25, schedule.ShareAt(80, 30, 4), 1e-15);
        for (int step = 0; step < 1000; step++)
        {
            Assert.AreEqual(0.5 * (1 + Math.Cos(Math.PI * step / 1000)), schedule.ShareAt(step, 100, 10), 1e-15);
        }
    }

    [TestMethod]
    [DataRow(0, 0.04)]
    [DataRow(15, 0.52)]
    [DataRow(30, 1.0)]
    [DataRow(65, 0.500002)]
    [DataRow(100, 4e-6)]
    public void OneCycleRisesAndFalls(int step, double share) =>
        Assert.AreEqual(share, new OneCycleSchedule().ShareAt(step, 101, 1), 1e-14);

    [TestMethod]
    public void OneCycleOfASingleStepUsesTheWholeRate() => Assert.AreEqual(1, new OneCycleSchedule().ShareAt(0, 1, 1));

    [TestMethod]
    public void EveryScheduleStaysWithinZeroAndOne()
    {
        foreach (string name in LearningRateSchedule.Names)
        {
            var schedule = LearningRateSchedule.Parse(name);
            foreach (var (stepsPerEpoch, epochs) in new[] { (1, 1), (1, 2), (3, 1), (7, 5), (352, 160) })
            {
                for (long step = 0; step < (long)stepsPerEpoch * epochs; step++)
                {
                    double share = schedule.ShareAt(step, stepsPerEpoch, epochs);
                    Assert.IsTrue(share is >= 0 and <= 1, $"{name}: {share} at step {step} of {stepsPerEpoch} × {epochs}");
                }
            }
        }
    }

    [TestMethod]
    [DataRow("multi-step")]
    [DataRow("multi-step:80,120")]
    [DataRow("multi-step:80,120:0.2")]
    [DataRow("multi-step::0.25")]
    [DataRow("cosine")]
    [DataRow("one-cycle")]
    [DataRow("constant")]
    public void TextRoundTrips(string text)
    {
        var schedule = LearningRateSchedule.Parse(text);
        Assert.AreEqual(text, schedule.ToString());
        Assert.AreEqual(schedule, LearningRateSchedule.Parse(schedule.ToString().ToUpperInvariant()));
    }

    [TestMethod]
    [DataRow("step")]
    [DataRow("")]
    [DataRow("cosine:3")]
    [DataRow("multi-step:a")]
    [DataRow("multi-step:80,")]
    [DataRow("multi-step:80,120:x")]
    [DataRow("multi-step:80:0.1:2")]
    [DataRow("multi-step:-80")]
    public void AnUnknownTextListsWhatIsAllowed(string text)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => LearningRateSchedule.Parse(text));
        StringAssert.Contains(error.Message, $"'{text}'");
        StringAssert.Contains(error.Message, "multi-step, cosine, one-cycle, constant");
    }

    [TestMethod]
    [DataRow("multi-step:120,80", "120, 80")]
    [DataRow("multi-step:0,80", "0, 80")]
    [DataRow("multi-step:80,80", "80, 80")]
    [DataRow("multi-step:80:1", "factor")]
    [DataRow("multi-step:80:0", "factor")]
    [DataRow("multi-step:80:NaN", "NaN")]
    public void BadMilestonesAreNamed(string text, string part) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => LearningRateSchedule.Parse(text)).Message, part);

    [TestMethod]
    public void WarmUpMultipliesTheSchedule()
    {
        var recipe = new TrainingRecipe { Epochs = 8, WarmupEpochs = 2, LearningRate = 0.4, Schedule = LearningRateSchedule.Parse("multi-step:1,6") };
        double[] rates = [.. Enumerable.Range(0, 16).Select(step => recipe.LearningRateAt(step, 2))];
        double[] expected = [.1, .2, .03, .04, .04, .04, .04, .04, .04, .04, .04, .04, .004, .004, .004, .004];
        foreach (var (rate, value) in rates.Zip(expected))
        {
            Assert.AreEqual(value, rate, 1e-15);
        }
    }
}
