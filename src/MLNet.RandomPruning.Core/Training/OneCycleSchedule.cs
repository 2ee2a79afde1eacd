using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// One rise and one fall (Smith and Topin, "Super-convergence: very fast training of neural networks using large learning
/// rates", 2017): from 1/25 of the rate up to the whole rate over the first 30 % of the steps, then down to 1/250,000 of it at
/// the last step. Both parts follow half a cosine wave, as is usual now, where the paper has straight lines; the momentum stays.
/// </summary>
public sealed record OneCycleSchedule : LearningRateSchedule
{
    internal const string ScheduleName = "one-cycle";

    private const double RiseFraction = 0.3;
    private const double FirstShare = 1.0 / 25;
    private const double LastShare = FirstShare / 1e4;

    /// <inheritdoc/>
    public override string Name => ScheduleName;

    /// <inheritdoc/>
    public override double ShareAt(long step, int stepsPerEpoch, int epochs)
    {
        long last = (long)stepsPerEpoch * epochs - 1;
        if (last == 0)
        {
            return 1;
        }

        double t = (double)step / last;
        return t <= RiseFraction
            ? 1 + (FirstShare - 1) * PortableMath.HalfCosine(t / RiseFraction)
            : LastShare + (1 - LastShare) * PortableMath.HalfCosine((t - RiseFraction) / (1 - RiseFraction));
    }
}
