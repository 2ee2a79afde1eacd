namespace MLNet.RandomPruning.Training;

/// <summary>How another thread asks a running training for a checkpoint. Safe to use from any thread.</summary>
public sealed class TrainingControl
{
    private int _checkpointRequested;

    /// <summary>
    /// Asks for a checkpoint at the next boundary between two steps. Returns at once; several requests before that boundary
    /// give one checkpoint. Has no effect when the training has no checkpoint path.
    /// </summary>
    public void RequestCheckpoint() => Volatile.Write(ref _checkpointRequested, 1);

    /// <summary>Whether a checkpoint was asked for since the last call.</summary>
    internal bool TakeCheckpointRequest() => Volatile.Read(ref _checkpointRequested) != 0 && Interlocked.Exchange(ref _checkpointRequested, 0) != 0;
}
