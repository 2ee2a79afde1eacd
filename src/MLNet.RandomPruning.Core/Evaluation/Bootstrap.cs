using System.Runtime.ExceptionServices;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// Percentile bootstrap intervals (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13): each resample
/// draws as many rows as there are, with replacement, and the interval goes from the (1 − level)/2 to the (1 + level)/2
/// quantile of the figure over the resamples, linearly interpolated between order statistics.
/// </summary>
public static class Bootstrap
{
    /// <summary>Works out figures on a resample. Called by several threads at once.</summary>
    /// <param name="multiplicities">How often each row is in the resample, the groups one after another.</param>
    /// <param name="figures">Takes the figures.</param>
    public delegate void Statistic(ReadOnlySpan<int> multiplicities, Span<double> figures);

    /// <summary>The intervals of figures over rows that fall into groups, each of which is resampled on its own and keeps its size.</summary>
    /// <param name="metrics">The names of the figures.</param>
    /// <param name="groupSizes">The number of rows in each group, at least one.</param>
    /// <param name="statistic">Works out the figures, in the order of their names.</param>
    /// <param name="options">How the intervals are made; by default 1,000 resamples at 95 %.</param>
    /// <param name="cancellationToken">Heard between two resamples.</param>
    /// <returns>An interval for each figure, in the order of their names: the same whatever the number of threads.</returns>
    /// <exception cref="ArgumentException">There is no figure, no group or an empty group, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<BootstrapInterval> Intervals(
        IReadOnlyList<string> metrics, IReadOnlyList<int> groupSizes, Statistic statistic, BootstrapOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(groupSizes);
        ArgumentNullException.ThrowIfNull(statistic);
        options ??= new BootstrapOptions();
        options.Check();
        if (metrics.Count == 0 || groupSizes.Count == 0 || groupSizes.Any(size => size <= 0))
        {
            throw new ArgumentException("A bootstrap needs at least one figure, and groups of at least one row.");
        }

        int rows = checked(groupSizes.Sum());
        double[] estimates = new double[metrics.Count];
        int[] once = new int[rows];
        Array.Fill(once, 1);
        statistic(once, estimates);

        double[][] draws = [.. metrics.Select(_ => new double[options.Resamples])];
        Resample(groupSizes, rows, statistic, options, draws, cancellationToken);
        return
        [
            .. metrics.Select((metric, index) =>
            {
                double[] sorted = draws[index];
                Array.Sort(sorted);
                var range = new Interval(Quantile(sorted, (1 - options.Level) / 2), Quantile(sorted, (1 + options.Level) / 2));
                return new BootstrapInterval(metric, estimates[index], range, options.Level);
            }),
        ];
    }

    private static void Resample(
        IReadOnlyList<int> groupSizes, int rows, Statistic statistic, BootstrapOptions options, double[][] draws, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(
                0, options.Resamples, new ParallelOptions { CancellationToken = cancellationToken },
                () => (Multiplicities: new int[rows], Figures: new double[draws.Length]),
                (resample, _, scratch) =>
                {
                    Draw(options.Seed, resample, groupSizes, scratch.Multiplicities);
                    statistic(scratch.Multiplicities, scratch.Figures);
                    for (int figure = 0; figure < draws.Length; figure++)
                    {
                        draws[figure][resample] = scratch.Figures[figure];
                    }

                    return scratch;
                },
                _ => { });
        }
        catch (AggregateException errors)
        {
            // The caller's own error, as if its statistic had been called without threads.
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }

    /// <summary>Each resample has a stream of its own, so that it does not matter which thread works it out, or when.</summary>
    private static void Draw(long seed, int resample, IReadOnlyList<int> groupSizes, int[] multiplicities)
    {
        Array.Clear(multiplicities);
        var random = new KeyedRandom(seed, RandomPurpose.Bootstrap, resample);
        int start = 0;
        foreach (int size in groupSizes)
        {
            for (int draw = 0; draw < size; draw++)
            {
                multiplicities[start + random.NextInt(size)]++;
            }

            start += size;
        }
    }

    private static double Quantile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[^1];
    }
}
