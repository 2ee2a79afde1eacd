using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Fuzz.Mutation;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Training;
using static MLNet.RandomPruning.Core.Tests.Training.TrainingSamples;

namespace MLNet.RandomPruning.Core.Tests.Training;

[TestClass]
public class CheckpointTests
{
    // 43 images in batches of 8: six steps an epoch, the last with three images.
    private const int StepsPerEpoch = 6;

    private static readonly ImageSet Training = Images(43), Validation = Images(20, seed: 2);

    private sealed class KilledException : Exception;

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void KilledAfterAnyEpochItResumesToTheSameBits(bool validate)
    {
        var straight = Run(Loop(null, validate));
        for (int killed = 1; killed <= 3; killed++)
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            int stop = killed;
            Assert.ThrowsExactly<KilledException>(() => Run(Loop(path, validate, epochCompleted: epoch => KillIf(epoch.Epoch == stop))));
            CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder.Path));

            var resumed = Resume(path, validate, out int steps);
            AssertSameBits(straight, resumed);
            Assert.AreEqual((3 - killed) * StepsPerEpoch, steps);
        }
    }

    [TestMethod]
    public void KilledAnywhereAfterARequestedCheckpointItResumesToTheSameBits()
    {
        var straight = Run(Loop(null, true));
        for (int requested = 1; requested < 3 * StepsPerEpoch; requested++)
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            var control = new TrainingControl();
            using var engine = new PooledPixelEngine(Initial());
            engine.BeforeStep = (step, _, _) =>
            {
                KillIf(step == requested + 2);
                if (step == requested)
                {
                    control.RequestCheckpoint();
                    control.RequestCheckpoint();
                }
            };
            if (requested + 2 <= 3 * StepsPerEpoch)
            {
                Assert.ThrowsExactly<KilledException>(() => Loop(path, true, control).Run(engine, Initial()));
            }
            else
            {
                Loop(path, true, control).Run(engine, Initial());
            }

            var resumed = Resume(path, true, out int steps);
            AssertSameBits(straight, resumed);

            // One more step was done after the one asked for; when it ended an epoch, that epoch's checkpoint took its place.
            int kept = (requested + 1) % StepsPerEpoch == 0 ? requested + 1 : requested;
            Assert.AreEqual(3 * StepsPerEpoch - kept, steps);
        }
    }

    [TestMethod]
    public void CancelledAtRandomPointsAgainAndAgainItResumesToTheSameBits()
    {
        var recipe = Recipe with { Epochs = 6, Schedule = new OneCycleSchedule(), WarmupEpochs = 2, LabelSmoothing = 0.1 };
        var straight = Run(Loop(null, true, recipe: recipe));
        for (int round = 0; round < 8; round++)
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("training.checkpoint");
            var random = new KeyedRandom(round, RandomPurpose.GeneratedImages);
            TrainingResult result;
            int runs = 0;
            do
            {
                using var source = new CancellationTokenSource();
                using var engine = new PooledPixelEngine(Initial());

                // Somewhere in the next steps, or in the middle of a validation.
                int steps = 1 + random.NextInt(9);
                bool inValidation = random.NextInt(3) == 0;
                engine.BeforeStep = (step, _, _) => CancelIf(step == steps);
                engine.AfterPredict = (_, _) => CancelIf(inValidation);
                result = Loop(path, true, recipe: recipe, resume: true).Run(engine, Initial(), source.Token);
                Assert.IsTrue(++runs < 100);

                void CancelIf(bool now)
                {
                    if (now)
                    {
                        source.Cancel();
                    }
                }
            }
            while (result.WasCancelled);
            AssertSameBits(straight, result);
        }
    }

    [TestMethod]
    public void AnEarlyStopIsRememberedByTheCheckpoint()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        var recipe = Recipe with { Epochs = 40, EarlyStoppingPatience = 1, LearningRate = 1e-9 };
        var straight = Run(Loop(path, true, recipe: recipe));
        Assert.IsTrue(straight.StoppedEarly);
        var again = Resume(path, true, out int steps, recipe);
        Assert.AreEqual(0, steps);
        AssertSameBits(straight, again);
    }

    [TestMethod]
    public void WithoutACheckpointYetResumingStartsAtTheBeginning()
    {
        using var folder = new TemporaryFolder();
        var resumed = Loop(folder.File("training.checkpoint"), true, resume: true);
        AssertSameBits(Run(Loop(null, true)), Run(resumed));
    }

    [TestMethod]
    public void DivergenceLeavesTheCheckpointOfTheLastGoodEpoch()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        using var engine = new PooledPixelEngine(Initial());
        byte[] good = [];
        engine.AfterStep = (step, found) => step == 2 * StepsPerEpoch ? found with { Loss = double.NaN } : found;
        Assert.ThrowsExactly<TrainingDivergedException>(() =>
            Loop(path, true, epochCompleted: _ => good = File.ReadAllBytes(path)).Run(engine, Initial()));
        CollectionAssert.AreEqual(good, File.ReadAllBytes(path));
        AssertSameBits(Run(Loop(null, true)), Resume(path, true, out int steps));
        Assert.AreEqual(2 * StepsPerEpoch, steps);
    }

    public static IEnumerable<object[]> OtherTrainings =>
    [
        ["Epochs is 3 there and 4 here", (object)(Recipe with { Epochs = 4 })],
        ["BatchSize is 8 there and 9 here", Recipe with { BatchSize = 9 }],
        ["LearningRate is 0.5 there and 0.25 here", Recipe with { LearningRate = 0.25 }],
        ["Momentum is 0.9 there and 0.8 here", Recipe with { Momentum = 0.8 }],
        ["Nesterov is True there and False here", Recipe with { Nesterov = false }],
        ["WeightDecay is 0.0005 there and 0 here", Recipe with { WeightDecay = 0 }],
        ["DecayNormAndBias is True there and False here", Recipe with { DecayNormAndBias = false }],
        ["Schedule is multi-step there and multi-step:2 here", Recipe with { Schedule = new MultiStepSchedule([2]) }],
        ["WarmupEpochs is 0 there and 1 here", Recipe with { WarmupEpochs = 1 }],
        ["LabelSmoothing is 0 there and 0.1 here", Recipe with { LabelSmoothing = 0.1 }],
        ["Augmentation is padding 2 Reflect, flip True there and padding 2 Zero, flip True here", Recipe with { Augmentation = new Augmentation(2, PaddingMode.Zero) }],
        ["Seed is 17 there and 18 here", Recipe with { Seed = 18 }],
        ["EarlyStoppingPatience is off there and 2 here", Recipe with { EarlyStoppingPatience = 2 }],
        ["TrackStepGradientNorms is missing there and on here", Recipe with { TrackStepGradientNorms = true }],
        ["TrackLayerGradientNorms is missing there and on here", Recipe with { TrackLayerGradientNorms = true }],
    ];

    [TestMethod]
    [DynamicData(nameof(OtherTrainings))]
    public void AnotherRecipeIsRefusedByName(string difference, TrainingRecipe recipe)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        Run(Loop(path, true));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Run(Loop(path, true, recipe: recipe, resume: true)));
        StringAssert.Contains(error.Message, $"'{path}'");
        StringAssert.Contains(error.Message, $"it belongs to another training: {difference}.");
    }

    [TestMethod]
    public void OtherFirstWeightsOfTheSameMasksAreRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        Run(Loop(path, true));
        var other = Initial();
        other.Tensors[0].Values[0] += 1;
        using var engine = new PooledPixelEngine(other);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Loop(path, true, resume: true).Run(engine, other));
        StringAssert.Contains(error.Message, "it belongs to another training: fingerprint of the first weights is ");
    }

    [TestMethod]
    public void EverySettingOfTheRecipeIsCompared() =>
        Assert.AreEqual(typeof(TrainingRecipe).GetProperties().Length, OtherTrainings.Count(), "A new setting needs a line in the list above.");

    [TestMethod]
    public void OtherDataMasksAndNetworksAreRefusedByName()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        Run(Loop(path, true));
        Refused(Initial(), Images(42), Validation, "training set is 43 images");
        Refused(Initial(), Images(43, seed: 9), Validation, "training set is 43 images");
        Refused(Initial(), Training, Images(20, seed: 9), "validation set is 20 images");
        Refused(Initial(), Training, null, "and none here");
        Refused(WeightInitializer.KaimingNormal.Create(Mask(seed: 4), 17), Training, Validation, "mask of conv is 12 kept weights");
        Refused(WeightInitializer.KaimingNormal.Create(Mask(network: "ResNet-14-2"), 17), Training, Validation, "network is ResNet-8-2 there and ResNet-14-2 here");

        void Refused(NetworkState initial, ImageSet training, ImageSet? validation, string difference)
        {
            using var engine = new PooledPixelEngine(initial);
            var loop = new TrainingLoop { Recipe = Recipe, TrainingSet = training, ValidationSet = validation, CheckpointPath = path, Resume = true };
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => loop.Run(engine, initial)).Message, difference);
            Assert.AreEqual(0, engine.Steps);
        }
    }

    [TestMethod]
    public void ADamagedCheckpointIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        Run(Loop(path, true));
        byte[] whole = File.ReadAllBytes(path);
        var random = new KeyedRandom(1, RandomPurpose.GeneratedImages);
        for (int round = 0; round < 60; round++)
        {
            byte[] damaged = [.. whole];
            if (round % 3 == 0)
            {
                damaged = damaged[..random.NextInt(damaged.Length)];
            }
            else
            {
                damaged[random.NextInt(damaged.Length)] ^= (byte)(1 << random.NextInt(8));
            }

            File.WriteAllBytes(path, damaged);
            var error = Assert.ThrowsExactly<InvalidDataException>(() => Resume(path, true, out _), $"round {round}");
            StringAssert.Contains(error.Message, $"The checkpoint '{path}' cannot be used:");
        }
    }

    [TestMethod]
    [DataRow("progress", "\"elapsedTicks\":", "\"elapsedTicks\":9223372036854775807,\"was\":", "elapsedTicks")]
    [DataRow("progress", "\"elapsedTicks\":", "\"elapsedTicks\":-1,\"was\":", "elapsedTicks")]
    [DataRow("progress", "\"images\":", "\"images\":-1,\"was\":", "images")]
    [DataRow("progress", "\"correct\":", "\"correct\":2147483647,\"was\":", "classified correctly")]
    [DataRow("progress", "\"loss\":", "\"loss\":1e999,\"was\":", "too large")]
    [DataRow("identity", "{", "{\"network\":\"x\",", "'network'")]
    public void ACheckpointThatSaysWhatCannotBeIsRefused(string key, string before, string after, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        Run(Loop(path, true));
        var document = SafetensorsDocument.Parse(File.ReadAllBytes(path));
        string text = document.Text(key)!;
        int at = text.IndexOf(before, StringComparison.Ordinal);
        document.SetText(key, string.Concat(text.AsSpan(0, at), after, text.AsSpan(at + before.Length)));
        document.Sign();
        File.WriteAllBytes(path, document.Write());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Resume(path, true, out _)).Message, expected);
    }

    [TestMethod]
    public void APathThatCannotBeWrittenIsFoundBeforeTheFirstStep()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [folder.Path, folder.File(Path.Combine("missing", "training.checkpoint"))];
        foreach (string path in paths)
        {
            using var engine = new PooledPixelEngine(Initial());
            var error = Assert.ThrowsExactly<IOException>(() => Loop(path, true).Run(engine, Initial()));
            StringAssert.Contains(error.Message, $"The checkpoint cannot be written to '{path}'");
            Assert.AreEqual(0, engine.Steps);
        }

        Assert.AreEqual(0, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [TestMethod]
    public void AFolderThatGoesAwayStopsTrainingAndTheEarlierCheckpointStillResumes()
    {
        using var folder = new TemporaryFolder();
        string before = Directory.CreateDirectory(folder.File("before")).FullName, after = folder.File("after");
        string path = Path.Combine(before, "training.checkpoint");
        var error = Assert.ThrowsExactly<IOException>(() => Run(Loop(path, true, epochCompleted: _ => Directory.Move(before, after))));
        StringAssert.Contains(error.Message, $"'{path}'");
        AssertSameBits(Run(Loop(null, true)), Resume(Path.Combine(after, "training.checkpoint"), true, out int steps));
        Assert.AreEqual(2 * StepsPerEpoch, steps);
    }

    [TestMethod]
    public void ElapsedTimeGoesOnWhenResumed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("training.checkpoint");
        TimeSpan before = default;
        Assert.ThrowsExactly<KilledException>(() => Run(Loop(path, true, epochCompleted: epoch =>
        {
            before = epoch.Elapsed;
            KillIf(true);
        })));
        var resumed = Resume(path, true, out _);
        Assert.AreEqual(before, resumed.History[0].Elapsed);
        Assert.IsTrue(resumed.History[1].Elapsed > before);
    }

    private static void KillIf(bool now)
    {
        if (now)
        {
            throw new KilledException();
        }
    }

    private static TrainingLoop Loop(
        string? path, bool validate, TrainingControl? control = null, Action<EpochMetrics>? epochCompleted = null, TrainingRecipe? recipe = null, bool resume = false) =>
        new()
        {
            Recipe = recipe ?? Recipe,
            TrainingSet = Training,
            ValidationSet = validate ? Validation : null,
            CheckpointPath = path,
            Resume = resume,
            Control = control,
            EpochCompleted = epochCompleted,
        };

    private static TrainingResult Run(TrainingLoop loop)
    {
        using var engine = new PooledPixelEngine(Initial());
        return loop.Run(engine, Initial());
    }

    /// <summary>Goes on from a checkpoint with a new engine and other first weights, which must not matter.</summary>
    private static TrainingResult Resume(string path, bool validate, out int steps, TrainingRecipe? recipe = null)
    {
        using var engine = new PooledPixelEngine(Initial(seed: 99));
        var result = Loop(path, validate, recipe: recipe, resume: true).Run(engine, Initial());
        steps = engine.Steps;
        return result;
    }
}
