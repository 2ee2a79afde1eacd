using MLNet.RandomPruning.Pruning.Schedules;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// Whether and how masks change while a network trains. A schedule is a pure function of the seed, the position in training,
/// the masks, the weights and, where it asks for them, the gradients; it holds no state of its own, so that a training that goes
/// on from a checkpoint changes its masks as one that never stopped. Each schedule is one small class with an entry in the registry.
/// </summary>
public abstract class MaskSchedule
{
    /// <summary>Static: masks stay as they are from before the first step to the last. The default.</summary>
    public static MaskSchedule Static { get; } = new StaticSchedule();

    /// <summary>The schedule's name with its settings, which <see cref="Parse"/> reads back.</summary>
    public abstract string Name { get; }

    /// <summary>Whether <see cref="Update"/> looks at the gradients of pruned weights.</summary>
    public virtual bool NeedsGradients => false;

    /// <summary>Finds a schedule by its name, in any case, with settings in brackets.</summary>
    /// <exception cref="ArgumentException">There is none of this name, or a setting is unknown or out of range.</exception>
    public static MaskSchedule Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return MaskScheduleRegistry.Find(name);
    }

    /// <summary>Finds a schedule by its name; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">There is none of this name, or a setting is unknown or out of range.</exception>
    public static implicit operator MaskSchedule(string name) => Parse(name);

    /// <summary>Checks that the schedule can change these masks in a training of so many epochs.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says why and what would do.</exception>
    public virtual void ThrowIfUnfit(NetworkMask target, int epochs)
    {
    }

    /// <summary>The masks that training starts with, from those that the trainer was given or made.</summary>
    public virtual NetworkMask InitialMask(NetworkMask target) => target;

    /// <summary>Whether masks change before a step.</summary>
    /// <param name="step">The step, counted from 0 over all epochs.</param>
    /// <param name="stepsPerEpoch">The number of steps in each epoch.</param>
    /// <param name="epochs">The number of epochs.</param>
    public abstract bool UpdatesBefore(long step, int stepsPerEpoch, int epochs);

    /// <summary>Whether the masks before a step are as sparse as they will be; only from then on can a model be the best.</summary>
    /// <inheritdoc cref="UpdatesBefore"/>
    public virtual bool HasReachedTarget(long step, int stepsPerEpoch, int epochs) => true;

    /// <summary>The masks from a step on.</summary>
    public abstract NetworkMask Update(MaskUpdateContext context);

    /// <summary>The schedule's name with its settings.</summary>
    public sealed override string ToString() => Name;
}
