using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;
using static MLNet.RandomPruning.Core.Tests.Training.TrainingSamples;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>Trainings with masks that change, stopped and resumed.</summary>
[TestClass]
public class MaskCheckpointTests
{
    private static readonly ImageShape Colour = new(3, 12, 10);
    private static readonly ImageSet Training = Images(43), Validation = Images(20, seed: 2);
    private static readonly ImageSet ColourTraining = Images(85, shape: Colour), ColourValidation = Images(21, seed: 2, shape: Colour);

    public static IEnumerable<object[]> Schedules =>
    [
        ["Gradual(end=2,interval=3)", "Unstructured"],
        ["Gradual(interval=4)", "Filter"],
        ["Gradual(start=1,end=2,interval=4)", "2:4"],
        ["SET(drop=0.4,interval=3)", "Unstructured"],
        ["SET(drop=0.5,interval=4,stop=3)", "2:4"],
        ["RigL(drop=0.4,interval=4)", "Unstructured"],
        ["RigL(drop=0.4,interval=5)", "Kernel"],
    ];

    private sealed class KilledException : Exception;

    [TestMethod]
    [DynamicData(nameof(Schedules))]
    public void KilledAroundAnyChangeItResumesToTheSameBits(string schedule, string granularity)
    {
        var target = Target(Shape, granularity);
        var initial = Initial(target, schedule);
        TrainingLoop Loop(string? path, TrainingControl? control, List<MaskUpdate> updates, bool resume = false) => new()
        {
            Recipe = Recipe, TrainingSet = Training, ValidationSet = Validation, CheckpointPath = path, Resume = resume, Control = control,
            MaskSchedule = schedule, TargetMask = target, MaskUpdated = updates.Add,
        };

        var straightUpdates = new List<MaskUpdate>();
        using var straightEngine = new PooledPixelEngine(initial);
        var straight = Loop(null, null, straightUpdates).Run(straightEngine, initial);
        Assert.IsTrue(straightUpdates.Count > 0);
        foreach (int requested in new[] { 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13 })
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            var control = new TrainingControl();
            using var engine = new PooledPixelEngine(initial);
            engine.BeforeStep = (step, _, _) =>
            {
                if (step == requested)
                {
                    control.RequestCheckpoint();
                }
                else if (step == requested + 2)
                {
                    throw new KilledException();
                }
            };
            try
            {
                Loop(path, control, []).Run(engine, initial);
            }
            catch (KilledException)
            {
            }

            // The engine holds other weights, which must not matter.
            var updates = new List<MaskUpdate>();
            using var other = new PooledPixelEngine(new NetworkState(initial.Mask));
            var resumed = Loop(path, null, updates, resume: true).Run(other, initial);
            AssertSame(straight, resumed);
            int kept = (requested + 1) % 6 == 0 ? requested + 1 : requested;
            CollectionAssert.AreEqual(straightUpdates.Where(update => update.Step >= kept).ToArray(), updates);
        }
    }

    [TestMethod]
    [DataRow("Gradual(end=2,interval=3)", "Unstructured")]
    [DataRow("Gradual(interval=4)", "Filter")]
    [DataRow("SET(drop=0.5,interval=4,stop=3)", "2:4")]
    [DataRow("RigL(drop=0.4,interval=4)", "Kernel")]
    public void TheShippedEngineResumesToTheSameBitsWithAnyNumberOfThreads(string schedule, string granularity)
    {
        var target = Target(Colour, granularity);
        var straight = Run(schedule, target, null, threads: 1, cancelAt: 0);
        AssertSame(straight, Run(schedule, target, null, threads: 2, cancelAt: 0));
        Assert.IsTrue(straight.State.Tensors.All(tensor => tensor.Values.All(float.IsFinite)));
        if (!schedule.StartsWith("Gradual", StringComparison.Ordinal))
        {
            Assert.AreEqual(target.KeptCount, straight.State.Mask.KeptCount);
            Assert.IsTrue(straight.History[^1].MaskOverlap < 1);
        }

        foreach (int stop in new[] { 3, 4, 5, 9 })
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            Assert.IsTrue(Run(schedule, target, path, threads: 1 + stop % 2, stop).WasCancelled);
            AssertSame(straight, Run(schedule, target, path, threads: 2 - stop % 2, cancelAt: 0));
        }
    }

    [TestMethod]
    public void AnotherScheduleOrTargetIsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        var target = Target(Colour, "Unstructured");
        Run("SET(interval=4)", target, path, 1, cancelAt: 7);
        Refused("SET(interval=5)", target, "mask schedule is SET(drop=0.3,interval=4) there and SET(drop=0.3,interval=5) here");
        Refused("Static", target, "mask schedule is SET(drop=0.3,interval=4) there and missing here");
        Refused("SET(interval=4)", Target(Colour, "Unstructured", seed: 4), "mask of conv is");

        using var other = new TemporaryFolder();
        string staticPath = other.File("training.checkpoint");
        Run("Static", target, staticPath, 1, cancelAt: 7);
        path = staticPath;
        Refused("SET(interval=4)", target, "mask schedule is missing there and SET(drop=0.3,interval=4) here");

        void Refused(string schedule, NetworkMask mask, string difference) =>
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Run(schedule, mask, path, 1, 0)).Message, difference);
    }

    [TestMethod]
    public void OnlyMasksThatChangeAreInTheCheckpoint()
    {
        var target = Target(Colour, "Unstructured");
        foreach (string schedule in new[] { "Static", "SET(interval=4)" })
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            Run(schedule, target, path, 1, cancelAt: 7);
            using var file = File.OpenRead(path);
            var reader = SafetensorsReader.Read(file);
            Assert.AreEqual(schedule != "Static", reader.Metadata.ContainsKey("mask"));
            Assert.AreEqual(schedule != "Static", reader.Tensors.Keys.Any(name => name.EndsWith(".mask", StringComparison.Ordinal)));
            Assert.AreEqual(schedule != "Static", reader.Metadata["progress"].Contains("density", StringComparison.Ordinal));
        }
    }

    private static NetworkMask Target(ImageShape shape, string granularity, long seed = 3) =>
        MaskGenerator.Generate(ResNet.Parse("ResNet-8-4").Build(shape, Classes), LayerwiseRatio.Uniform, granularity == "2:4" ? 0.55 : 0.5, seed, granularity: granularity);

    private static NetworkState Initial(NetworkMask target, string schedule) =>
        WeightInitializer.KaimingNormal.Create(MaskSchedule.Parse(schedule).InitialMask(target), 17);

    private static TrainingResult Run(string schedule, NetworkMask target, string? path, int threads, int cancelAt)
    {
        var initial = Initial(target, schedule);
        using var source = new CancellationTokenSource();
        using var engine = new WatchedEngine(SparseTrainingEngine.Create(initial, PixelNormalization.Cifar10, 20, threads))
        {
            BeforeStep = step =>
            {
                if (step == cancelAt)
                {
                    source.Cancel();
                }
            },
        };
        return new TrainingLoop
        {
            Recipe = Recipe with { BatchSize = 20, LearningRate = 0.1 }, TrainingSet = ColourTraining, ValidationSet = ColourValidation, CheckpointPath = path,
            Resume = path is not null, MaskSchedule = schedule, TargetMask = target,
        }.Run(engine, initial, source.Token);
    }

    private static void AssertSame(TrainingResult expected, TrainingResult actual)
    {
        Assert.IsTrue(expected.State.Mask.SameAs(actual.State.Mask));
        AssertSameBits(expected, actual);
    }
}
