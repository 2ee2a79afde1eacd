using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// Where a training stands: everything that is needed, next to recipe and data, to go on exactly as if it had never stopped.
/// </summary>
internal sealed class TrainingRun(NetworkState current)
{
    /// <summary>The epoch under way, counted from 1; one more than the last when all are done.</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>The number of this epoch's steps that are done.</summary>
    public int Step { get; set; }

    /// <summary>What this epoch's steps have found so far.</summary>
    public EpochSums Sums { get; set; }

    /// <summary>The gradient norms of this epoch's steps that are asked for one by one or layer by layer.</summary>
    public GradientNormTrace GradientNorms { get; init; } = new(current.Network.WeightLayers.Count);

    /// <summary>What each finished epoch found.</summary>
    public List<EpochMetrics> History { get; init; } = [];

    /// <summary>The epoch of <see cref="Best"/>, counted from 1; 0 while none is finished with masks as sparse as they will be.</summary>
    public int BestEpoch { get; set; }

    /// <summary>The wall-clock time spent so far, over all runs.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>The weights and statistics; those of the engine when <see cref="Capture"/> was last called.</summary>
    public NetworkState Current { get; private set; } = current;

    /// <summary>The optimiser's momentum, at the same time.</summary>
    public NetworkState Momentum { get; set; } = new(current.Mask);

    /// <summary>The best model so far, which may have other masks than <see cref="Current"/>; all zeros while <see cref="BestEpoch"/> is 0.</summary>
    public NetworkState Best { get; set; } = new(current.Mask);

    /// <summary>The best model so far, or the weights at hand while there is none.</summary>
    public NetworkState BestOrCurrent => BestEpoch > 0 ? Best : Current;

    /// <summary>Takes weights and momentum out of the engine.</summary>
    public void Capture(ITrainingEngine engine) => engine.Read(Current, Momentum);

    /// <summary>Goes on with other masks: weights and momentum of what both keep stay, those of what is new are zero.</summary>
    public void ChangeMasks(NetworkMask mask)
    {
        Current = Current.ProjectTo(mask);
        Momentum = Momentum.ProjectTo(mask);
    }

    /// <summary>The name of the first tensor of weights or momentum with a value that is not a finite number; null when all are.</summary>
    public string? NonFiniteTensor() =>
        Current.Tensors.Concat(Momentum.Tensors).FirstOrDefault(tensor => !Array.TrueForAll(tensor.Values, float.IsFinite))?.Name;

    /// <summary>Puts what the epoch found into the history, keeps its model if it is the best, and moves on to the next epoch.</summary>
    /// <param name="metrics">What the epoch found.</param>
    /// <param name="canBeBest">Whether its model is one of those to choose from.</param>
    public void FinishEpoch(EpochMetrics metrics, bool canBeBest)
    {
        if (canBeBest && (BestEpoch == 0 || IsBetter(metrics, History[BestEpoch - 1])))
        {
            BestEpoch = metrics.Epoch;
            if (ReferenceEquals(Best.Mask, Current.Mask))
            {
                Current.CopyTo(Best);
            }
            else
            {
                Best = Current.Clone();
            }
        }

        History.Add(metrics);
        Epoch++;
        Step = 0;
        Sums = default;
        GradientNorms.Clear();
    }

    // Without validation nothing tells models apart, and the one that has trained longest is taken.
    private static bool IsBetter(EpochMetrics metrics, EpochMetrics best) =>
        metrics.ValidationAccuracy is not { } accuracy
        || accuracy > best.ValidationAccuracy
        || (accuracy == best.ValidationAccuracy && metrics.ValidationLoss < best.ValidationLoss);
}

/// <summary>What the steps of an unfinished epoch have found so far.</summary>
/// <param name="Images">The number of images trained on.</param>
/// <param name="Correct">How many of them were classified correctly.</param>
/// <param name="Loss">The sum of their losses.</param>
/// <param name="GradientNorm">The sum of the steps' gradient norms.</param>
internal readonly record struct EpochSums(int Images, int Correct, double Loss, double GradientNorm)
{
    /// <summary>The sums with one more step.</summary>
    public EpochSums With(StepResult step, int images) =>
        new(Images + images, Correct + step.CorrectCount, Loss + step.Loss * images, GradientNorm + step.GradientNorm);
}
