using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// Trains a masked network: for each epoch the images in a new order, in augmented batches, one step of the engine each; then
/// validation, the best model kept, and a checkpoint. Order and augmentation are pure functions of seed and epoch, so that a
/// run that goes on from a checkpoint, taken at whatever step, gives the same bits as one that never stopped, with the same
/// engine. One object may run several trainings, one after the other.
/// </summary>
public sealed class TrainingLoop
{
    /// <summary>How to train.</summary>
    public required TrainingRecipe Recipe { get; init; }

    /// <summary>The images to train on.</summary>
    public required ImageSet TrainingSet { get; init; }

    /// <summary>The images that the best epoch is chosen by, never augmented; null or an empty set for no validation.</summary>
    public ImageSet? ValidationSet { get; init; }

    /// <summary>
    /// Whether and how masks change in the course of training. From <see cref="Pruning.MaskSchedule.HasReachedTarget"/> on a model can be the
    /// best one, and early stopping counts from there.
    /// </summary>
    public MaskSchedule MaskSchedule { get; init; } = MaskSchedule.Static;

    /// <summary>
    /// The masks that <see cref="MaskSchedule"/> is about: where a schedule that prunes ends, and where one that moves weights begins. The first
    /// weights have the masks that <see cref="Pruning.MaskSchedule.InitialMask"/> makes of them. Null for those that the first weights have.
    /// </summary>
    public NetworkMask? TargetMask { get; init; }

    /// <summary>
    /// Where a checkpoint is written after each epoch, on request and on cancellation, in place of the one before; null for
    /// none. The file is always whole: it is written under another name and renamed.
    /// </summary>
    public string? CheckpointPath { get; init; }

    /// <summary>
    /// Whether to go on from the checkpoint at <see cref="CheckpointPath"/>. When there is none yet, training starts from the
    /// beginning.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>How another thread asks for a checkpoint.</summary>
    public TrainingControl? Control { get; init; }

    /// <summary>Told after each epoch, when its checkpoint is written; on the thread that trains.</summary>
    public Action<EpochMetrics>? EpochCompleted { get; init; }

    /// <summary>Told after each change of the masks; on the thread that trains.</summary>
    public Action<MaskUpdate>? MaskUpdated { get; init; }

    /// <summary>Told between steps how far training has come, at most ten times a second; on the thread that trains.</summary>
    public Action<StepProgress>? Progress { get; init; }

    /// <summary>
    /// Trains until the last epoch, an early stop or cancellation. Afterwards the engine holds the best model. A trained model goes on
    /// training when its state is given as the first weights: its masks stay, momentum starts from zero, the learning rate follows the
    /// recipe from its first step on, and the history that comes back is that of this training alone.
    /// </summary>
    /// <param name="engine">The engine; takes batches of the recipe's size.</param>
    /// <param name="initial">The network, its masks and its first weights; not changed.</param>
    /// <param name="cancellationToken">Checked before each step. Cancellation gives back the best model so far and does not throw.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or images, network and engine do not fit together.</exception>
    /// <exception cref="TrainingDivergedException">A loss, gradient or weight was no longer a finite number.</exception>
    /// <exception cref="InvalidDataException">The checkpoint to go on from is damaged or belongs to another training.</exception>
    /// <exception cref="IOException">A checkpoint cannot be read or written; an earlier one is as it was.</exception>
    public TrainingResult Run(ITrainingEngine engine, NetworkState initial, CancellationToken cancellationToken = default)
    {
        var validationSet = ValidationSet is { Count: > 0 } ? ValidationSet : null;
        ThrowIfUnfit(engine, initial.Network, validationSet);
        int imagesPerEpoch = ImagesPerEpoch(initial.Network);
        int stepsPerEpoch = (imagesPerEpoch + Recipe.BatchSize - 1) / Recipe.BatchSize;
        var batch = new AugmentedBatch(TrainingSet, Math.Min(Recipe.BatchSize, imagesPerEpoch));
        var validation = validationSet is null ? null : new EngineEvaluator(validationSet, Recipe.BatchSize);
        int[] order = new int[TrainingSet.Count];
        var target = TargetMask ?? initial.Mask;
        var masks = new MaskUpdater(MaskSchedule, target, initial.Mask, Recipe, stepsPerEpoch);

        var checkpoint = CheckpointPath is null ? null : new CheckpointFile(
            CheckpointPath, CheckpointIdentity.Of(initial, target, MaskSchedule, Recipe, TrainingSet, validationSet), (initial.Mask, target), !MaskSchedule.IsStatic);
        checkpoint?.ThrowIfNotWritable();
        var run = Resume && checkpoint is { Exists: true } ? checkpoint.Load() : new TrainingRun(initial.Clone());
        engine.Load(run.Current, run.Momentum);
        run.GradientNorms.Steps.EnsureCapacity(Recipe.TrackStepGradientNorms ? stepsPerEpoch : 0);
        var clock = new TrainingClock(run.Elapsed);

        while (run.Epoch <= Recipe.Epochs && !HasStoppedImproving(run))
        {
            clock.BeginEpoch();
            Shuffle(order, Recipe.Seed, run.Epoch);
            long stepsBefore = (long)(run.Epoch - 1) * stepsPerEpoch;
            while (run.Step < stepsPerEpoch)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    return Cancel();
                }

                if (Control is not null && Control.TakeCheckpointRequest() && checkpoint is not null)
                {
                    Capture();
                    checkpoint.Save(run);
                }

                int first = run.Step * Recipe.BatchSize;
                var images = order.AsSpan(first, Math.Min(Recipe.BatchSize, imagesPerEpoch - first));
                double learningRate = Recipe.LearningRateAt(stepsBefore + run.Step, stepsPerEpoch);

                clock.BeginStep();
                batch.Fill(images, Recipe.Augmentation, Recipe.Seed, run.Epoch);
                if (masks.IsDue(stepsBefore + run.Step))
                {
                    Capture();
                    var update = masks.Update(engine, run, batch, stepsBefore + run.Step);
                    MaskUpdated?.Invoke(update);
                }

                var found = engine.TrainStep(batch, SgdStepAt(learningRate));
                clock.EndStep(images.Length);

                run.Step++;
                if (!double.IsFinite(found.Loss) || !double.IsFinite(found.GradientNorm))
                {
                    throw Diverged(!double.IsFinite(found.Loss) ? Is("the loss", found.Loss) : Is("the norm of the gradient", found.GradientNorm));
                }

                run.Sums = run.Sums.With(found, images.Length);
                run.GradientNorms.Add(Recipe, found, engine);
                if (Progress is not null && clock.IsReportDue())
                {
                    Progress(new StepProgress(
                        run.Epoch, Recipe.Epochs, run.Step, stepsPerEpoch, run.Sums.Loss / run.Sums.Images, (double)run.Sums.Correct / run.Sums.Images,
                        learningRate, clock.ImagesPerSecond, clock.Remaining(ImagesLeft())));
                }
            }

            Capture();
            EvaluationSummary? validated;
            try
            {
                validated = validation?.Evaluate(engine, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return Cancel();
            }

            if (validated is { } summary && !double.IsFinite(summary.LogLoss))
            {
                throw Diverged(Is("the validation loss", summary.LogLoss));
            }

            run.Elapsed = clock.Elapsed;
            var maskFigures = masks.Figures(run.Current.Mask);
            var metrics = new EpochMetrics
            {
                Epoch = run.Epoch,
                LearningRate = Recipe.LearningRateAt(stepsBefore + stepsPerEpoch - 1, stepsPerEpoch),
                TrainLoss = run.Sums.Loss / run.Sums.Images,
                TrainAccuracy = (double)run.Sums.Correct / run.Sums.Images,
                ValidationLoss = validated?.LogLoss,
                ValidationAccuracy = validated?.Accuracy,
                GradientNorm = run.Sums.GradientNorm / stepsPerEpoch,
                StepGradientNorms = run.GradientNorms.OfSteps(Recipe),
                LayerGradientNorms = run.GradientNorms.OfLayers(Recipe, initial.Network, stepsPerEpoch),
                Density = maskFigures?.Density,
                MaskOverlap = maskFigures?.Overlap,
                ImagesPerSecond = clock.ImagesPerSecond,
                Elapsed = run.Elapsed,
                Remaining = clock.Remaining(ImagesLeft()),
            };
            run.FinishEpoch(metrics, canBeBest: masks.HasReachedTarget(stepsBefore + stepsPerEpoch - 1));
            checkpoint?.Save(run);
            EpochCompleted?.Invoke(run.History[^1]);
        }

        return Finish(wasCancelled: false);

        long ImagesLeft() => (long)(Recipe.Epochs - run.Epoch + 1) * imagesPerEpoch - run.Sums.Images;

        // Takes the weights out of the engine. What is not finite must reach neither the best model nor a checkpoint.
        void Capture()
        {
            run.Capture(engine);
            run.Elapsed = clock.Elapsed;
            if (run.NonFiniteTensor() is { } tensor)
            {
                throw Diverged($"'{tensor}' or its momentum is no longer finite");
            }
        }

        TrainingResult Cancel()
        {
            Capture();
            checkpoint?.Save(run);
            return Finish(wasCancelled: true);
        }

        TrainingResult Finish(bool wasCancelled)
        {
            engine.Load(run.BestOrCurrent);
            return new TrainingResult
            {
                State = run.BestOrCurrent,
                History = run.History,
                BestEpoch = run.BestEpoch,
                WasCancelled = wasCancelled,
                StoppedEarly = !wasCancelled && run.History.Count < Recipe.Epochs,
            };
        }

        TrainingDivergedException Diverged(string what) => new(
            what, run.Epoch, run.Step, Recipe.LearningRateAt((long)(run.Epoch - 1) * stepsPerEpoch + Math.Max(0, run.Step - 1), stepsPerEpoch),
            run.BestEpoch > 0 ? run.Best : null, run.BestEpoch);
    }

    /// <summary>The order of the images in an epoch: a pure function of the seed and the epoch.</summary>
    internal static void Shuffle(Span<int> order, long seed, int epoch)
    {
        for (int index = 0; index < order.Length; index++)
        {
            order[index] = index;
        }

        new KeyedRandom(seed, RandomPurpose.Shuffle, epoch).Shuffle(order);
    }

    private static string Is(string what, double value) => FormattableString.Invariant($"{what} is {value}");

    private SgdStep SgdStepAt(double learningRate) => new(
        (float)learningRate, (float)Recipe.Momentum, Recipe.Nesterov, (float)Recipe.WeightDecay, Recipe.DecayNormAndBias, (float)Recipe.LabelSmoothing);

    private bool HasStoppedImproving(TrainingRun run) =>
        Recipe.EarlyStoppingPatience is { } patience && run.BestEpoch > 0 && run.History.Count - run.BestEpoch >= patience;

    /// <summary>
    /// All images; but batch-norm knows no variance of a single value, so where its smallest plane is one pixel the last image of
    /// an epoch's order is left out when it would make a batch of its own. Each epoch's order leaves out another.
    /// </summary>
    private int ImagesPerEpoch(Network network)
    {
        int count = TrainingSet.Count;
        bool needsTwo = network.Layers.Any(layer => layer is BatchNormLayer && layer.OutputShape.PlaneSize == 1);
        bool hasBatchOfOne = Recipe.BatchSize == 1 || count % Recipe.BatchSize == 1;
        if (!needsTwo || !hasBatchOfOne)
        {
            return count;
        }

        return Recipe.BatchSize > 1 && count > 1
            ? count - 1
            : throw new ArgumentException(
                $"{network.Name} normalises planes of a single pixel when images are {network.InputShape}, so a step takes two images or more, but there {(count == 1 ? "is one training image" : "is one in a batch")}. Use more images and a {nameof(Recipe.BatchSize)} of at least 2.");
    }

    private void ThrowIfUnfit(ITrainingEngine engine, Network network, ImageSet? validationSet)
    {
        Recipe.Validate();
        if (MaskSchedule is null)
        {
            throw new ArgumentException($"{nameof(MaskSchedule)} is null; {nameof(MaskSchedule)}.{nameof(Pruning.MaskSchedule.Static)} leaves masks as they are.");
        }

        if (engine.Network.Name != network.Name || engine.Network.InputShape != network.InputShape || engine.Network.ClassCount != network.ClassCount)
        {
            throw new ArgumentException($"The engine is for {engine.Network.Name} on {engine.Network.InputShape} images, but the weights are of {network.Name} on {network.InputShape}.", nameof(engine));
        }

        if (TrainingSet.Count == 0)
        {
            throw new ArgumentException("There are no training images.");
        }

        if (Recipe.EarlyStoppingPatience is not null && validationSet is null)
        {
            throw new ArgumentException($"{nameof(Recipe.EarlyStoppingPatience)} is {Recipe.EarlyStoppingPatience}, but early stopping needs validation images, and there are none.");
        }

        if (CheckpointPath is null ? Resume : string.IsNullOrWhiteSpace(CheckpointPath))
        {
            throw new ArgumentException(CheckpointPath is null
                ? $"{nameof(Resume)} is on, but there is no {nameof(CheckpointPath)} to go on from."
                : $"{nameof(CheckpointPath)} is empty; name a file, or leave it null for no checkpoints.");
        }

        Recipe.Augmentation.ThrowIfUnfitFor(TrainingSet.Shape);
        ThrowIfUnfit("training", TrainingSet, network);
        if (validationSet is not null)
        {
            ThrowIfUnfit("validation", validationSet, network);
        }
    }

    private static void ThrowIfUnfit(string what, ImageSet images, Network network)
    {
        if (images.Shape != network.InputShape)
        {
            throw new ArgumentException($"The {what} images are {images.Shape}, but {network.Name} was made for {network.InputShape}.");
        }

        if (images.ClassCount > network.ClassCount)
        {
            throw new ArgumentException($"The {what} images have {images.ClassCount} classes, but {network.Name} was made for {network.ClassCount}.");
        }
    }
}
