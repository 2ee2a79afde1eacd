using System.Globalization;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// A rate that falls by a factor after each of some epochs: share = factor^(the number of milestones ≤ the epochs done).
/// Without epochs of its own it falls after half and after three quarters of all epochs, rounded down: 80 and 120 of 160,
/// 2 and 3 of 5; one that rounds to 0 epochs is left out.
/// </summary>
public sealed record MultiStepSchedule : LearningRateSchedule
{
    internal const string ScheduleName = "multi-step";

    private const double DefaultFactor = 0.1;

    /// <summary>Takes the epochs after which the rate falls, and the factor.</summary>
    /// <param name="milestones">Epochs, ascending, each at least 1; none for half and three quarters of all epochs.</param>
    /// <param name="factor">What the rate is multiplied with at each, above 0 and below 1.</param>
    /// <exception cref="ArgumentException">The epochs do not ascend from 1, or the factor is out of range.</exception>
    public MultiStepSchedule(IReadOnlyList<int>? milestones = null, double factor = DefaultFactor)
    {
        Milestones = milestones is null ? [] : [.. milestones];
        Factor = factor;
        for (int index = 0; index < Milestones.Count; index++)
        {
            if (Milestones[index] <= (index == 0 ? 0 : Milestones[index - 1]))
            {
                throw new ArgumentException(
                    $"The epochs of a multi-step schedule are {string.Join(", ", Milestones)}, but must ascend and be at least 1.", nameof(milestones));
            }
        }

        if (!(factor > 0 && factor < 1))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The factor of a multi-step schedule is {factor}, but must be above 0 and below 1."), nameof(factor));
        }
    }

    /// <summary>The number of epochs after each of which the rate falls, ascending; empty for half and three quarters of all epochs.</summary>
    public IReadOnlyList<int> Milestones { get; }

    /// <summary>What the rate is multiplied with at each milestone.</summary>
    public double Factor { get; }

    /// <inheritdoc/>
    public override string Name => ScheduleName;

    /// <inheritdoc/>
    public override double ShareAt(long step, int stepsPerEpoch, int epochs)
    {
        long done = step / stepsPerEpoch;
        double share = 1;
        if (Milestones.Count == 0)
        {
            share *= Fall(epochs / 2) * Fall((int)(3L * epochs / 4));
        }

        for (int index = 0; index < Milestones.Count; index++)
        {
            share *= Fall(Milestones[index]);
        }

        return share;

        double Fall(int milestone) => milestone > 0 && done >= milestone ? Factor : 1;
    }

    /// <summary>Whether both have the same epochs and factor.</summary>
    public bool Equals(MultiStepSchedule? other) => other is not null && Factor == other.Factor && Milestones.SequenceEqual(other.Milestones);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Milestones.Count, Factor);

    /// <inheritdoc/>
    private protected override string Arguments =>
        string.Join(',', Milestones.Select(epoch => epoch.ToString(CultureInfo.InvariantCulture)))
        + (Factor == DefaultFactor ? "" : ":" + Factor.ToString(CultureInfo.InvariantCulture));

    /// <summary>The schedule for a text such as <c>80,120</c>, <c>80,120:0.2</c>, <c>:0.2</c> or nothing; null when it is none of these.</summary>
    internal static MultiStepSchedule? Read(string arguments)
    {
        string[] parts = arguments.Split(':');
        double factor = DefaultFactor;
        if (parts.Length > 2 || (parts.Length == 2 && !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out factor)))
        {
            return null;
        }

        var milestones = new List<int>();
        foreach (string text in parts[0].Split(',', StringSplitOptions.TrimEntries | (parts[0].Trim().Length == 0 ? StringSplitOptions.RemoveEmptyEntries : 0)))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch))
            {
                return null;
            }

            milestones.Add(epoch);
        }

        return new MultiStepSchedule(milestones, factor);
    }
}
