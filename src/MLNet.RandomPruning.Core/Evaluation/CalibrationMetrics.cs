namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// How far a classifier's probabilities can be taken at their word. A row's confidence is its largest probability, its
/// predicted class the first that has it; a row is correct when that is its label.
/// </summary>
public sealed record CalibrationMetrics
{
    internal CalibrationMetrics()
    {
    }

    /// <summary>The number of rows, N.</summary>
    public required int Count { get; init; }

    /// <summary>The number of classes, C.</summary>
    public required int ClassCount { get; init; }

    /// <summary>The share of correct rows, from 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The mean confidence, from 0 to 1; above the accuracy, the model is too sure of itself.</summary>
    public required double MeanConfidence { get; init; }

    /// <summary>
    /// ECE = Σ_b (n_b/N)·|accuracy_b − confidence_b| over the bins of <see cref="ReliabilityDiagram"/>, from 0 to 1
    /// (Naeini et al., AAAI 2015; Guo et al., "On calibration of modern neural networks", ICML 2017).
    /// </summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>The same sum over the bins of <see cref="EqualMassDiagram"/> (Nixon et al., "Measuring calibration in deep learning", 2019).</summary>
    public required double EqualMassCalibrationError { get; init; }

    /// <summary>MCE = max_b |accuracy_b − confidence_b| over the bins of <see cref="ReliabilityDiagram"/> that are not empty, from 0 to 1.</summary>
    public required double MaximumCalibrationError { get; init; }

    /// <summary>
    /// Class-wise (static) ECE: the mean over classes c of Σ_b (n_bc/N)·|share of label c − mean of p_c|, all rows binned by
    /// p_c into bins of equal width (Nixon et al. 2019; Kull et al., "Beyond temperature scaling", NeurIPS 2019).
    /// </summary>
    public required double ClasswiseCalibrationError { get; init; }

    /// <summary>The Brier score: the mean over rows of Σ_c (p_c − [label = c])², from 0 to 2 (Brier, 1950).</summary>
    public required double BrierScore { get; init; }

    /// <summary>
    /// The mean of −ln p of the true class, in nats. From logits it is exact. Of given probabilities, those below 1e-15 count
    /// as 1e-15, as in ML.NET's log-loss, so that a probability of 0 costs 34.5 and not infinity.
    /// </summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>The bins of equal width over [0, 1], by rising confidence; edges are compared in single precision.</summary>
    public required IReadOnlyList<ReliabilityBin> ReliabilityDiagram { get; init; }

    /// <summary>
    /// The bins of equal mass, by rising confidence. Of N rows, one with r rows of smaller confidence is in bin ⌊B·r/N⌋ of B, so
    /// that without ties the bins' counts differ by at most one, and rows of equal confidence stay together whatever the order
    /// of the rows; large ties leave the bins behind them empty.
    /// </summary>
    public required IReadOnlyList<ReliabilityBin> EqualMassDiagram { get; init; }

    /// <summary>The bootstrap intervals of the figures, each under the name of its property; empty when none were asked for.</summary>
    public required IReadOnlyList<BootstrapInterval> Intervals { get; init; }

    /// <summary>Measures calibration on rows that are all at hand; <see cref="CalibrationEvaluator"/> takes them one by one.</summary>
    /// <param name="scores">The scores, row-major [rows, classes]: probabilities, or logits with <see cref="CalibrationOptions.Softmax"/>.</param>
    /// <param name="labels">The zero-based class of each row.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="cancellationToken">Heard between rows and between resamples.</param>
    /// <exception cref="ScoreRowException">
    /// A row is not of probabilities (finite, not negative, summing to 1 to within 0.001) or not of finite logits, or its label is out of range.
    /// </exception>
    /// <exception cref="ArgumentException">There are no rows, the lengths do not fit, there are fewer than two classes, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CalibrationMetrics Compute(
        ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classCount, CalibrationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ScoreRows.CheckShape(scores.Length, labels.Length, classCount);
        var evaluator = new CalibrationEvaluator(classCount, options);
        evaluator.AddRows(scores, labels, cancellationToken);
        return evaluator.Compute(cancellationToken);
    }

    /// <summary>The figures as a short table.</summary>
    public override string ToString() => MetricTable.Format(
        ScoreRows.Text($"Calibration on {Count:N0} rows, {ClassCount} classes, {ReliabilityDiagram.Count} bins"),
        [
            ("Accuracy", nameof(Accuracy), Accuracy),
            ("Mean confidence", nameof(MeanConfidence), MeanConfidence),
            ("ECE", nameof(ExpectedCalibrationError), ExpectedCalibrationError),
            ("ECE, equal mass", nameof(EqualMassCalibrationError), EqualMassCalibrationError),
            ("ECE, class-wise", nameof(ClasswiseCalibrationError), ClasswiseCalibrationError),
            ("MCE", nameof(MaximumCalibrationError), MaximumCalibrationError),
            ("Brier score", nameof(BrierScore), BrierScore),
            ("NLL (nats)", nameof(NegativeLogLikelihood), NegativeLogLikelihood),
        ],
        Intervals);
}
