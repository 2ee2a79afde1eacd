using System.Globalization;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>The charts of classes, of training and of masks.</summary>
internal static class ModelCharts
{
    private const int MostWithNumbers = 20, MostWithNames = 40, MatrixSide = 460, LayerHeight = 18;
    private const double StrongTone = 0.55;

    /// <summary>The confusion matrix.</summary>
    public static ReportChart Confusion(EvaluateResult result)
    {
        var names = ReportNames.OfClasses([.. result.Classes.Select(row => row.Label)]);
        object[] cells = [.. result.ConfusionMatrix.SelectMany((row, label) =>
        {
            long all = row.Sum();
            return row.Select((count, taken) =>
            {
                double share = all == 0 ? 0 : (double)count / all;
                return (object)new { label = names[label], taken = names[taken], count, share, tone = share > StrongTone ? "strong" : "weak" };
            });
        })];
        bool isLabelled = names.Count <= MostWithNames;
        var axis = new Axis { Labels = isLabelled, Ticks = false, Domain = false, LabelLimit = 120, Grid = false };
        var x = Channel.Name("taken", "taken for", Scale.Of(names), axis with { LabelAngle = -45, Orient = "bottom" });
        var y = Channel.Name("label", "class", Scale.Of(names), axis);
        var layers = new List<ChartLayer>
        {
            new(new ChartData(cells), new Mark("rect") { Color = "var(--c1)" }, new Encoding
            {
                X = x,
                Y = y,
                Opacity = Channel.Number("share", scale: new Scale { Domain = [0, 1], Range = [0.03, 1] }) with { Legend = Channel.NoLegend },
                Tooltip = [Channel.Name("label", "class"), Channel.Name("taken", "taken for"), ReportAxes.CountTip("count", "images"), ReportAxes.PercentTip("share", "share of the class")],
            }),
        };
        if (names.Count <= MostWithNumbers)
        {
            layers.Add(new ChartLayer(new ChartData([.. cells]), new Mark("text") { FontSize = 11 }, new Encoding
            {
                X = x,
                Y = y,
                Text = Channel.Number("count", format: "d"),
                Color = Channel.Name("tone", scale: new Scale { Domain = ["weak", "strong"], Range = ["var(--ink)", "var(--on-accent)"] }, legend: Channel.NoLegend),
            }));
        }

        return new ReportChart(
            "confusion", "Confusion matrix",
            isLabelled ? "Rows: the class of an image; columns: what it was taken for. Shaded by the share of the class." : "Rows: the class of an image; columns: what it was taken for, in the order of the classes. Shaded by the share of the class; names show under the pointer.",
            new ChartSpec { Description = "Confusion matrix: how many images of each class were taken for each class.", Height = MatrixSide, Layer = layers }) { IsWide = true };
    }

    /// <summary>The charts of the training history; none where it is empty.</summary>
    public static IEnumerable<ReportChart> History(IReadOnlyList<HistoryEpoch> history)
    {
        if (history.Count == 0)
        {
            yield break;
        }

        yield return Series("history-loss", "Loss", "Mean cross-entropy in nats. Training images are varied, validation images are not.", "loss (nats)", null, history,
            ("training", epoch => epoch.TrainLoss), ("validation", epoch => epoch.ValidationLoss));
        yield return Series("history-accuracy", "Accuracy", "The share of images classified correctly, epoch by epoch.", "accuracy", ReportAxes.Percent, history,
            ("training", epoch => epoch.TrainAccuracy), ("validation", epoch => epoch.ValidationAccuracy));
        yield return Series("history-rate", "Learning rate", "The learning rate of each epoch's last step.", "learning rate", null, history, ("learning rate", epoch => epoch.LearningRate));
        if (history.Any(epoch => epoch.Density is not null))
        {
            yield return Series("history-masks", "Masks in training", "The share of weights that is there, and of the first ones that is still there.", "share", ReportAxes.Percent, history,
                ("density", epoch => epoch.Density), ("overlap with the first masks", epoch => epoch.MaskOverlap));
        }
    }

    /// <summary>The density of each layer.</summary>
    public static ReportChart Layers(PruningReport masks)
    {
        object[] rows = [.. masks.Layers.Select(layer => new { layer = layer.Name, density = layer.Density, kept = layer.Kept, parameters = layer.Parameters })];
        var x = Channel.Number("density", "density: kept ÷ all weights", ReportAxes.Percent, Scale.Unit);
        return new ReportChart(
            "layers", "Density of each layer", "The share of each layer's weights that exists, from the input (top) to the output.",
            new ChartSpec
            {
                Description = "Bar chart of the density of each layer.",
                Height = Math.Max(120, LayerHeight * rows.Length),
                Layer =
                [
                    new ChartLayer(new ChartData(rows), new Mark("bar") { Color = "var(--c1)", FillOpacity = 0.75 }, new Encoding
                    {
                        X = x,
                        Y = Channel.Name("layer", "", Scale.Of(masks.Layers.Select(layer => layer.Name)), new Axis { Grid = false, LabelLimit = 160, LabelFontSize = 10 }),
                        Tooltip = [Channel.Name("layer", "layer"), ReportAxes.PercentTip("density", "density"), ReportAxes.CountTip("kept", "kept"), ReportAxes.CountTip("parameters", "weights")],
                    }),
                ],
            }) { IsWide = true };
    }

    private static ReportChart Series(
        string id, string title, string caption, string axisTitle, Axis? axis, IReadOnlyList<HistoryEpoch> history, params (string Name, Func<HistoryEpoch, double?> Value)[] series)
    {
        var present = series.Where(line => history.Any(epoch => line.Value(epoch) is not null)).ToArray();
        object[] rows = [.. present.SelectMany(line => history.Where(epoch => line.Value(epoch) is not null).Select(epoch => new { line = line.Name, epoch = epoch.Epoch, value = line.Value(epoch) }))];
        var encoding = new Encoding
        {
            X = Channel.Number("epoch", "epoch", ReportAxes.Whole, new Scale { Nice = false, Zero = false }),
            Y = Channel.Number("value", axisTitle, axis, new Scale { Zero = id is "history-rate" or "history-masks" }),
            Color = Channel.Name("line", "", Scale.Of(present.Select(line => line.Name)), legend: present.Length > 1 ? null : Channel.NoLegend),
            Tooltip = [Channel.Name("line", "series"), Channel.Number("epoch", "epoch", format: "d"), Channel.Number("value", axisTitle, format: axis is null ? ".4f" : ".2%")],
        };
        return new ReportChart(id, title, caption, new ChartSpec
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"{title} over {history.Count} epochs."),
            Height = 220,
            Layer =
            [
                new ChartLayer(new ChartData(rows), new Mark("line") { StrokeWidth = 1.8 }, encoding),
                new ChartLayer(new ChartData(rows), new Mark("point") { Filled = true, Size = history.Count > 60 ? 0 : 28, Opacity = 1 }, encoding),
            ],
        });
    }
}
