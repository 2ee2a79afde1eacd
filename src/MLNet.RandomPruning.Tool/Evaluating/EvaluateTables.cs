using System.Globalization;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>Shows an evaluation for people, in tables.</summary>
internal static class EvaluateTables
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes all that was found.</summary>
    public static void Show(EvaluateResult result, ToolOutput output)
    {
        ShowClasses(result, output);
        output.Out.WriteLine(string.Create(Invariant, $"{result.Network} on {result.Count:N0} images: accuracy {result.Accuracy:P2}, log-loss {result.LogLoss:F4}, macro accuracy {result.MacroAccuracy:P2}"));
        output.Out.WriteLine($"the class is among the k most probable: {string.Join(", ", result.TopKAccuracy.Select((share, index) => $"{EvaluationFigure.Percent(share)} for k = {index + 1}"))}");
        ShowFigures(result, output);
        if (result.OutOfDistribution.Count > 0)
        {
            ShowOutOfDistribution(result, output);
        }

        if (result.Robustness is { } robustness)
        {
            ShowRobustness(robustness, output);
        }
    }

    private static void ShowClasses(EvaluateResult result, ToolOutput output)
    {
        var table = Table("class", "images", "recall", "precision");
        foreach (var row in result.Classes)
        {
            table.AddRow(Markup.Escape(row.Label), row.Count.ToString("N0", Invariant), EvaluationFigure.Percent(row.Recall), EvaluationFigure.Percent(row.Precision));
        }

        output.OutConsole.Write(table);
    }

    private static void ShowFigures(EvaluateResult result, ToolOutput output)
    {
        bool hasIntervals = result.Calibration.Intervals.Count > 0;
        output.Out.WriteLine("calibration and selective prediction:");
        var table = Table(hasIntervals ? ["figure", "value", "95 % interval"] : ["figure", "value"]);
        foreach (var figure in EvaluationFigure.Of(result))
        {
            table.AddRow(hasIntervals ? [figure.Name, figure.Text, figure.RangeText] : [figure.Name, figure.Text]);
        }

        output.OutConsole.Write(table);
    }

    private static void ShowOutOfDistribution(EvaluateResult result, ToolOutput output)
    {
        var names = EvaluationFigure.Of(result.OutOfDistribution[0].Scores[0].Metrics).Select(figure => figure.Name);
        output.Out.WriteLine("images of unknown classes:");
        var table = Table(["set", "images", "score", .. names]);
        foreach (var set in result.OutOfDistribution)
        {
            foreach (var score in set.Scores)
            {
                table.AddRow(
                [
                    Markup.Escape(set.Data), set.Count.ToString("N0", Invariant), score.Score,
                    .. EvaluationFigure.Of(score.Metrics).Select(figure => figure.Range is null ? figure.Text : $"{figure.Text}\n{figure.RangeText}"),
                ]);
            }
        }

        output.OutConsole.Write(table);
    }

    private static void ShowRobustness(RobustnessFigures robustness, ToolOutput output)
    {
        var attacks = robustness.Perturbed.Where(row => row.Kind != PerturbationFigures.Corruption).ToArray();
        if (attacks.Length > 0)
        {
            output.Out.WriteLine(string.Create(Invariant, $"attacks on {robustness.Images:N0} images:"));
            var table = Table("attack", "accuracy", "95 % interval", "log-loss");
            foreach (var row in attacks.Prepend(robustness.Clean))
            {
                table.AddRow(
                    Markup.Escape(row.Name), EvaluationFigure.Percent(row.Accuracy), $"{EvaluationFigure.Percent(row.AccuracyInterval.Low)} – {EvaluationFigure.Percent(row.AccuracyInterval.High)}",
                    row.LogLoss.ToString("F4", Invariant));
            }

            output.OutConsole.Write(table);
        }

        var families = robustness.Perturbed.Where(row => row.Kind == PerturbationFigures.Corruption).GroupBy(row => row.Family).ToArray();
        if (families.Length > 0)
        {
            double[] severities = [.. families.SelectMany(family => family).Select(row => row.Strength).Distinct().Order()];
            output.Out.WriteLine(string.Create(
                Invariant, $"accuracy under corruptions, {robustness.Images:N0} images; {EvaluationFigure.Percent(robustness.MeanCorruptionAccuracy)} in the mean:"));
            var table = Table(["corruption", .. severities.Select(severity => $"severity {severity}")]);
            foreach (var family in families)
            {
                table.AddRow([Markup.Escape(family.Key), .. severities.Select(severity => EvaluationFigure.Percent(family.FirstOrDefault(row => row.Strength == severity)?.Accuracy))]);
            }

            output.OutConsole.Write(table);
        }
    }

    // The first column is text, the others are numbers.
    private static Table Table(params string[] headers)
    {
        var table = new Table { Border = TableBorder.Simple };
        for (int index = 0; index < headers.Length; index++)
        {
            var column = new TableColumn(Markup.Escape(headers[index]));
            table.AddColumn(index == 0 || headers[index] == "score" ? column : column.RightAligned());
        }

        return table;
    }
}
