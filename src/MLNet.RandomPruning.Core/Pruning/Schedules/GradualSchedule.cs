using System.Globalization;

namespace MLNet.RandomPruning.Pruning.Schedules;

// Zhu and Gupta (2017), equation 1, from an initial sparsity of 0: s_t = s_f·(1 − (1 − (t − t₀)/(t₁ − t₀))³). The target's masks give s_f,
// so what is computed here is the share of s_f.
internal sealed class GradualSchedule : MaskSchedule
{
    public const string BaseName = "Gradual";

    private readonly int _startEpoch, _interval;
    private readonly int? _endEpoch;

    public GradualSchedule(int startEpoch, int? endEpoch, int intervalSteps)
    {
        ScheduleSettings.Require(startEpoch is >= 0 and <= ScheduleSettings.MaximumEpochs, BaseName, "start", startEpoch, "an epoch from 0 to 1,000,000", nameof(startEpoch));
        ScheduleSettings.Require(endEpoch is null || (endEpoch > startEpoch && endEpoch <= ScheduleSettings.MaximumEpochs), BaseName, "end", endEpoch ?? 0, $"an epoch above the start, {startEpoch}, and at most 1,000,000", nameof(endEpoch));
        ScheduleSettings.Require(intervalSteps >= 1, BaseName, "interval", intervalSteps, "at least 1 step", nameof(intervalSteps));
        (_startEpoch, _endEpoch, _interval) = (startEpoch, endEpoch, intervalSteps);
        Name = string.Create(CultureInfo.InvariantCulture, $"{BaseName}(start={startEpoch},{(endEpoch is { } end ? $"end={end}," : "")}interval={intervalSteps})");
    }

    public override string Name { get; }

    public static MaskSchedule Read(ScheduleSettings settings)
    {
        settings.AllowOnly("start", "end", "interval");
        return new GradualSchedule(settings.Whole("start") ?? 0, settings.Whole("end"), settings.Whole("interval") ?? 100);
    }

    public override void ThrowIfUnfit(NetworkMask target, int epochs)
    {
        if (_endEpoch >= epochs)
        {
            throw new ArgumentException(epochs == 1
                ? $"{Name} ends after {_endEpoch} epochs, but training has one, and the best model is looked for among the epochs after the end; leave the end out to prune in the first half of the epoch."
                : $"{Name} ends after {_endEpoch} epochs, but training has {epochs}, and the best model is looked for among the epochs after the end; end after {epochs - 1} epochs or fewer, or leave the end out for half of them.");
        }

        if (_endEpoch is null && 2L * _startEpoch >= epochs)
        {
            throw new ArgumentException($"{Name} starts after {_startEpoch} epochs, but ends after half of the {epochs} epochs of training; start earlier, or give an end below {epochs}.");
        }
    }

    public override NetworkMask InitialMask(NetworkMask target) => MaskGenerator.Between(target, 0);

    public override bool UpdatesBefore(long step, int stepsPerEpoch, int epochs)
    {
        var (start, end) = Steps(stepsPerEpoch, epochs);
        return step > start && step <= end && ((step - start) % _interval == 0 || step == end);
    }

    public override bool HasReachedTarget(long step, int stepsPerEpoch, int epochs) => step >= Steps(stepsPerEpoch, epochs).End;

    public override NetworkMask Update(MaskUpdateContext context)
    {
        var (start, end) = Steps(context.StepsPerEpoch, context.Epochs);
        double left = 1 - (double)(context.Step - start) / (end - start);
        return MaskGenerator.Between(context.Target, 1 - left * left * left);
    }

    private (long Start, long End) Steps(int stepsPerEpoch, int epochs) =>
        ((long)_startEpoch * stepsPerEpoch, _endEpoch is { } end ? (long)end * stepsPerEpoch : (long)epochs * stepsPerEpoch / 2);
}
