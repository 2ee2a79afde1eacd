using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>The charts of one set of out-of-distribution images.</summary>
internal static class OutOfDistributionCharts
{
    private const int HistogramHeight = 170;

    /// <summary>Makes the charts.</summary>
    /// <param name="set">What was found.</param>
    /// <param name="name">The set's name, for short.</param>
    /// <param name="index">Which set of the report.</param>
    public static IEnumerable<ReportChart> Of(OutOfDistributionResult set, string name, int index)
    {
        yield return Roc(set, name, index);
        foreach (var score in set.Scores)
        {
            yield return Histogram(score, name, $"histogram-{index}-{score.Score}");
        }
    }

    private static ReportChart Roc(OutOfDistributionResult set, string name, int index)
    {
        object[] rows = [.. set.Scores.SelectMany(score => score.Metrics.RocCurve.Select((point, order) => new
        {
            score = score.Score, order, fpr = point.FalsePositiveRate, tpr = point.TruePositiveRate, threshold = point.Threshold,
        }))];
        var x = Channel.Number("fpr", "known images flagged", ReportAxes.Percent, Scale.Unit);
        var y = Channel.Number("tpr", "unknown images flagged", ReportAxes.Percent, Scale.Unit);
        return new ReportChart(
            $"roc-{index}", $"ROC curve: {name}", "What each score flags of the unknown images, against what it flags of the known ones. Dashed: chance.",
            new ChartSpec
            {
                Description = $"ROC curves of out-of-distribution detection against {name}, one for each score.",
                Layer =
                [
                    new ChartLayer(
                        new ChartData([new { fpr = 0, tpr = 0 }, new { fpr = 1, tpr = 1 }]), new Mark("line") { Color = "var(--muted)", StrokeDash = [4, 4], StrokeWidth = 1.5 },
                        new Encoding { X = x, Y = y }),
                    new ChartLayer(new ChartData(rows), new Mark("line") { StrokeWidth = 1.8 }, new Encoding
                    {
                        X = x,
                        Y = y,
                        Order = Channel.Number("order"),
                        Color = Channel.Name("score", "", Scale.Of(set.Scores.Select(score => score.Score))),
                        Tooltip = [Channel.Name("score", "score"), ReportAxes.PercentTip("fpr", "known flagged"), ReportAxes.PercentTip("tpr", "unknown flagged"), Channel.Number("threshold", "above", format: ".4f")],
                    }),
                ],
            });
    }

    private static ReportChart Histogram(ScoreResultOfSet score, string name, string id)
    {
        var (edges, known, unknown) = score.Metrics.Histogram;
        string[] names = ["known", "unknown"];
        object[] rows =
        [
            .. known.Select((count, bin) => Row(names[0], bin, count, score.Metrics.InDistributionCount)),
            .. unknown.Select((count, bin) => Row(names[1], bin, count, score.Metrics.OutOfDistributionCount)),
        ];
        object Row(string set, int bin, long count, int all) => new { set, lower = edges[bin], upper = edges[bin + 1], share = (double)count / all, count };

        var x = Channel.Number("lower", score.Score, new Axis { TickCount = 5 }, new Scale { Domain = [edges[0], edges[^1]], Nice = false, Zero = false });
        return new ReportChart(
            id, $"{score.Score}: {name}", "",
            new ChartSpec
            {
                Description = $"Histogram of the score {score.Score} for known images and those of {name}, with the threshold that 95 % of the known ones pass.",
                Height = HistogramHeight,
                Layer =
                [
                    new ChartLayer(new ChartData(rows), new Mark("rect") { FillOpacity = 0.5 }, new Encoding
                    {
                        X = x,
                        X2 = Channel.End("upper"),
                        Y = Channel.Number("share", "share", ReportAxes.Percent),
                        Y2 = Channel.At(0),
                        Color = Channel.Name("set", "", new Scale { Domain = [.. names], Range = ["var(--c1)", "var(--c2)"] }),
                        Tooltip =
                        [
                            Channel.Name("set", "images"), Channel.Number("lower", "from", format: ".4f"), Channel.Number("upper", "to", format: ".4f"), ReportAxes.PercentTip("share", "share"),
                            ReportAxes.CountTip("count", "number"),
                        ],
                    }),
                    new ChartLayer(
                        new ChartData([new { threshold = score.Metrics.ThresholdAt95 }]), new Mark("rule") { Color = "var(--ink)", StrokeDash = [4, 4], StrokeWidth = 1.5 },
                        new Encoding { X = x with { Field = "threshold" }, Tooltip = [Channel.Number("threshold", "95 % of the known are below", format: ".4f")] }),
                ],
            });
    }
}
