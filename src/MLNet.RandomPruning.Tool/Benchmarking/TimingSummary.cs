namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>What repeated measurements of one thing come to, in milliseconds.</summary>
/// <param name="Median">Half of the repetitions took less.</param>
/// <param name="LowerQuartile">A quarter of the repetitions took less.</param>
/// <param name="UpperQuartile">A quarter of the repetitions took more.</param>
/// <param name="Minimum">The fastest repetition.</param>
/// <param name="Count">The number of repetitions.</param>
internal sealed record TimingSummary(double Median, double LowerQuartile, double UpperQuartile, double Minimum, int Count)
{
    /// <summary>The summary of some measurements; null when there are none.</summary>
    public static TimingSummary? Of(IEnumerable<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return sorted.Length == 0
            ? null
            : new TimingSummary(Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75), sorted[0], sorted.Length);
    }

    /// <summary>A quantile of sorted values, between two of them in a straight line.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
