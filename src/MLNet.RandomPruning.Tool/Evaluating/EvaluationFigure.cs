using System.Globalization;
using MLNet.RandomPruning.Evaluation;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>A figure as people read it, with its interval where there is one.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Value">The figure.</param>
/// <param name="Range">Its bootstrap interval; null where none was asked for.</param>
/// <param name="IsShare">Whether it is shown in percent.</param>
/// <param name="Meaning">What it says, in a sentence.</param>
internal sealed record EvaluationFigure(string Name, double Value, Interval? Range, bool IsShare, string Meaning)
{
    /// <summary>The figure as text.</summary>
    public string Text => Format(Value);

    /// <summary>The interval as text; empty where there is none.</summary>
    public string RangeText => Range is { } range ? $"{Format(range.Low)} – {Format(range.High)}" : "";

    /// <summary>The figures of calibration and of selective prediction.</summary>
    public static IReadOnlyList<EvaluationFigure> Of(EvaluateResult result)
    {
        var (calibration, selective) = (result.Calibration, result.Selective);
        return
        [
            Share("accuracy", nameof(calibration.Accuracy), calibration.Accuracy, calibration.Intervals, "The share of images whose most probable class is theirs."),
            Share("mean confidence", nameof(calibration.MeanConfidence), calibration.MeanConfidence, calibration.Intervals, "The mean of the largest probability; above the accuracy, the model is too sure of itself."),
            Share("ECE", nameof(calibration.ExpectedCalibrationError), calibration.ExpectedCalibrationError, calibration.Intervals, "Expected calibration error: the mean distance of accuracy and confidence over bins of equal width."),
            Share("ECE, equal mass", nameof(calibration.EqualMassCalibrationError), calibration.EqualMassCalibrationError, calibration.Intervals, "The same over bins that hold equally many images."),
            Share("ECE, class-wise", nameof(calibration.ClasswiseCalibrationError), calibration.ClasswiseCalibrationError, calibration.Intervals, "The same for the probability of every class, a mean over classes."),
            Share("MCE", nameof(calibration.MaximumCalibrationError), calibration.MaximumCalibrationError, calibration.Intervals, "Maximum calibration error: that of the worst bin."),
            Plain("Brier score", nameof(calibration.BrierScore), calibration.BrierScore, calibration.Intervals, "The mean squared distance of the probabilities from the truth, from 0 to 2."),
            Plain("NLL (nats)", nameof(calibration.NegativeLogLikelihood), calibration.NegativeLogLikelihood, calibration.Intervals, "Negative log-likelihood: the mean of −ln of the true class's probability; the log-loss."),
            Plain("AURC", nameof(selective.AreaUnderRiskCoverageCurve), selective.AreaUnderRiskCoverageCurve, selective.Intervals, "The area under the risk–coverage curve; lower is better."),
            Plain("E-AURC", nameof(selective.ExcessAreaUnderRiskCoverageCurve), selective.ExcessAreaUnderRiskCoverageCurve, selective.Intervals, "AURC less that of a confidence which puts all right answers first; 0 is perfect."),
        ];
    }

    /// <summary>The figures of one out-of-distribution score on one set.</summary>
    public static IReadOnlyList<EvaluationFigure> Of(OutOfDistributionMetrics metrics) =>
    [
        Share("ROC-AUC", nameof(metrics.AreaUnderRocCurve), metrics.AreaUnderRocCurve, metrics.Intervals, "How often an unknown image has the higher score of a pair; 50 % is chance."),
        Share("AUPR out", nameof(metrics.AveragePrecisionOut), metrics.AveragePrecisionOut, metrics.Intervals, "Average precision of finding unknown images."),
        Share("AUPR in", nameof(metrics.AveragePrecisionIn), metrics.AveragePrecisionIn, metrics.Intervals, "Average precision of finding known images."),
        Share("FPR at 95 % TPR", nameof(metrics.FalsePositiveRateAt95), metrics.FalsePositiveRateAt95, metrics.Intervals, "The share of unknown images that pass where 95 % of the known ones do."),
        Share("detection error", nameof(metrics.DetectionError), metrics.DetectionError, metrics.Intervals, "The least mean of both error rates over all thresholds."),
    ];

    /// <summary>A share in percent.</summary>
    public static string Percent(double? value) => value?.ToString("P2", CultureInfo.InvariantCulture) ?? "-";

    private static EvaluationFigure Share(string name, string metric, double value, IReadOnlyList<BootstrapInterval> intervals, string meaning) =>
        new(name, value, RangeOf(metric, intervals), true, meaning);

    private static EvaluationFigure Plain(string name, string metric, double value, IReadOnlyList<BootstrapInterval> intervals, string meaning) =>
        new(name, value, RangeOf(metric, intervals), false, meaning);

    private static Interval? RangeOf(string metric, IReadOnlyList<BootstrapInterval> intervals) => intervals.FirstOrDefault(interval => interval.Metric == metric)?.Range;

    private string Format(double value) => IsShare ? Percent(value) : value.ToString("F4", CultureInfo.InvariantCulture);
}
