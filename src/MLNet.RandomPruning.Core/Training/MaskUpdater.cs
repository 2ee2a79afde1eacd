using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>Changes the masks of a training that runs, at the steps that its schedule names.</summary>
internal sealed class MaskUpdater
{
    private readonly MaskSchedule _schedule;
    private readonly NetworkMask _target, _first;
    private readonly TrainingRecipe _recipe;
    private readonly int _stepsPerEpoch;
    private float[][]? _gradients;

    /// <summary>Checks that masks and schedule fit the training.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="target">The masks that it is about.</param>
    /// <param name="first">The masks that training begins with.</param>
    /// <param name="recipe">How training goes.</param>
    /// <param name="stepsPerEpoch">The number of steps in each epoch.</param>
    /// <exception cref="ArgumentException">The schedule cannot change these masks, never does in a training of this length, or begins with others.</exception>
    public MaskUpdater(MaskSchedule schedule, NetworkMask target, NetworkMask first, TrainingRecipe recipe, int stepsPerEpoch)
    {
        _schedule = schedule;
        _target = target;
        _first = first;
        _recipe = recipe;
        _stepsPerEpoch = stepsPerEpoch;
        schedule.ThrowIfUnfit(target, recipe.Epochs);
        if (!schedule.InitialMask(target).SameAs(first))
        {
            throw new ArgumentException(
                $"Training with the mask schedule {schedule} begins with the masks that its {nameof(MaskSchedule.InitialMask)} makes of the target, but the initial weights have others, which keep {first.KeptCount} of {first.Network.WeightCount} weights.");
        }

        if (!schedule.IsStatic && !Enumerable.Sequence(1L, (long)recipe.Epochs * stepsPerEpoch - 1, 1).Any(IsDue))
        {
            throw new ArgumentException(
                $"The mask schedule {schedule} never changes the masks in a training of {recipe.Epochs} epochs with {stepsPerEpoch} steps each; use a smaller interval or train for longer.");
        }
    }

    /// <summary>Whether the masks change before a step.</summary>
    public bool IsDue(long step) => _schedule.UpdatesBefore(step, _stepsPerEpoch, _recipe.Epochs);

    /// <summary>Whether the masks that a step trains with are as sparse as they will be.</summary>
    public bool HasReachedTarget(long step) => _schedule.HasReachedTarget(step, _stepsPerEpoch, _recipe.Epochs);

    /// <summary>The density of the masks and their overlap with the first ones, for the epoch's metrics; null where masks never change.</summary>
    public (double Density, double Overlap)? Figures(NetworkMask mask) => _schedule.IsStatic ? null : (mask.Density, _first.OverlapWith(mask));

    /// <summary>Changes the masks of engine and run before a step. The run's weights and momentum must be those of the engine.</summary>
    public MaskUpdate Update(ITrainingEngine engine, TrainingRun run, ImageBatch batch, long step)
    {
        var before = run.Current.Mask;
        var after = _schedule.Update(new MaskUpdateContext
        {
            Weights = run.Current,
            Target = _target,
            Gradients = _schedule.NeedsGradients ? DenseGradients(engine, batch) : null,
            Step = step,
            StepsPerEpoch = _stepsPerEpoch,
            Epochs = _recipe.Epochs,
            Seed = _recipe.Seed,
        });
        if (!after.SameAs(before))
        {
            run.ChangeMasks(after);
            engine.Load(run.Current, run.Momentum);
        }

        long common = (long)Math.Round(before.OverlapWith(after) * before.KeptCount);
        return new MaskUpdate(
            step, run.Epoch, before.KeptCount, after.KeptCount, before.KeptCount - common, after.KeptCount - common, _first.OverlapWith(after));
    }

    private float[][] DenseGradients(ITrainingEngine engine, ImageBatch batch)
    {
        _gradients ??= [.. _target.Network.WeightLayers.Select((WeightLayer layer) => new float[layer.WeightCount])];
        engine.ComputeDenseGradients(batch, (float)_recipe.LabelSmoothing, _gradients);
        return _gradients;
    }
}
