using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>The charts of attacks and corruptions.</summary>
internal static class RobustnessCharts
{
    private const double PixelSteps = 255;

    public static IEnumerable<ReportChart> Of(RobustnessFigures robustness)
    {
        var attacks = robustness.Perturbed.Where(row => row.Kind == PerturbationFigures.Attack).ToArray();
        if (attacks.Length > 0)
        {
            yield return Curves(
                "attacks", "Accuracy under attacks", "Each attack by its strength, ε or σ in steps of 1/255 of a pixel's range, with 95 % intervals (Wilson). At 0: the images as they are.",
                "strength (1/255)", new Axis { Format = "~g", TickCount = 8 }, PixelSteps, robustness.Clean, attacks);
        }

        var corruptions = robustness.Perturbed.Where(row => row.Kind == PerturbationFigures.Corruption).ToArray();
        if (corruptions.Length > 0)
        {
            yield return Curves(
                "corruptions", "Accuracy under corruptions", "Each kind of corruption by its severity, with 95 % intervals (Wilson). At 0: the images as they are.",
                "severity", ReportAxes.Whole, 1, robustness.Clean, corruptions);
        }
    }

    private static ReportChart Curves(
        string id, string title, string caption, string axisTitle, Axis axis, double scale, PerturbationFigures clean, IReadOnlyList<PerturbationFigures> perturbed)
    {
        string[] families = [.. perturbed.Select(row => row.Family).Distinct()];
        object[] rows = [.. families.SelectMany(family => perturbed.Where(row => row.Family == family && row.Strength > 0).OrderBy(row => row.Strength).Prepend(clean).Select(row => new
        {
            family, name = row.Name, strength = row.Strength * scale, accuracy = row.Accuracy, low = row.AccuracyInterval.Low, high = row.AccuracyInterval.High, loss = row.LogLoss,
        }))];
        var x = Channel.Number("strength", axisTitle, axis, new Scale { Zero = true, Nice = false });
        var y = Channel.Number("accuracy", "accuracy", ReportAxes.Percent, Scale.Unit);
        var color = Channel.Name("family", "", Scale.Of(families));
        return new ReportChart(id, title, caption, new ChartSpec
        {
            Description = $"{title}: accuracy against strength, a line for each kind.",
            Height = 320,
            Layer =
            [
                new ChartLayer(new ChartData(rows), new Mark("line") { StrokeWidth = 1.8 }, new Encoding { X = x, Y = y, Color = color }),
                new ChartLayer(new ChartData(rows), new Mark("rule") { StrokeWidth = 1.2, Opacity = 0.6 }, new Encoding { X = x, Y = y with { Field = "low" }, Y2 = Channel.End("high"), Color = color }),
                new ChartLayer(new ChartData(rows), new Mark("point") { Filled = true, Size = 45, Opacity = 1 }, new Encoding
                {
                    X = x,
                    Y = y,
                    Color = color,
                    Tooltip =
                    [
                        Channel.Name("name", "images"), ReportAxes.PercentTip("accuracy", "accuracy"), ReportAxes.PercentTip("low", "95 % from"), ReportAxes.PercentTip("high", "95 % to"),
                        Channel.Number("loss", "log-loss", format: ".4f"),
                    ],
                }),
            ],
        }) { IsWide = true };
    }
}
