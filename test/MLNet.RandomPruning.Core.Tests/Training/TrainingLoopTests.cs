using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Training;
using static MLNet.RandomPruning.Core.Tests.Training.TrainingSamples;

namespace MLNet.RandomPruning.Core.Tests.Training;

[TestClass]
public class TrainingLoopTests
{
    [TestMethod]
    [DataRow(40, 8, 5)]
    [DataRow(43, 8, 6)]
    [DataRow(41, 8, 6)]
    [DataRow(5, 8, 1)]
    [DataRow(5, 1, 5)]
    public void EachEpochSeesEveryImageOnceWithThePartialBatchKept(int count, int batchSize, int steps)
    {
        var (epochs, sizes) = Orders(Recipe with { BatchSize = batchSize }, count);
        Assert.AreEqual(3, epochs.Count);
        foreach (var order in epochs)
        {
            CollectionAssert.AreEqual(Enumerable.Range(0, count).ToArray(), order.Order().ToArray());
        }

        Assert.AreEqual(3 * steps, sizes.Count);
        Assert.AreEqual((count - 1) % batchSize + 1, sizes[steps - 1]);
    }

    [TestMethod]
    public void TheOrderIsAFunctionOfSeedAndEpochAlone()
    {
        var (first, _) = Orders(Recipe, 50);
        var (again, _) = Orders(Recipe with { BatchSize = 13, LearningRate = 0.01, Augmentation = Augmentation.None }, 50);
        var (other, _) = Orders(Recipe with { Seed = 18 }, 50);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            CollectionAssert.AreEqual(first[epoch], again[epoch]);
            CollectionAssert.AreNotEqual(first[epoch], other[epoch]);
            CollectionAssert.AreNotEqual(first[epoch], first[(epoch + 1) % 3]);
        }
    }

    [TestMethod]
    public void TheRecipeReachesEveryStep()
    {
        var recipe = Recipe with
        {
            Epochs = 4, Momentum = 0.8, Nesterov = false, WeightDecay = 0.01, DecayNormAndBias = false, LabelSmoothing = 0.1,
            Schedule = LearningRateSchedule.Parse("multi-step:1,3"), WarmupEpochs = 1,
        };
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var rates = new List<float>();
        engine.BeforeStep = (_, batch, step) =>
        {
            rates.Add(step.LearningRate);
            Assert.AreEqual(new SgdStep(step.LearningRate, 0.8f, false, 0.01f, false, 0.1f), step);
            Assert.AreEqual(recipe.Augmentation, batch.Augmentation);
        };
        new TrainingLoop { Recipe = recipe, TrainingSet = Images(16) }.Run(engine, initial);
        CollectionAssert.AreEqual(new[] { .25f, .5f, .05f, .05f, .05f, .05f, .005f, .005f }, rates);
    }

    [TestMethod]
    public void MetricsAreMeansOverImagesAndSteps()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);

        // Batches of 8, 8 and 3 images: losses 1, 2, 3 weigh 8, 8 and 3; the gradient norm is a mean over steps.
        StepResult[] script = [new(1, 4, 10), new(2, 8, 20), new(3, 3, 60)];
        engine.AfterStep = (step, _) => script[(step - 1) % 3];
        var told = new List<EpochMetrics>();
        var loop = new TrainingLoop { Recipe = Recipe with { Schedule = new CosineSchedule() }, TrainingSet = Images(19), EpochCompleted = told.Add };
        var result = loop.Run(engine, initial);

        CollectionAssert.AreEqual(result.History.ToArray(), told);
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            var metrics = result.History[epoch - 1];
            Assert.AreEqual(epoch, metrics.Epoch);
            Assert.AreEqual((8 * 1 + 8 * 2 + 3 * 3) / 19.0, metrics.TrainLoss, 1e-15);
            Assert.AreEqual(15 / 19.0, metrics.TrainAccuracy, 1e-15);
            Assert.AreEqual(30, metrics.GradientNorm, 1e-15);
            Assert.AreEqual(0.25 * (1 + Math.Cos(Math.PI * (3 * epoch - 1) / 9)), metrics.LearningRate, 1e-15);
            Assert.IsNull(metrics.ValidationAccuracy);
            Assert.IsNull(metrics.ValidationLoss);
            Assert.IsTrue(metrics.ImagesPerSecond > 0);
            Assert.IsTrue(metrics.Elapsed > TimeSpan.Zero);
        }

        Assert.IsTrue(result.History[0].Remaining > TimeSpan.Zero);
        Assert.AreEqual(TimeSpan.Zero, result.History[2].Remaining);
        Assert.AreEqual(3, result.BestEpoch);
        Assert.IsFalse(result.WasCancelled);
        Assert.IsFalse(result.StoppedEarly);
    }

    [TestMethod]
    public void ItLearns()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var loop = new TrainingLoop
        {
            Recipe = Recipe with { Epochs = 12, Augmentation = Augmentation.None },
            TrainingSet = Images(300),
            ValidationSet = Images(100, seed: 2),
        };
        var result = loop.Run(engine, initial);
        Assert.IsTrue(result.History[^1].ValidationAccuracy > 0.85, $"{result.History[^1].ValidationAccuracy}");
        Assert.IsTrue(result.History[^1].TrainLoss < result.History[0].TrainLoss);
        AssertSameBits(result.State, engine.State);
        AssertSameBits(Initial(), initial);
    }

    [TestMethod]
    public void ValidationImagesAreShownAsTheyAre()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var validationSet = Images(11, seed: 2);
        var seen = new List<int>();
        engine.AfterPredict = (batch, _) =>
        {
            Assert.AreSame(validationSet, batch.Source);
            Assert.IsTrue(batch.Views.ToArray().All(view => view == default));
            seen.AddRange(batch.Indices);
        };
        new TrainingLoop { Recipe = Recipe, TrainingSet = Images(20), ValidationSet = validationSet }.Run(engine, initial);
        CollectionAssert.AreEqual(Enumerable.Range(0, 3).SelectMany(_ => Enumerable.Range(0, 11)).ToArray(), seen);
    }

    [TestMethod]
    [DataRow(new[] { 5, 8, 6 }, 2)]
    [DataRow(new[] { 8, 8, 6 }, 1)]
    [DataRow(new[] { 1, 2, 3 }, 3)]
    [DataRow(new[] { 0, 0, 0 }, 1)]
    public void TheBestEpochHasTheHighestValidationAccuracy(int[] correct, int best)
    {
        var (result, states) = WithValidation(Recipe, correct, [.. correct.Select(_ => 1f)]);
        Assert.AreEqual(best, result.BestEpoch);
        AssertSameBits(states[best - 1], result.State);
        CollectionAssert.AreEqual(correct.Select(n => n / 10.0).ToArray(), result.History.Select(epoch => epoch.ValidationAccuracy!.Value).ToArray());
    }

    [TestMethod]
    public void OfEqualAccuraciesTheLowestLossWins()
    {
        // All images right, with logits further and further apart, so that the loss falls: the last of the equals.
        Assert.AreEqual(3, WithValidation(Recipe, [10, 10, 10], [1, 2, 3]).Result.BestEpoch);
        Assert.AreEqual(2, WithValidation(Recipe, [10, 10, 10], [1, 3, 2]).Result.BestEpoch);
        Assert.AreEqual(1, WithValidation(Recipe, [10, 10, 9], [1, 1, 9]).Result.BestEpoch);
    }

    [TestMethod]
    public void EarlyStoppingWaitsItsPatienceOut()
    {
        var recipe = Recipe with { Epochs = 8, EarlyStoppingPatience = 2 };
        var (result, _) = WithValidation(recipe, [5, 4, 6, 6, 5, 9, 9, 9], [1, 1, 1, 1, 1, 1, 1, 1]);
        Assert.IsTrue(result.StoppedEarly);
        Assert.IsFalse(result.WasCancelled);
        Assert.AreEqual(5, result.History.Count);
        Assert.AreEqual(3, result.BestEpoch);

        var (whole, _) = WithValidation(recipe with { EarlyStoppingPatience = null }, [5, 4, 6, 6, 5, 9, 9, 9], [1, 1, 1, 1, 1, 1, 1, 1]);
        Assert.IsFalse(whole.StoppedEarly);
        Assert.AreEqual(8, whole.History.Count);
        Assert.AreEqual(6, whole.BestEpoch);
    }

    [TestMethod]
    [DataRow(1, double.NaN, 1, 1)]
    [DataRow(5, double.PositiveInfinity, 2, 2)]
    [DataRow(9, double.NaN, 3, 3)]
    public void ALossThatIsNoNumberStopsTrainingAndKeepsTheLastGoodModel(int badStep, double loss, int epoch, int step)
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var ends = new List<NetworkState>();
        engine.AfterStep = (number, found) => number == badStep ? found with { Loss = loss } : found;
        var loop = new TrainingLoop { Recipe = Recipe with { LearningRate = 0.25, Schedule = new ConstantSchedule() }, TrainingSet = Images(24), EpochCompleted = _ => ends.Add(engine.State.Clone()) };
        var error = Assert.ThrowsExactly<TrainingDivergedException>(() => loop.Run(engine, initial));
        Assert.AreEqual((epoch, step, 0.25, epoch - 1), (error.Epoch, error.Step, error.LearningRate, error.LastGoodEpoch));
        StringAssert.Contains(error.Message, FormattableString.Invariant($"the loss is {loss} in epoch {epoch}, step {step}, at learning rate 0.25"));
        StringAssert.Contains(error.Message, "lower learning rate, for example 0.025");
        if (epoch == 1)
        {
            Assert.IsNull(error.LastGoodState);
        }
        else
        {
            AssertSameBits(ends[^1], error.LastGoodState!);
        }
    }

    [TestMethod]
    public void AGradientOrWeightThatIsNoNumberStopsTrainingToo()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        engine.AfterStep = (_, found) => found with { GradientNorm = double.PositiveInfinity };
        var loop = new TrainingLoop { Recipe = Recipe, TrainingSet = Images(24) };
        StringAssert.Contains(Assert.ThrowsExactly<TrainingDivergedException>(() => loop.Run(engine, initial)).Message, "the norm of the gradient is Infinity in epoch 1, step 1,");

        using var other = new PooledPixelEngine(initial);
        other.AfterStep = (step, found) =>
        {
            if (step == 6)
            {
                other.State["bn.running_var"][1] = float.NaN;
            }

            return found;
        };
        var error = Assert.ThrowsExactly<TrainingDivergedException>(() => loop.Run(other, initial));
        Assert.AreEqual((2, 3, 1), (error.Epoch, error.Step, error.LastGoodEpoch));
        StringAssert.Contains(error.Message, "bn.running_var");
        Assert.IsTrue(error.LastGoodState!.Tensors.All(tensor => tensor.Values.All(float.IsFinite)));
    }

    [TestMethod]
    public void AHugeRateDivergesByItself()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var loop = new TrainingLoop { Recipe = Recipe with { LearningRate = 1000, WeightDecay = 1, Epochs = 100, Schedule = new ConstantSchedule() }, TrainingSet = Images(40) };
        Assert.AreEqual(1000, Assert.ThrowsExactly<TrainingDivergedException>(() => loop.Run(engine, initial)).LearningRate);
    }

    [TestMethod]
    public void CancellationAtAnyStepGivesTheBestModelSoFar()
    {
        var initial = Initial();
        for (int cancelAt = 1; cancelAt <= 9; cancelAt++)
        {
            using var engine = new PooledPixelEngine(initial);
            using var source = new CancellationTokenSource();
            var states = new List<NetworkState>();
            engine.BeforeStep = (step, _, _) =>
            {
                if (step == cancelAt)
                {
                    source.Cancel();
                }
            };
            engine.AfterStep = (_, found) =>
            {
                states.Add(engine.State.Clone());
                return found;
            };
            var result = new TrainingLoop { Recipe = Recipe, TrainingSet = Images(24) }.Run(engine, initial, source.Token);

            // Three steps an epoch. Cancelled in the very last step, training is done nevertheless.
            int finished = cancelAt / 3;
            Assert.AreEqual(cancelAt, engine.Steps);
            Assert.AreEqual(cancelAt < 9, result.WasCancelled);
            Assert.AreEqual(finished, result.History.Count);
            Assert.AreEqual(finished, result.BestEpoch);
            AssertSameBits(states[(finished == 0 ? cancelAt : 3 * finished) - 1], result.State);
        }
    }

    [TestMethod]
    public void CancelledBeforeTheFirstStepItGivesTheFirstWeights()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var result = new TrainingLoop { Recipe = Recipe, TrainingSet = Images(24) }.Run(engine, initial, new CancellationToken(true));
        Assert.IsTrue(result.WasCancelled);
        Assert.AreEqual(0, result.BestEpoch);
        AssertSameBits(initial, result.State);
    }

    [TestMethod]
    public void ProgressComesAtMostTenTimesASecond()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var reports = new List<StepProgress>();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        new TrainingLoop { Recipe = Recipe with { Epochs = 2, BatchSize = 1 }, TrainingSet = Images(400), Progress = reports.Add }.Run(engine, initial);
        Assert.IsTrue(reports.Count >= 1);
        Assert.IsTrue(reports.Count <= 1 + watch.Elapsed.TotalSeconds * 10, $"{reports.Count} in {watch.Elapsed}");
        Assert.AreEqual((1, 2, 1, 400), (reports[0].Epoch, reports[0].Epochs, reports[0].Step, reports[0].StepsPerEpoch));
        Assert.IsTrue(reports.All(report => double.IsFinite(report.Loss) && report.Accuracy is >= 0 and <= 1 && report.ImagesPerSecond > 0));
    }

    [TestMethod]
    public void AStepAllocatesNothing()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        long[] allocated = new long[200];
        engine.BeforeStep = (step, _, _) => allocated[step - 1] = GC.GetAllocatedBytesForCurrentThread();
        var loop = new TrainingLoop { Recipe = Recipe with { Epochs = 1 }, TrainingSet = Images(1600), Control = new TrainingControl(), Progress = _ => { } };
        loop.Run(engine, initial, new CancellationTokenSource().Token);

        // The runtime itself allocates a little now and then, for example when a method is compiled again.
        int steps = allocated.Skip(1).Zip(allocated, (after, before) => after - before).Count(bytes => bytes > 0);
        Assert.IsTrue(steps < 20, $"{steps} of 199 steps allocated something");
    }

    [TestMethod]
    public void ALoneImageIsLeftOutWhereBatchNormWouldSeeASingleValue()
    {
        // On 4×4 images the third stage has planes of one pixel; 9 images in batches of 4 leave one over.
        var shape = new ImageShape(1, 4, 4);
        var initial = WeightInitializer.KaimingNormal.Create(Mask(shape: shape), 1);
        using var engine = new PooledPixelEngine(initial);
        var sizes = new List<int>();
        engine.BeforeStep = (_, batch, _) => sizes.Add(batch.Count);
        var recipe = Recipe with { BatchSize = 4, Augmentation = Augmentation.None };
        var result = new TrainingLoop { Recipe = recipe, TrainingSet = Images(9, shape: shape) }.Run(engine, initial);
        CollectionAssert.AreEqual(new[] { 4, 4, 4, 4, 4, 4 }, sizes);
        Assert.IsTrue(double.IsFinite(result.History[^1].TrainLoss));

        foreach (var (batchSize, count) in new[] { (1, 9), (4, 1) })
        {
            var loop = new TrainingLoop { Recipe = recipe with { BatchSize = batchSize }, TrainingSet = Images(count, shape: shape) };
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => loop.Run(engine, initial)).Message, "BatchSize");
        }
    }

    [TestMethod]
    public void WhatDoesNotFitIsRefusedBeforeTheFirstStep()
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        Refused(new TrainingLoop { Recipe = Recipe with { Epochs = 0 }, TrainingSet = Images(8) }, "Epochs is 0");
        Refused(new TrainingLoop { Recipe = Recipe, TrainingSet = Images(0) }, "no training images");
        Refused(new TrainingLoop { Recipe = Recipe, TrainingSet = Images(8, shape: new ImageShape(3, 8, 8)) }, "The training images are 3×8×8, but ResNet-8-2 was made for 1×8×8");
        Refused(new TrainingLoop { Recipe = Recipe, TrainingSet = Images(8, classes: 5) }, "5 classes");
        Refused(new TrainingLoop { Recipe = Recipe, TrainingSet = Images(8), ValidationSet = Images(8, shape: new ImageShape(1, 9, 8)) }, "The validation images are 1×9×8");
        Refused(new TrainingLoop { Recipe = Recipe with { EarlyStoppingPatience = 3 }, TrainingSet = Images(8), ValidationSet = Images(0) }, "early stopping needs validation images");
        Refused(new TrainingLoop { Recipe = Recipe, TrainingSet = Images(8), Resume = true }, "Resume is on, but there is no CheckpointPath");
        Refused(new TrainingLoop { Recipe = Recipe, TrainingSet = Images(8), CheckpointPath = " " }, "CheckpointPath is empty");
        Refused(new TrainingLoop { Recipe = Recipe with { Augmentation = new Augmentation(8) }, TrainingSet = Images(8) }, "padding of 8");

        var other = WeightInitializer.KaimingNormal.Create(Mask(network: "ResNet-14-2"), 1);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new TrainingLoop { Recipe = Recipe, TrainingSet = Images(8) }.Run(engine, other)).Message, "The engine is for ResNet-8-2");
        Assert.AreEqual(0, engine.Steps);

        void Refused(TrainingLoop loop, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => loop.Run(engine, initial)).Message, part);
    }

    /// <summary>The order of the images in each epoch, and the size of each batch, as the engine saw them.</summary>
    private static (List<int[]> Epochs, List<int> Sizes) Orders(TrainingRecipe recipe, int count)
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        var epochs = new List<int[]>();
        var sizes = new List<int>();
        var seen = new List<int>();
        engine.BeforeStep = (_, batch, _) =>
        {
            seen.AddRange(batch.Indices);
            sizes.Add(batch.Count);
        };
        new TrainingLoop
        {
            Recipe = recipe,
            TrainingSet = Images(count),
            EpochCompleted = _ =>
            {
                epochs.Add([.. seen]);
                seen.Clear();
            },
        }.Run(engine, initial);
        return (epochs, sizes);
    }

    /// <summary>Trains with ten validation images of which a given number come out right in each epoch, at a given logit.</summary>
    private static (TrainingResult Result, List<NetworkState> States) WithValidation(TrainingRecipe recipe, int[] correct, float[] logit)
    {
        var initial = Initial();
        using var engine = new PooledPixelEngine(initial);
        int epoch = 0;
        var states = new List<NetworkState>();
        engine.AfterPredict = (batch, logits) =>
        {
            logits.Span.Clear();
            for (int i = 0; i < batch.Count; i++)
            {
                int offset = batch.Indices[i] < correct[epoch] ? 0 : 1;
                logits.Span[i * Classes + (batch.Labels[i] + offset) % Classes] = logit[epoch];
            }
        };
        var result = new TrainingLoop
        {
            Recipe = recipe,
            TrainingSet = Images(20),
            ValidationSet = Images(10, seed: 2),
            EpochCompleted = _ =>
            {
                epoch++;
                states.Add(engine.State.Clone());
            },
        }.Run(engine, initial);
        return (result, states);
    }
}
