using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// A fall along half a cosine wave, without restarts: share = ½(1 + cos(π·step/steps)) (Loshchilov and Hutter, "SGDR: stochastic
/// gradient descent with warm restarts", ICLR 2017, equation 5, with a smallest rate of 0).
/// </summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    internal const string ScheduleName = "cosine";

    /// <inheritdoc/>
    public override string Name => ScheduleName;

    /// <inheritdoc/>
    public override double ShareAt(long step, int stepsPerEpoch, int epochs) => PortableMath.HalfCosine((double)step / ((long)stepsPerEpoch * epochs));
}
