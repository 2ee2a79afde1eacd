using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning.Schedules;

// Mocanu et al. (2018): what was dropped is made up for at random, elsewhere.
internal sealed class SetSchedule(double dropFraction, int intervalSteps, int? stopEpoch) : DropAndGrowSchedule(BaseName, dropFraction, intervalSteps, stopEpoch)
{
    public const string BaseName = "SET";

    public static MaskSchedule Read(ScheduleSettings settings) => Read(settings, (drop, interval, stop) => new SetSchedule(drop, interval, stop));

    private protected override bool MayGrowBack => false;

    // A stream for each set and step; a unit's number is the one at its place in it, so that it does not depend on what else could grow.
    private protected override uint[] GrowthOrder(MaskUpdateContext context, TileSet set)
    {
        var random = new KeyedRandom(context.Seed, RandomPurpose.MaskGrowth, FormattableString.Invariant($"{set.Name}@{context.Step}"));
        uint[] order = new uint[set.Count];
        for (int unit = 0; unit < order.Length; unit++)
        {
            order[unit] = random.NextUInt32();
        }

        return order;
    }
}
