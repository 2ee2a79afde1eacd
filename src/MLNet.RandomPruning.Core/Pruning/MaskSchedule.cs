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

    /// <summary>The schedules with their default settings, each once.</summary>
    public static IReadOnlyList<MaskSchedule> All => MaskScheduleRegistry.Named;

    /// <summary>The schedule's name with its settings, which <see cref="Parse"/> reads back.</summary>
    public abstract string Name { get; }

    /// <summary>Whether masks never change: training then asks nothing else of the schedule.</summary>
    public virtual bool IsStatic => false;

    /// <summary>Whether <see cref="Update"/> looks at the gradients of pruned weights.</summary>
    public virtual bool NeedsGradients => false;

    /// <summary>
    /// Gradual: random pruning in the course of training. Training starts dense, and between two epochs masks become sparser along
    /// the cubic schedule of Zhu and Gupta ("To prune, or not to prune: exploring the efficacy of pruning for model compression",
    /// 2017): the share of the units to prune that is pruned is 1 − (1 − τ)³, where τ goes from 0 at the start to 1 at the end. Which units go
    /// is drawn at random, in the order of the keys that made the target's masks, and they do not come back.
    /// </summary>
    /// <param name="startEpoch">The number of epochs before pruning starts, at least 0.</param>
    /// <param name="endEpoch">The number of epochs after which the masks are the target's, above the start and below the number of epochs; null for half of them.</param>
    /// <param name="intervalSteps">The number of steps from one change to the next, at least 1; the last one comes when the end is reached.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public static MaskSchedule Gradual(int startEpoch = 0, int? endEpoch = null, int intervalSteps = 100) => new GradualSchedule(startEpoch, endEpoch, intervalSteps);

    /// <summary>
    /// SET, sparse evolutionary training (Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse
    /// connectivity inspired by network science", 2018): at every change, each layer drops the kept weights with the smallest magnitudes and
    /// keeps as many others instead, drawn at random. The fraction that is dropped falls along half a cosine wave:
    /// α/2·(1 + cos(π·t/T)) at step t, where T is the step of the last change.
    /// </summary>
    /// <param name="dropFraction">α, the fraction of a layer's kept units that is dropped at first, above 0 and below 1.</param>
    /// <param name="intervalSteps">The number of steps from one change to the next, at least 1.</param>
    /// <param name="stopEpoch">The number of epochs after which masks stay as they are, from 1 to the number of epochs; null for three quarters of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public static MaskSchedule Set(double dropFraction = 0.3, int intervalSteps = 100, int? stopEpoch = null) => new SetSchedule(dropFraction, intervalSteps, stopEpoch);

    /// <summary>
    /// RigL, the rigged lottery (Evci et al., "Rigging the lottery: making all tickets winners", ICML 2020): at every change, each layer drops
    /// the kept weights with the smallest magnitudes and keeps as many instead where the gradient of the loss on the step's batch is largest;
    /// just dropped ones may come back, as they were. The fraction that is dropped falls as it does for <see cref="Set"/>.
    /// </summary>
    /// <inheritdoc cref="Set"/>
    public static MaskSchedule RigL(double dropFraction = 0.3, int intervalSteps = 100, int? stopEpoch = null) => new RigLSchedule(dropFraction, intervalSteps, stopEpoch);

    /// <summary>
    /// Finds a schedule by its name, in any case, with settings in brackets: <c>Static</c>, <c>Gradual(start=0,end=80,interval=100)</c>,
    /// <c>SET(drop=0.3,interval=100,stop=120)</c> or <c>RigL(drop=0.3,interval=100,stop=120)</c>; each setting may be left out.
    /// </summary>
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

    /// <summary>Whether the masks that a step trains with are as sparse as they will be; only from then on can a model be the best.</summary>
    /// <inheritdoc cref="UpdatesBefore"/>
    public virtual bool HasReachedTarget(long step, int stepsPerEpoch, int epochs) => true;

    /// <summary>The masks from a step on.</summary>
    public abstract NetworkMask Update(MaskUpdateContext context);

    /// <summary>The schedule's name with its settings.</summary>
    public sealed override string ToString() => Name;
}
