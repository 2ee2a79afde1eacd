using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>The charts of calibration and of selective prediction.</summary>
internal static class CalibrationCharts
{
    private const string Ink = "var(--ink)", Muted = "var(--muted)", Accent = "var(--c1)";

    public static IEnumerable<ReportChart> Of(EvaluateResult result)
    {
        yield return Reliability(result.Calibration);
        yield return Confidence(result.Calibration);
        yield return RiskCoverage(result.Selective);
    }

    private static ReportChart Reliability(CalibrationMetrics calibration)
    {
        object[] bins = [.. calibration.ReliabilityDiagram.Where(bin => bin.Count > 0).Select(bin => new
        {
            lower = bin.Lower,
            upper = bin.Upper,
            accuracy = bin.Accuracy,
            confidence = bin.MeanConfidence,
            low = bin.AccuracyInterval.Low,
            high = bin.AccuracyInterval.High,
            count = bin.Count,
        })];
        var confidence = Channel.Number("confidence", "confidence", ReportAxes.Percent, Scale.Unit);
        var accuracy = Channel.Number("accuracy", "accuracy", ReportAxes.Percent, Scale.Unit);
        return new ReportChart(
            "reliability", "Reliability diagram",
            "Each bin of confidence with its accuracy and the 95 % interval of that (Wilson). On the dashed line a model is as often right as it says; below it, it is too sure of itself.",
            new ChartSpec
            {
                Description = "Reliability diagram: accuracy against confidence, a point with an interval for each bin.",
                Layer =
                [
                    new ChartLayer(new ChartData(bins), new Mark("rect") { Color = Accent, FillOpacity = 0.18 }, new Encoding
                    {
                        X = confidence with { Field = "lower" }, X2 = Channel.End("upper"), Y = accuracy, Y2 = Channel.At(0),
                    }),
                    new ChartLayer(
                        new ChartData([new { confidence = 0, accuracy = 0 }, new { confidence = 1, accuracy = 1 }]), new Mark("line") { Color = Muted, StrokeDash = [4, 4], StrokeWidth = 1.5 },
                        new Encoding { X = confidence, Y = accuracy }),
                    new ChartLayer(new ChartData(bins), new Mark("rule") { Color = Accent, StrokeWidth = 1.5 }, new Encoding
                    {
                        X = confidence, Y = accuracy with { Field = "low" }, Y2 = Channel.End("high"),
                    }),
                    new ChartLayer(new ChartData(bins), new Mark("point") { Color = Accent, Filled = true, Size = 55, Opacity = 1 }, new Encoding
                    {
                        X = confidence,
                        Y = accuracy,
                        Tooltip =
                        [
                            ReportAxes.PercentTip("confidence", "mean confidence"), ReportAxes.PercentTip("accuracy", "accuracy"), ReportAxes.PercentTip("low", "95 % from"),
                            ReportAxes.PercentTip("high", "95 % to"), ReportAxes.CountTip("count", "images"),
                        ],
                    }),
                ],
            });
    }

    private static ReportChart Confidence(CalibrationMetrics calibration)
    {
        object[] bins = [.. calibration.ReliabilityDiagram.Select(bin => new { lower = bin.Lower, upper = bin.Upper, share = (double)bin.Count / calibration.Count, count = bin.Count })];
        string[] names = ["accuracy", "mean confidence"];
        object[] means = [new { name = names[0], value = calibration.Accuracy }, new { name = names[1], value = calibration.MeanConfidence }];
        var place = Channel.Number("lower", "confidence", ReportAxes.Percent, Scale.Unit);
        return new ReportChart(
            "confidence", "How sure the model is", "The share of images in each bin of confidence. Of a calibrated model, accuracy and mean confidence are the same.",
            new ChartSpec
            {
                Description = "Histogram of confidence with accuracy and mean confidence marked.",
                Layer =
                [
                    new ChartLayer(new ChartData(bins), new Mark("rect") { Color = Accent, FillOpacity = 0.35, Stroke = "var(--page)", StrokeWidth = 1 }, new Encoding
                    {
                        X = place,
                        X2 = Channel.End("upper"),
                        Y = Channel.Number("share", "share of images", ReportAxes.Percent),
                        Y2 = Channel.At(0),
                        Tooltip = [ReportAxes.PercentTip("lower", "above"), ReportAxes.PercentTip("upper", "up to"), ReportAxes.PercentTip("share", "share"), ReportAxes.CountTip("count", "images")],
                    }),
                    new ChartLayer(new ChartData(means), new Mark("rule") { StrokeWidth = 2 }, new Encoding
                    {
                        X = place with { Field = "value" },
                        Color = Channel.Name("name", "", new Scale { Domain = [.. names], Range = [Ink, "var(--c2)"] }),
                        Tooltip = [Channel.Name("name", "figure"), ReportAxes.PercentTip("value", "value")],
                    }),
                ],
            });
    }

    private static ReportChart RiskCoverage(SelectiveMetrics selective)
    {
        object[] curve = [.. selective.RiskCoverageCurve.Select(point => new { coverage = point.Coverage, risk = point.Risk, threshold = point.Threshold })];
        var coverage = Channel.Number("coverage", "coverage: share of images answered", ReportAxes.Percent, Scale.Unit);
        var risk = Channel.Number("risk", "risk: share of wrong answers", ReportAxes.Percent, new Scale { Zero = true });
        return new ReportChart(
            "risk-coverage", "Risk–coverage curve", "The share of wrong answers when only the most confident ones are given. The lower, the better confidence tells right from wrong; dashed, a confidence that says nothing.",
            new ChartSpec
            {
                Description = "Risk–coverage curve: the share of wrong answers against the share of images that are answered.",
                Layer =
                [
                    new ChartLayer(
                        new ChartData([new { coverage = 0, risk = selective.Risk }, new { coverage = 1, risk = selective.Risk }]),
                        new Mark("line") { Color = Muted, StrokeDash = [4, 4], StrokeWidth = 1.5 }, new Encoding { X = coverage, Y = risk }),
                    new ChartLayer(new ChartData(curve), new Mark("line") { Color = Accent, StrokeWidth = 2 }, new Encoding
                    {
                        X = coverage,
                        Y = risk,
                        Tooltip = [ReportAxes.PercentTip("coverage", "coverage"), ReportAxes.PercentTip("risk", "risk"), Channel.Number("threshold", "confidence from", format: ".4f")],
                    }),
                ],
            }) { IsWide = true };
    }
}
