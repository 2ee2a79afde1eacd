using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Core.Tests.Pruning.Schedules;

[TestClass]
public class MaskScheduleTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 10);

    [TestMethod]
    [DataRow("static", "Static")]
    [DataRow(" Gradual ", "Gradual(start=0,interval=100)")]
    [DataRow("gradual( end = 80 , START = 10 )", "Gradual(start=10,end=80,interval=100)")]
    [DataRow("Gradual(interval=7)", "Gradual(start=0,interval=7)")]
    [DataRow("set", "SET(drop=0.3,interval=100)")]
    [DataRow("SET(stop=120,drop=5e-1)", "SET(drop=0.5,interval=100,stop=120)")]
    [DataRow("rigl()", "RigL(drop=0.3,interval=100)")]
    [DataRow("RIGL (drop=.1,interval=3,stop=2)", "RigL(drop=0.1,interval=3,stop=2)")]
    public void TextsReadBackAsTheSameSchedule(string text, string name)
    {
        MaskSchedule schedule = text;
        Assert.AreEqual(name, schedule.Name);
        Assert.AreEqual(name, schedule.ToString());
        Assert.AreEqual(name, MaskSchedule.Parse(name).Name);
    }

    [TestMethod]
    public void FactoriesHaveTheDefaultsOfTheTexts()
    {
        CollectionAssert.AreEqual(
            new[] { MaskSchedule.Static.Name, MaskSchedule.Gradual().Name, MaskSchedule.Set().Name, MaskSchedule.RigL().Name },
            MaskSchedule.All.Select(schedule => schedule.Name).ToArray());
        Assert.AreEqual("Gradual(start=2,end=9,interval=50)", MaskSchedule.Gradual(2, 9, 50).Name);
        Assert.AreEqual("SET(drop=0.2,interval=10,stop=4)", MaskSchedule.Set(0.2, 10, 4).Name);
        Assert.AreEqual("RigL(drop=0.2,interval=10,stop=4)", MaskSchedule.RigL(0.2, 10, 4).Name);
        CollectionAssert.AreEqual(new[] { true, false, false, false }, MaskSchedule.All.Select(schedule => schedule.IsStatic).ToArray());
        CollectionAssert.AreEqual(new[] { false, false, false, true }, MaskSchedule.All.Select(schedule => schedule.NeedsGradients).ToArray());
    }

    [TestMethod]
    [DataRow("Magnitude", "'Magnitude' is not a known mask schedule; it is one of Static, Gradual(")]
    [DataRow("", "'' is not a known mask schedule")]
    [DataRow("Static(start=1)", "Static has no setting 'start'; it takes none")]
    [DataRow("SET(start=1)", "SET has no setting 'start'; it takes drop, interval, stop")]
    [DataRow("SET(drop)", "'drop' is not of the form setting=value")]
    [DataRow("SET(drop=)", "'drop=' is not of the form setting=value")]
    [DataRow("SET(drop=.1,Drop=.2)", "given Drop twice")]
    [DataRow("SET(drop=much)", "takes a number for drop, but 'much' was given")]
    [DataRow("SET(interval=1.5)", "takes a whole number for interval, but '1.5' was given")]
    [DataRow("SET(drop=0)", "SET is given drop=0, but takes a fraction above 0 and below 1")]
    [DataRow("RigL(drop=1)", "RigL is given drop=1, but takes a fraction above 0 and below 1")]
    [DataRow("RigL(drop=NaN)", "RigL is given drop=NaN")]
    [DataRow("RigL(interval=0)", "RigL is given interval=0, but takes at least 1 step")]
    [DataRow("RigL(stop=0)", "RigL is given stop=0, but takes an epoch from 1")]
    [DataRow("Gradual(start=-1)", "Gradual is given start=-1, but takes an epoch from 0")]
    [DataRow("Gradual(start=5,end=5)", "Gradual is given end=5, but takes an epoch above the start, 5")]
    [DataRow("Gradual(interval=-3)", "Gradual is given interval=-3")]
    public void WhatIsNoScheduleIsRefused(string text, string part)
    {
        Exception error = Assert.Throws<ArgumentException>(() => MaskSchedule.Parse(text));
        StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    [DataRow("Gradual(start=1,end=3,interval=4)", 10, 8, new long[] { 14, 18, 22, 26, 30 })]
    [DataRow("Gradual(start=1,end=3,interval=7)", 10, 8, new long[] { 17, 24, 30 })]
    [DataRow("Gradual(interval=100)", 3, 5, new long[] { 7 })]
    [DataRow("Gradual(interval=2)", 3, 5, new long[] { 2, 4, 6, 7 })]
    [DataRow("Gradual(interval=1)", 2, 1, new long[] { 1 })]
    [DataRow("SET(interval=4)", 5, 4, new long[] { 4, 8, 12 })]
    [DataRow("SET(interval=5,stop=4)", 5, 4, new long[] { 5, 10, 15 })]
    [DataRow("RigL(interval=3,stop=2)", 5, 4, new long[] { 3, 6, 9 })]
    [DataRow("Static", 5, 4, new long[0])]
    public void MasksChangeBeforeTheseSteps(string name, int stepsPerEpoch, int epochs, long[] steps)
    {
        var schedule = MaskSchedule.Parse(name);
        CollectionAssert.AreEqual(
            steps, Enumerable.Range(0, stepsPerEpoch * epochs).Select(step => (long)step).Where(step => schedule.UpdatesBefore(step, stepsPerEpoch, epochs)).ToArray());
        bool prunes = name.StartsWith("Gradual", StringComparison.Ordinal);
        for (long step = 0; step < stepsPerEpoch * epochs; step++)
        {
            Assert.AreEqual(!prunes || step >= steps[^1], schedule.HasReachedTarget(step, stepsPerEpoch, epochs), $"{step}");
        }
    }

    [TestMethod]
    [DataRow("Gradual(end=8)", 8, "ends after 8 epochs, but training has 8")]
    [DataRow("Gradual(end=1)", 1, "leave the end out")]
    [DataRow("Gradual(start=4)", 8, "starts after 4 epochs, but ends after half of the 8 epochs")]
    [DataRow("SET(stop=9)", 8, "moves weights for 9 epochs, but training has 8")]
    public void WhatDoesNotFitTheTrainingIsRefused(string name, int epochs, string part) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => MaskSchedule.Parse(name).ThrowIfUnfit(Generate("Unstructured"), epochs)).Message, part);

    [TestMethod]
    [DataRow("Filter")]
    [DataRow("Channel")]
    public void ChannelsThatAreGoneAreNotMoved(string granularity)
    {
        var target = Generate(granularity);
        foreach (var schedule in new[] { MaskSchedule.Set(), MaskSchedule.RigL() })
        {
            string message = Assert.ThrowsExactly<ArgumentException>(() => schedule.ThrowIfUnfit(target, 8)).Message;
            StringAssert.Contains(message, $"cannot move what masks of granularity {granularity} prune");
            StringAssert.Contains(message, "Use the schedule Static or Gradual");
        }

        MaskSchedule.Gradual().ThrowIfUnfit(target, 8);
    }

    [TestMethod]
    public void UnitsThatAreKeptInPartAreNotMoved()
    {
        var weights = Generate("Unstructured");
        var kernels = new NetworkMask(Network, weights.Layers, weights.Origin! with { Granularity = "Kernel" });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => MaskSchedule.Set().ThrowIfUnfit(kernels, 8)).Message, "some units of granularity Kernel are kept in part");
        MaskSchedule.Set().ThrowIfUnfit(Generate("Kernel"), 8);
    }

    private static NetworkMask Generate(string granularity) => MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.5, 3, granularity: granularity);
}
