using System.Globalization;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>A range that an uncertain figure is expected in.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    // The 97.5 % point of the normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>
    /// Wilson's 95 % interval for a probability of which k of n trials succeeded (Wilson, "Probable inference, the law of
    /// succession, and statistical inference", JASA 1927): (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n), p = k/n,
    /// z = 1.96. Without trials it is [0, 1].
    /// </summary>
    /// <param name="successes">k, from 0 to n.</param>
    /// <param name="trials">n, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or there are more successes than trials.</exception>
    public static Interval Wilson(long successes, long trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        if (trials == 0)
        {
            return new Interval(0, 1);
        }

        double n = trials;
        double p = successes / n;
        double centre = p + Z * Z / (2 * n);
        double half = Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
        double scale = 1 + Z * Z / n;

        // At the ends the formula gives 0 or 1 but for rounding.
        return new Interval(successes == 0 ? 0 : (centre - half) / scale, successes == trials ? 1 : (centre + half) / scale);
    }

    /// <summary>The interval as text, for example <c>[0.7512, 0.8034]</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Low:F4}, {High:F4}]");
}
