using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning.Schedules;

// Evci et al. (2020), algorithm 1: what was dropped is made up for where the magnitude of the dense gradient is largest, among all that is
// not kept after the drop.
internal sealed class RigLSchedule(double dropFraction, int intervalSteps, int? stopEpoch) : DropAndGrowSchedule(BaseName, dropFraction, intervalSteps, stopEpoch)
{
    public const string BaseName = "RigL";

    public static MaskSchedule Read(ScheduleSettings settings) => Read(settings, (drop, interval, stop) => new RigLSchedule(drop, interval, stop));

    public override bool NeedsGradients => true;

    private protected override bool MayGrowBack => true;

    private protected override uint[] GrowthOrder(MaskUpdateContext context, TileSet set)
    {
        if (context.Gradients is null)
        {
            throw new ArgumentException($"{Name} grows weights where their gradients are largest, and no gradients were given.", nameof(context));
        }

        float[] gradients = context.Gradients[set.Layers[0]];
        double[] sums = new double[set.Count];
        for (int weight = 0; weight < gradients.Length; weight++)
        {
            if (set.UnitOf(weight) is int unit and >= 0)
            {
                sums[unit] += Math.Abs(gradients[weight]);
            }
        }

        return UnitMoves.LargestFirst(sums);
    }
}
