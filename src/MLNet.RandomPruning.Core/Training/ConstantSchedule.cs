namespace MLNet.RandomPruning.Training;

/// <summary>The same rate throughout.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    internal const string ScheduleName = "constant";

    /// <inheritdoc/>
    public override string Name => ScheduleName;

    /// <inheritdoc/>
    public override double ShareAt(long step, int stepsPerEpoch, int epochs) => 1;
}
