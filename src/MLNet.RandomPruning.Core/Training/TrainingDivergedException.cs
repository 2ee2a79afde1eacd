namespace MLNet.RandomPruning.Training;

/// <summary>Training stopped because the loss, its gradient or a weight was no longer a finite number.</summary>
public sealed class TrainingDivergedException : Exception
{
    internal TrainingDivergedException(string what, int epoch, int step, double learningRate, NetworkState? lastGoodState, int lastGoodEpoch)
        : base(FormattableString.Invariant($"Training diverged: {what} in epoch {epoch}, step {step}, at learning rate {learningRate:G6}.")
            + FormattableString.Invariant($" Try a lower learning rate, for example {learningRate / 10:G6}, or warm-up epochs.")
            + (lastGoodEpoch == 0 ? " No epoch had been finished." : FormattableString.Invariant($" The best model so far, of epoch {lastGoodEpoch}, is kept.")))
    {
        Epoch = epoch;
        Step = step;
        LearningRate = learningRate;
        LastGoodState = lastGoodState;
        LastGoodEpoch = lastGoodEpoch;
    }

    /// <summary>The epoch, counted from 1.</summary>
    public int Epoch { get; }

    /// <summary>The step within the epoch, counted from 1.</summary>
    public int Step { get; }

    /// <summary>The learning rate of that step.</summary>
    public double LearningRate { get; }

    /// <summary>The best model so far, with finite numbers only; null when no epoch had been finished.</summary>
    public NetworkState? LastGoodState { get; }

    /// <summary>The epoch that <see cref="LastGoodState"/> comes from, counted from 1; 0 when there is none.</summary>
    public int LastGoodEpoch { get; }
}
