namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// How well a score (<see cref="OutOfDistributionScore"/>; the higher, the more out-of-distribution) tells two sets of inputs apart.
/// Out-of-distribution is the positive class unless said otherwise, and equal scores are never put in an order.
/// </summary>
public sealed record OutOfDistributionMetrics
{
    private const double Rate = 0.95;

    private static readonly string[] Metrics =
    [
        nameof(AreaUnderRocCurve), nameof(AveragePrecisionOut), nameof(AveragePrecisionIn), nameof(FalsePositiveRateAt95), nameof(ThresholdAt95),
        nameof(FalseAlarmRateAt95), nameof(DetectionError),
    ];

    internal OutOfDistributionMetrics()
    {
    }

    /// <summary>The number of in-distribution rows.</summary>
    public required int InDistributionCount { get; init; }

    /// <summary>The number of out-of-distribution rows.</summary>
    public required int OutOfDistributionCount { get; init; }

    /// <summary>
    /// The area under the ROC curve: the share of (in, out) pairs of rows in which the out-of-distribution row has the higher
    /// score, ties counted half. 1 is perfect, 0.5 is chance.
    /// </summary>
    public required double AreaUnderRocCurve { get; init; }

    /// <summary>
    /// AUPR out, as average precision: Σ_k (R_k − R_(k−1))·P_k over the distinct thresholds from the highest score down, with
    /// precision P and recall R of the rows at or above the threshold, out-of-distribution being the positive class.
    /// </summary>
    public required double AveragePrecisionOut { get; init; }

    /// <summary>AUPR in: the same sum with in-distribution as the positive class, over the rows at or below thresholds from the lowest score up.</summary>
    public required double AveragePrecisionIn { get; init; }

    /// <summary>
    /// FPR95, the false positive rate at 95 % true positive rate as Hendrycks and Gimpel (ICLR 2017) and ODIN (Liang et al.,
    /// ICLR 2018) report it: the share of out-of-distribution rows that pass as in-distribution at the lowest threshold,
    /// <see cref="ThresholdAt95"/>, that accepts at least 95 % of the in-distribution rows. Here in-distribution is the positive class.
    /// </summary>
    public required double FalsePositiveRateAt95 { get; init; }

    /// <summary>The lowest of the in-distribution scores such that at least 95 % of them are no higher; see <see cref="ThresholdFor"/>.</summary>
    public required double ThresholdAt95 { get; init; }

    /// <summary>
    /// The other rate that goes by the name FPR95 (Hendrycks et al., "Deep anomaly detection with outlier exposure", ICLR 2019): the
    /// share of in-distribution rows that are flagged at the highest threshold that flags at least 95 % of the out-of-distribution rows.
    /// </summary>
    public required double FalseAlarmRateAt95 { get; init; }

    /// <summary>
    /// ODIN's detection error: the least over all thresholds of ½·(share of in-distribution rows flagged) + ½·(share of
    /// out-of-distribution rows not flagged), from 0 to 0.5.
    /// </summary>
    public required double DetectionError { get; init; }

    /// <summary>
    /// The ROC curve from (0, 0) to (1, 1), a point for each distinct score; where there are more than
    /// <see cref="OutOfDistributionOptions.CurvePoints"/>, those evenly spaced along the curve.
    /// </summary>
    public required IReadOnlyList<RocPoint> RocCurve { get; init; }

    /// <summary>Histograms of both sets' scores over shared bins.</summary>
    public required ScoreHistogram Histogram { get; init; }

    /// <summary>The bootstrap intervals of the figures, each under the name of its property; empty when none were asked for.</summary>
    public required IReadOnlyList<BootstrapInterval> Intervals { get; init; }

    /// <summary>Measures detection from scores.</summary>
    /// <param name="inScores">The scores of in-distribution rows, finite, at least one.</param>
    /// <param name="outScores">The scores of out-of-distribution rows, finite, at least one.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="cancellationToken">Heard between resamples.</param>
    /// <exception cref="ScoreRowException">A score is not a finite number.</exception>
    /// <exception cref="ArgumentException">A set is empty, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static OutOfDistributionMetrics Compute(
        ReadOnlySpan<double> inScores, ReadOnlySpan<double> outScores, OutOfDistributionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new OutOfDistributionOptions();
        options.Check();
        ScoreRows.CheckFinite(inScores, "in-distribution scores");
        ScoreRows.CheckFinite(outScores, "out-of-distribution scores");
        cancellationToken.ThrowIfCancellationRequested();
        var ranked = new RankedScores(inScores, outScores);
        var figures = ranked.Figures([], Rate);
        return new OutOfDistributionMetrics
        {
            InDistributionCount = inScores.Length,
            OutOfDistributionCount = outScores.Length,
            AreaUnderRocCurve = figures.AreaUnderRoc,
            AveragePrecisionOut = figures.AveragePrecisionOut,
            AveragePrecisionIn = figures.AveragePrecisionIn,
            FalsePositiveRateAt95 = figures.FalsePositiveRate,
            ThresholdAt95 = figures.Threshold,
            FalseAlarmRateAt95 = figures.FalseAlarmRate,
            DetectionError = figures.DetectionError,
            RocCurve = ranked.Curve(options.CurvePoints),
            Histogram = ScoreHistogram.Of(inScores, outScores, options.HistogramBins),
            Intervals = options.Bootstrap is null
                ? []
                : Bootstrap.Intervals(
                    Metrics, [inScores.Length, outScores.Length], (weights, values) => Fill(ranked.Figures(weights, Rate), values), options.Bootstrap,
                    cancellationToken),
        };
    }

    /// <summary>
    /// The threshold that accepts a share of in-distribution rows: the lowest of their scores t such that at least that share has
    /// a score of at most t. Rows with a score above t are then to be flagged as out-of-distribution.
    /// </summary>
    /// <param name="inScores">The scores of in-distribution rows, finite, at least one.</param>
    /// <param name="truePositiveRate">The share to accept, above 0 and at most 1.</param>
    /// <exception cref="ScoreRowException">A score is not a finite number.</exception>
    /// <exception cref="ArgumentException">There are no scores, or the share is out of range.</exception>
    public static double ThresholdFor(ReadOnlySpan<double> inScores, double truePositiveRate)
    {
        ScoreRows.CheckFinite(inScores, "in-distribution scores");
        if (!(truePositiveRate > 0 && truePositiveRate <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(truePositiveRate), ScoreRows.Text(
                $"The wished true positive rate is {truePositiveRate}; it must be above 0 and at most 1, such as 0.95."));
        }

        double[] sorted = inScores.ToArray();
        Array.Sort(sorted);

        // The share itself is compared, so that 95 % of 60 rows are 57 rows and not 58 by rounding.
        int accepted = Math.Clamp((int)(truePositiveRate * sorted.Length) - 1, 1, sorted.Length);
        while ((double)accepted / sorted.Length < truePositiveRate)
        {
            accepted++;
        }

        return sorted[accepted - 1];
    }

    /// <summary>The figures as a short table.</summary>
    public override string ToString() => MetricTable.Format(
        ScoreRows.Text($"Out-of-distribution detection on {InDistributionCount:N0} rows in and {OutOfDistributionCount:N0} out"),
        [
            ("ROC-AUC", nameof(AreaUnderRocCurve), AreaUnderRocCurve),
            ("AUPR out", nameof(AveragePrecisionOut), AveragePrecisionOut),
            ("AUPR in", nameof(AveragePrecisionIn), AveragePrecisionIn),
            ("FPR at 95 % TPR", nameof(FalsePositiveRateAt95), FalsePositiveRateAt95),
            ("False alarms at 95 % detected", nameof(FalseAlarmRateAt95), FalseAlarmRateAt95),
            ("Detection error", nameof(DetectionError), DetectionError),
        ],
        Intervals);

    private static void Fill(DetectionFigures figures, Span<double> values)
    {
        values[0] = figures.AreaUnderRoc;
        values[1] = figures.AveragePrecisionOut;
        values[2] = figures.AveragePrecisionIn;
        values[3] = figures.FalsePositiveRate;
        values[4] = figures.Threshold;
        values[5] = figures.FalseAlarmRate;
        values[6] = figures.DetectionError;
    }
}
