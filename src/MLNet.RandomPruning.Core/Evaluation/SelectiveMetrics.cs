namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// How well a confidence tells right from wrong predictions, when a classifier may refuse to answer (Geifman and El-Yaniv,
/// "Selective classification for deep neural networks", NeurIPS 2017). Coverage is the share of rows that are answered, the most
/// confident first; risk the share of wrong answers among them.
/// </summary>
public sealed record SelectiveMetrics
{
    private static readonly string[] Metrics = [nameof(Risk), nameof(AreaUnderRiskCoverageCurve), nameof(ExcessAreaUnderRiskCoverageCurve)];

    internal SelectiveMetrics()
    {
    }

    /// <summary>The number of rows, N.</summary>
    public required int Count { get; init; }

    /// <summary>The share of wrong predictions when every row is answered.</summary>
    public required double Risk { get; init; }

    /// <summary>
    /// AURC = (1/N)·Σ_i (risk of the i most confident rows), from 0 to 1, lower is better. Rows of equal confidence count as in a
    /// random order: the mean of AURC over all their orders.
    /// </summary>
    public required double AreaUnderRiskCoverageCurve { get; init; }

    /// <summary>
    /// E-AURC (Geifman et al., "Bias-reduced uncertainty estimation for deep neural classifiers", ICLR 2019): AURC less that of the best
    /// confidence for as many errors, which puts all right predictions first; the latter as an exact sum, (1/N)·Σ_k k/(N − E + k) for k
    /// from 1 to the number of errors E. 0 is perfect.
    /// </summary>
    public required double ExcessAreaUnderRiskCoverageCurve { get; init; }

    /// <summary>
    /// The risk–coverage curve by rising coverage, a point for each distinct confidence; where there are more than
    /// <see cref="SelectiveOptions.CurvePoints"/>, those evenly spaced in coverage. The last point has coverage 1.
    /// </summary>
    public required IReadOnlyList<RiskCoveragePoint> RiskCoverageCurve { get; init; }

    /// <summary>The bootstrap intervals of the figures, each under the name of its property; empty when none were asked for.</summary>
    public required IReadOnlyList<BootstrapInterval> Intervals { get; init; }

    /// <summary>Measures selective prediction from any confidence, for example the negative of an <see cref="OutOfDistributionScore"/>.</summary>
    /// <param name="confidences">The confidence of each row, finite, at least one; the higher, the sooner answered.</param>
    /// <param name="correct">Whether each row's prediction is right.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="cancellationToken">Heard between resamples.</param>
    /// <exception cref="ScoreRowException">A confidence is not a finite number.</exception>
    /// <exception cref="ArgumentException">There are no rows, the lengths do not fit, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SelectiveMetrics Compute(
        ReadOnlySpan<double> confidences, ReadOnlySpan<bool> correct, SelectiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SelectiveOptions();
        options.Check();
        ScoreRows.CheckFinite(confidences, "confidences");
        if (correct.Length != confidences.Length)
        {
            throw new ArgumentException($"There are {confidences.Length} confidences, but {correct.Length} rows that are right or wrong.", nameof(correct));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var ranked = new RankedConfidences(confidences, correct);
        var (area, optimal, risk) = ranked.Figures([]);
        return new SelectiveMetrics
        {
            Count = confidences.Length,
            Risk = risk,
            AreaUnderRiskCoverageCurve = area,
            ExcessAreaUnderRiskCoverageCurve = area - optimal,
            RiskCoverageCurve = ranked.Curve(options.CurvePoints),
            Intervals = options.Bootstrap is null
                ? []
                : Bootstrap.Intervals(Metrics, [confidences.Length], (weights, values) => Fill(ranked.Figures(weights), values), options.Bootstrap, cancellationToken),
        };
    }

    /// <summary>Measures selective prediction with the largest probability as confidence.</summary>
    /// <param name="scores">The scores, row-major [rows, classes]: probabilities or logits.</param>
    /// <param name="labels">The zero-based class of each row.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="softmax">Whether the rows hold logits, of which the softmax is taken, in double precision.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="cancellationToken">Heard between rows and between resamples.</param>
    /// <exception cref="ScoreRowException">A row is not of probabilities, or not of finite logits, or its label is out of range.</exception>
    /// <exception cref="ArgumentException">There are no rows, the lengths do not fit, there are fewer than two classes, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SelectiveMetrics Compute(
        ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classCount, bool softmax = false, SelectiveOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        int rows = ScoreRows.CheckShape(scores.Length, labels.Length, classCount);
        double[] confidences = new double[rows];
        OutOfDistributionScore.MaxSoftmax.ScoreAll(scores, classCount, softmax, confidences, cancellationToken);
        bool[] correct = new bool[rows];
        for (int row = 0; row < rows; row++)
        {
            ScoreRows.CheckLabel(labels[row], classCount, row);
            confidences[row] = -confidences[row];
            correct[row] = LogSoftmax.IndexOfLargest(scores.Slice(row * classCount, classCount)) == labels[row];
        }

        return Compute(confidences, correct, options, cancellationToken);
    }

    /// <summary>The figures as a short table.</summary>
    public override string ToString() => MetricTable.Format(
        ScoreRows.Text($"Selective prediction on {Count:N0} rows"),
        [
            ("Risk at full coverage", nameof(Risk), Risk),
            ("AURC", nameof(AreaUnderRiskCoverageCurve), AreaUnderRiskCoverageCurve),
            ("E-AURC", nameof(ExcessAreaUnderRiskCoverageCurve), ExcessAreaUnderRiskCoverageCurve),
        ],
        Intervals);

    private static void Fill((double Area, double Optimal, double Risk) figures, Span<double> values)
    {
        values[0] = figures.Risk;
        values[1] = figures.Area;
        values[2] = figures.Area - figures.Optimal;
    }
}
