namespace MLNet.RandomPruning.Training;

/// <summary>What training gives back.</summary>
public sealed record TrainingResult
{
    /// <summary>
    /// The best model: that of <see cref="BestEpoch"/>, or the weights at hand when training was cancelled before there was one. Its masks
    /// are those that it was trained with last.
    /// </summary>
    public required NetworkState State { get; init; }

    /// <summary>What each finished epoch found, in order.</summary>
    public required IReadOnlyList<EpochMetrics> History { get; init; }

    /// <summary>
    /// The epoch, counted from 1, with the highest validation accuracy (of several, the one with the lowest validation loss, then
    /// the earliest); without validation the last finished epoch; 0 when none was finished. Where masks become sparser in
    /// training, only epochs count that ended with masks as sparse as they will be.
    /// </summary>
    public required int BestEpoch { get; init; }

    /// <summary>Whether training was cancelled before it was done.</summary>
    public bool WasCancelled { get; init; }

    /// <summary>Whether training ended early because the validation accuracy rose no more.</summary>
    public bool StoppedEarly { get; init; }
}
