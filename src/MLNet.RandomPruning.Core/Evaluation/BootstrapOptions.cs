using System.Globalization;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>How bootstrap intervals are made.</summary>
public sealed record BootstrapOptions
{
    /// <summary>The number of resamples, from 2 to 1,000,000.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>The share of resamples whose figure lies in the interval, between 0 and 1.</summary>
    public double Level { get; init; } = 0.95;

    /// <summary>The seed of the resamples; the intervals are a pure function of it and the rows.</summary>
    public long Seed { get; init; }

    internal void Check()
    {
        if (Resamples is < 2 or > 1_000_000)
        {
            throw new ArgumentOutOfRangeException(
                nameof(Resamples), Resamples, $"{Resamples} resamples were asked for; a bootstrap takes 2 to 1,000,000.");
        }

        if (!(Level > 0 && Level < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Level), string.Create(
                CultureInfo.InvariantCulture, $"The level of the intervals is {Level}; it must be between 0 and 1, such as 0.95."));
        }
    }
}
