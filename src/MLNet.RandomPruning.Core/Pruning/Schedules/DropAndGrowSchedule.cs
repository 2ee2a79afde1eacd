using System.Globalization;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning.Schedules;

/// <summary>
/// Dynamic sparse training at constant density: now and then each layer drops the units with the smallest magnitudes and grows as many
/// others. A unit's magnitude is the sum of those of its weights; of equal ones the first goes first.
/// </summary>
internal abstract class DropAndGrowSchedule : MaskSchedule
{
    private readonly double _dropFraction;
    private readonly int _interval;
    private readonly int? _stopEpoch;

    private protected DropAndGrowSchedule(string baseName, double dropFraction, int intervalSteps, int? stopEpoch)
    {
        ScheduleSettings.Require(dropFraction is > 0 and < 1, baseName, "drop", dropFraction, "a fraction above 0 and below 1", nameof(dropFraction));
        ScheduleSettings.Require(intervalSteps >= 1, baseName, "interval", intervalSteps, "at least 1 step", nameof(intervalSteps));
        ScheduleSettings.Require(stopEpoch is null or (>= 1 and <= ScheduleSettings.MaximumEpochs), baseName, "stop", stopEpoch ?? 0, "an epoch from 1 to 1,000,000", nameof(stopEpoch));
        (_dropFraction, _interval, _stopEpoch) = (dropFraction, intervalSteps, stopEpoch);
        Name = string.Create(CultureInfo.InvariantCulture, $"{baseName}(drop={dropFraction},interval={intervalSteps}{(stopEpoch is { } stop ? $",stop={stop}" : "")})");
    }

    public sealed override string Name { get; }

    /// <summary>Whether a unit may grow in the same change that drops it.</summary>
    private protected abstract bool MayGrowBack { get; }

    public sealed override void ThrowIfUnfit(NetworkMask target, int epochs)
    {
        if (_stopEpoch > epochs)
        {
            throw new ArgumentException($"{Name} moves weights for {_stopEpoch} epochs, but training has {epochs}; stop after {epochs} or fewer, or leave the stop out for three quarters of them.");
        }

        var granularity = target.Granularity;
        if (granularity is not TiledGranularity || target.RemovesChannels)
        {
            throw new ArgumentException(
                $"{Name} cannot move what masks of granularity {granularity} prune: a channel that is taken out of the network has neither weights nor gradients to come back by. Use the schedule {Static} or {GradualSchedule.BaseName}, or a granularity that leaves channels in, such as {MaskGranularity.Unstructured} or {MaskGranularity.Kernel}.");
        }

        var sets = granularity.UnitsOf(target.Network);
        if (!granularity.Expand(target.Network, sets, granularity.KeptUnits(target, sets), origin: null).SameAs(target))
        {
            throw new ArgumentException($"{Name} moves whole units, but some units of granularity {granularity} are kept in part; make the masks anew at this granularity.");
        }
    }

    public sealed override bool UpdatesBefore(long step, int stepsPerEpoch, int epochs) =>
        step > 0 && step % _interval == 0 && step < StopStep(stepsPerEpoch, epochs);

    public sealed override NetworkMask Update(MaskUpdateContext context)
    {
        var mask = context.Weights.Mask;
        var granularity = context.Target.Granularity;
        var sets = granularity.UnitsOf(mask.Network);
        ulong[][] kept = granularity.KeptUnits(mask, sets);
        double fraction = _dropFraction * PortableMath.HalfCosine((double)context.Step / StopStep(context.StepsPerEpoch, context.Epochs));
        bool changes = false;
        for (int index = 0; index < sets.Count; index++)
        {
            var set = (TileSet)sets[index];
            int count = BitSets.Count(kept[index]);

            // Where little is pruned, no more can move than there is room for; a dense set stays as it is.
            int drops = Math.Min((int)Math.Round(fraction * count, MidpointRounding.AwayFromZero), set.Count - count);
            if (drops > 0)
            {
                kept[index] = Moves(set, granularity).Move(kept[index], drops, UnitMoves.SmallestFirst(Magnitudes(context, set)), GrowthOrder(context, set), MayGrowBack);
                changes = true;
            }
        }

        return changes ? granularity.Expand(mask.Network, sets, kept, origin: null) : mask;
    }

    /// <summary>A number for each unit of a set; those with the smallest grow.</summary>
    private protected abstract uint[] GrowthOrder(MaskUpdateContext context, TileSet set);

    private protected static MaskSchedule Read(ScheduleSettings settings, Func<double, int, int?, MaskSchedule> make)
    {
        settings.AllowOnly("drop", "interval", "stop");
        return make(settings.Number("drop") ?? 0.3, settings.Whole("interval") ?? 100, settings.Whole("stop"));
    }

    private static UnitMoves Moves(TileSet set, MaskGranularity granularity) => granularity is NOfMGranularity groups
        ? new UnitMoves(set.Count, groups.GroupCount(set.Layer), unit => groups.GroupOf(set.Layer, unit), groups.MaximumKept)
        : new UnitMoves(set.Count);

    private static double[] Magnitudes(MaskUpdateContext context, TileSet set)
    {
        var layer = context.Weights.Mask.Layers[set.Layers[0]];
        int[] positions = layer.KeptIndices();
        float[] values = context.Weights[$"{layer.Layer.Name}.weight"];
        double[] sums = new double[set.Count];
        for (int weight = 0; weight < positions.Length; weight++)
        {
            if (set.UnitOf(positions[weight]) is int unit and >= 0)
            {
                sums[unit] += Math.Abs(values[weight]);
            }
        }

        return sums;
    }

    private long StopStep(int stepsPerEpoch, int epochs) =>
        _stopEpoch is { } stop ? (long)stop * stepsPerEpoch : 3L * epochs * stepsPerEpoch / 4;
}
