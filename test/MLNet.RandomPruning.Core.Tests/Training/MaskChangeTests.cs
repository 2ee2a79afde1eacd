using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;
using static MLNet.RandomPruning.Core.Tests.Training.TrainingSamples;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>Masks that change while the training loop runs.</summary>
[TestClass]
public class MaskChangeTests
{
    // 43 images in batches of 8: six steps an epoch.
    private const int StepsPerEpoch = 6;

    private static readonly ImageSet Training = Images(43), Validation = Images(20, seed: 2);

    [TestMethod]
    [DataRow("SET(drop=0.4,interval=4)")]
    [DataRow("RigL(drop=0.4,interval=4)")]
    public void WeightsMoveAtConstantDensityAndNewOnesStartAtZero(string schedule)
    {
        var target = Target(0.6);
        using var engine = new PooledPixelEngine(Initial(target));
        var updates = new List<MaskUpdate>();
        NetworkState weights = Initial(target), momentum = new(target);
        var loads = new List<int>();
        engine.AfterStep = (_, found) =>
        {
            (weights, momentum) = (engine.State.Clone(), engine.Momentum.Clone());
            return found;
        };
        engine.Loaded = (state, newMomentum) =>
        {
            loads.Add(engine.Steps);
            if (engine.Steps is 0 or 18)
            {
                return;
            }

            AssertMoved(weights, state);
            AssertMoved(momentum, newMomentum!);
            Assert.IsTrue(momentum["fc.weight"].Any(value => value != 0));
        };
        var result = Loop(schedule, updated: updates.Add).Run(engine, Initial(target));

        // Three quarters of 18 steps are 13.
        CollectionAssert.AreEqual(new[] { 0, 4, 8, 12, 18 }, loads);
        CollectionAssert.AreEqual(new long[] { 4, 8, 12 }, updates.Select(update => update.Step).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, updates.Select(update => update.Epoch).ToArray());
        foreach (var update in updates)
        {
            Assert.AreEqual(target.KeptCount, update.KeptBefore);
            Assert.AreEqual(target.KeptCount, update.KeptAfter);
            Assert.IsTrue(update.Dropped > 0);
            Assert.AreEqual(update.Dropped, update.Grown);
        }

        Assert.AreEqual(target.KeptCount - updates[0].Dropped, updates[0].Overlap * target.KeptCount, 1e-9);
        Assert.IsTrue(updates.All(update => update.Overlap < 1));
        Assert.AreEqual(updates[2].Overlap, target.OverlapWith(result.State.Mask));
        CollectionAssert.AreEqual(Enumerable.Repeat<double?>(target.Density, 3).ToArray(), result.History.Select(epoch => epoch.Density).ToArray());
        CollectionAssert.AreEqual(updates.Select(update => (double?)update.Overlap).ToArray(), result.History.Select(epoch => epoch.MaskOverlap).ToArray());
        Assert.IsTrue(target.Layers.Zip(result.State.Mask.Layers).All(pair => pair.First.KeptCount == pair.Second.KeptCount));
    }

    [TestMethod]
    [DataRow("SET(drop=0.4,interval=2)", "Unstructured")]
    [DataRow("RigL(drop=0.4,interval=2)", "Kernel")]
    public void TheShippedEngineTakesMovedWeightsAndMomentumOver(string schedule, string granularity)
    {
        var target = Target(0.6, granularity);
        var present = target;
        int moves = 0;
        using var engine = new WatchedEngine(SparseTrainingEngine.Create(Initial(target), new PixelNormalization([0.5f], [0.5f]), 8, 1))
        {
            OnLoad = (inner, state, momentum) =>
            {
                if (momentum is null || moves++ == 0)
                {
                    // The first load, with a momentum of zeros, and the one of the best model at the end.
                    inner.Load(state, momentum);
                    return;
                }

                NetworkState weights = new(present), velocity = new(present);
                inner.Read(weights, velocity);
                inner.Load(state, momentum);
                NetworkState weightsAfter = new(state.Mask), velocityAfter = new(state.Mask);
                inner.Read(weightsAfter, velocityAfter);
                AssertMoved(weights, weightsAfter);
                AssertMoved(velocity, velocityAfter);
                present = state.Mask;
            },
        };
        var result = Loop(schedule).Run(engine, Initial(target));
        Assert.IsTrue(moves >= 1 + 5, $"{moves}");
        Assert.AreEqual(target.KeptCount, result.State.Mask.KeptCount);
    }

    [TestMethod]
    public void DenseGradientsAreTakenOnTheBatchOfTheStepAndOnlyWhereMasksMove()
    {
        var target = Target(0.6);
        using var engine = new PooledPixelEngine(Initial(target));
        var asked = new List<int>();
        int[] images = [];
        engine.DenseGradientsAsked = (batch, smoothing) =>
        {
            Assert.AreEqual(0.1f, smoothing);
            asked.Add(engine.Steps);
            images = [.. batch.Indices];
        };
        engine.BeforeStep = (step, batch, _) =>
        {
            if (asked.Contains(step - 1))
            {
                CollectionAssert.AreEqual(images, batch.Indices.ToArray());
            }
        };
        Loop("RigL(interval=5)", Recipe with { LabelSmoothing = 0.1 }).Run(engine, Initial(target));
        CollectionAssert.AreEqual(new[] { 5, 10 }, asked);

        using var other = new PooledPixelEngine(Initial(target));
        other.DenseGradientsAsked = (_, _) => Assert.Fail("SET needs no gradients.");
        Loop("SET(interval=5)").Run(other, Initial(target));
    }

    [TestMethod]
    public void WithoutAScheduleNothingChanges()
    {
        using var engine = new PooledPixelEngine(Initial());
        var loads = new List<int>();
        engine.Loaded = (_, _) => loads.Add(engine.Steps);
        engine.DenseGradientsAsked = (_, _) => Assert.Fail("Masks do not move.");
        var result = Loop(MaskSchedule.Static, updated: _ => Assert.Fail("Masks do not change.")).Run(engine, Initial());
        CollectionAssert.AreEqual(new[] { 0, 18 }, loads);
        Assert.IsTrue(result.History.All(epoch => epoch.Density is null && epoch.MaskOverlap is null));
    }

    [TestMethod]
    [DataRow("Unstructured")]
    [DataRow("Kernel")]
    [DataRow("Filter")]
    public void GradualPruningGoesFromDenseToTheTarget(string granularity)
    {
        var target = Target(0.5, granularity);
        var initial = Initial(NetworkMask.Dense(target.Network));
        using var engine = new PooledPixelEngine(initial);
        var updates = new List<MaskUpdate>();
        var result = Loop("Gradual(start=0,end=2,interval=4)", target: target, updated: updates.Add).Run(engine, initial);
        CollectionAssert.AreEqual(new long[] { 4, 8, 12 }, updates.Select(update => update.Step).ToArray());
        Assert.IsTrue(target.SameAs(result.State.Mask));
        Assert.AreEqual(3, result.BestEpoch);
        Assert.IsTrue(updates.All(update => update.Grown == 0 && update.KeptAfter == update.KeptBefore - update.Dropped && update.Overlap == (double)update.KeptAfter / target.Network.WeightCount));
        Assert.AreEqual(target.Network.WeightCount, updates[0].KeptBefore);
        Assert.AreEqual(target.KeptCount, updates[2].KeptAfter);
        Assert.AreEqual(target.Density, result.History[2].Density);
        Assert.IsTrue(result.History[0].Density > result.History[1].Density && result.History[1].Density > result.History[2].Density);
        Assert.AreEqual(result.History[1].Density, result.History[1].MaskOverlap);
    }

    [TestMethod]
    public void OnlyModelsAsSparseAsTheTargetCanBeTheBest()
    {
        // The first epochs are the best on the validation images, but masks reach their target at the end of the third.
        var target = Target(0.5);
        int[] correct = [10, 9, 8, 5, 7, 6];
        var (result, states) = WithValidation(target, "Gradual(end=3,interval=4)", Recipe with { Epochs = 6 }, correct);
        Assert.AreEqual(5, result.BestEpoch);
        AssertSameBits(states[4], result.State);
        Assert.IsTrue(target.SameAs(result.State.Mask));
        Assert.IsFalse(result.StoppedEarly);
    }

    [TestMethod]
    public void EarlyStoppingCountsFromTheTargetOn()
    {
        var (result, _) = WithValidation(Target(0.5), "Gradual(end=3,interval=4)", Recipe with { Epochs = 9, EarlyStoppingPatience = 2 }, [10, 9, 8, 5, 4, 3, 9, 9, 9]);
        Assert.IsTrue(result.StoppedEarly);
        Assert.AreEqual((4, 6), (result.BestEpoch, result.History.Count));
    }

    [TestMethod]
    public void CancelledBeforeTheTargetItGivesWhatIsAtHand()
    {
        var target = Target(0.5);
        var initial = Initial(NetworkMask.Dense(target.Network));
        using var engine = new PooledPixelEngine(initial);
        using var source = new CancellationTokenSource();
        engine.BeforeStep = (step, _, _) =>
        {
            if (step == 9)
            {
                source.Cancel();
            }
        };
        var result = Loop("Gradual(end=2,interval=4)", target: target).Run(engine, initial, source.Token);
        Assert.IsTrue(result.WasCancelled);
        Assert.AreEqual((0, 1), (result.BestEpoch, result.History.Count));
        Assert.IsTrue(result.State.Mask.KeptCount > target.KeptCount && result.State.Mask.KeptCount < target.Network.WeightCount);
        AssertSameBits(engine.State, result.State);
    }

    [TestMethod]
    public void TheBestModelKeepsItsMasksWhileTrainingGoesOnWithOthers()
    {
        var (result, states) = WithValidation(Target(0.6), "SET(drop=0.4,interval=4)", Recipe, [5, 4, 3], dense: false);
        Assert.AreEqual(1, result.BestEpoch);
        Assert.IsTrue(states[0].Mask.SameAs(result.State.Mask));
        Assert.IsFalse(states[2].Mask.SameAs(result.State.Mask));
        AssertSameBits(states[0], result.State);
    }

    [TestMethod]
    public void WhatDoesNotFitTheScheduleIsRefusedBeforeTheFirstStep()
    {
        var target = Target(0.6);
        using var engine = new PooledPixelEngine(Initial(target));
        Refused(Loop("SET"), "never changes the masks in a training of 3 epochs with 6 steps each; use a smaller interval");
        Refused(Loop("SET(stop=4)"), "moves weights for 4 epochs, but training has 3");
        Refused(Loop("Gradual(end=2,interval=2)"), $"but the initial weights have others, which keep {target.KeptCount} of {target.Network.WeightCount} weights");
        Refused(Loop(MaskSchedule.Static, target: Target(0.5)), "but the initial weights have others");
        Refused(Loop(null!), "MaskSchedule is null");
        Assert.AreEqual(0, engine.Steps);

        void Refused(TrainingLoop loop, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => loop.Run(engine, Initial(target))).Message, part);
    }

    [TestMethod]
    public void ATrainedStateGoesOnWithItsMasks()
    {
        // Two trainings of one epoch each at a constant rate without momentum are two epochs of one, with the order of images of a first epoch each.
        var recipe = Recipe with { Epochs = 1, Momentum = 0, Nesterov = false, Schedule = new ConstantSchedule() };
        using var engine = new PooledPixelEngine(Initial());
        var first = new TrainingLoop { Recipe = recipe, TrainingSet = Training }.Run(engine, Initial());
        var second = new TrainingLoop { Recipe = recipe with { Seed = 18 }, TrainingSet = Training }.Run(engine, first.State);
        Assert.AreSame(first.State.Mask, second.State.Mask);
        Assert.AreEqual(1, second.History.Single().Epoch);
        Assert.IsTrue(second.History[0].TrainLoss < first.History[0].TrainLoss);
        Assert.IsFalse(first.State["fc.weight"].SequenceEqual(second.State["fc.weight"]));
    }

    private static NetworkMask Target(double sparsity, string granularity = "Unstructured") =>
        MaskGenerator.Generate(ResNet.Parse("ResNet-8-2").Build(Shape, Classes), LayerwiseRatio.Uniform, sparsity, 3, granularity: granularity);

    private static NetworkState Initial(NetworkMask mask) => WeightInitializer.KaimingNormal.Create(mask, 17);

    private static NetworkState Initial() => TrainingSamples.Initial();

    private static TrainingLoop Loop(MaskSchedule schedule, TrainingRecipe? recipe = null, NetworkMask? target = null, Action<MaskUpdate>? updated = null) => new()
    {
        Recipe = recipe ?? Recipe, TrainingSet = Training, MaskSchedule = schedule, TargetMask = target, MaskUpdated = updated,
    };

    // By position: what both keep is the same, what is new is zero; all that is no weight is the same.
    private static void AssertMoved(NetworkState before, NetworkState after)
    {
        bool moved = false;
        foreach (var tensor in before.Tensors)
        {
            float[] values = after[tensor.Name];
            if (tensor.Kind != StateTensorKind.Weight)
            {
                CollectionAssert.AreEqual(tensor.Values, values);
                continue;
            }

            var old = before.Mask[tensor.Layer.Name].KeptIndices().Zip(tensor.Values).ToDictionary(pair => pair.First, pair => pair.Second);
            foreach (var (position, value) in after.Mask[tensor.Layer.Name].KeptIndices().Zip(values))
            {
                Assert.AreEqual(old.GetValueOrDefault(position), value);
                moved |= !old.ContainsKey(position);
            }
        }

        Assert.IsTrue(moved);
    }

    /// <summary>Trains with ten validation images of which a given number come out right in each epoch.</summary>
    private static (TrainingResult Result, List<NetworkState> States) WithValidation(NetworkMask target, string schedule, TrainingRecipe recipe, int[] correct, bool dense = true)
    {
        var initial = Initial(dense ? NetworkMask.Dense(target.Network) : target);
        using var engine = new PooledPixelEngine(initial);
        var states = new List<NetworkState>();
        engine.AfterPredict = (batch, logits) =>
        {
            logits.Span.Clear();
            for (int i = 0; i < batch.Count; i++)
            {
                int offset = batch.Indices[i] < correct[states.Count] ? 0 : 1;
                logits.Span[i * Classes + (batch.Labels[i] + offset) % Classes] = 1;
            }
        };
        var result = new TrainingLoop
        {
            Recipe = recipe, TrainingSet = Training, ValidationSet = Validation.Slice(0, 10), MaskSchedule = schedule, TargetMask = target,
            EpochCompleted = _ => states.Add(engine.State.Clone()),
        }.Run(engine, initial);
        return (result, states);
    }
}
