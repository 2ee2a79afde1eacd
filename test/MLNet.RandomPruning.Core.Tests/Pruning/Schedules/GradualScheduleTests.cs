using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Pruning.Schedules;

[TestClass]
public class GradualScheduleTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 10);

    // From step 10 to step 30: τ = ¼, ½, ¾, 1 gives 1 − (1 − τ)³ = 37/64, 7/8, 63/64, 1.
    [TestMethod]
    [DataRow(15, 37 / 64.0)]
    [DataRow(20, 7 / 8.0)]
    [DataRow(25, 63 / 64.0)]
    [DataRow(30, 1.0)]
    public void TheShareOfWhatIsPrunedFollowsTheCubicSchedule(int step, double share)
    {
        var target = MaskGenerator.Generate(Network, LayerwiseRatio.ErdosRenyiKernel, 0.9, 3);
        var mask = Update(MaskSchedule.Gradual(1, 3, 5), target, NetworkMask.Dense(Network), step);
        long pruned = Network.WeightCount - target.KeptCount;
        Assert.AreEqual(Network.WeightCount - (long)Math.Round(share * pruned), mask.KeptCount);
    }

    [TestMethod]
    [DataRow("Unstructured")]
    [DataRow("Kernel")]
    [DataRow("2x2")]
    [DataRow("2:4")]
    [DataRow("Filter")]
    [DataRow("Channel")]
    public void MasksGoFromDenseToTheTargetAndWhatIsPrunedStaysPruned(string granularity)
    {
        var target = MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.5, 3, granularity: granularity);
        var schedule = MaskSchedule.Gradual(0, 4, 3);
        var mask = schedule.InitialMask(target);
        Assert.AreEqual(Network.WeightCount, mask.KeptCount);
        Assert.IsFalse(mask.RemovesChannels);
        int changes = 0;
        for (int step = 0; step < 80; step++)
        {
            if (!schedule.UpdatesBefore(step, 10, 8))
            {
                continue;
            }

            var next = Update(schedule, target, mask, step);
            Assert.AreEqual(1, next.OverlapWith(mask));
            Assert.AreEqual(1, target.OverlapWith(next));
            Assert.IsTrue(next.KeptCount <= mask.KeptCount && next.KeptCount < Network.WeightCount);
            mask = next;
            changes++;
        }

        Assert.AreEqual(14, changes);
        Assert.IsTrue(target.SameAs(mask));
    }

    [TestMethod]
    public void HalfOfTheEpochsIsTheDefaultEnd()
    {
        var target = MaskGenerator.Generate(Network, LayerwiseRatio.ErdosRenyiKernel, 0.9, 3);
        var schedule = MaskSchedule.Gradual();

        // 3 epochs of 5 steps: the end is at step 7. One epoch: at step 2 of 5.
        Assert.IsTrue(target.SameAs(Update(schedule, target, NetworkMask.Dense(Network), step: 7, stepsPerEpoch: 5, epochs: 3)));
        Assert.IsTrue(target.SameAs(Update(schedule, target, NetworkMask.Dense(Network), step: 2, stepsPerEpoch: 5, epochs: 1)));
        schedule.ThrowIfUnfit(target, 1);
    }

    private static NetworkMask Update(MaskSchedule schedule, NetworkMask target, NetworkMask present, long step, int stepsPerEpoch = 10, int epochs = 8) =>
        schedule.Update(new MaskUpdateContext
        {
            Weights = new NetworkState(present), Target = target, Step = step, StepsPerEpoch = stepsPerEpoch, Epochs = epochs, Seed = 17,
        });
}
