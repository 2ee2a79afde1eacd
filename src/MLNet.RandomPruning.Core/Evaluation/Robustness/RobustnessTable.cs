using System.Globalization;
using System.Text;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>Writes the results of a test of robustness as a table of text.</summary>
internal static class RobustnessTable
{
    private const int FigureWidth = 10;

    public static string Format(RobustnessResult result)
    {
        var attacks = result.Perturbed.Where(found => found.Kind != PerturbationKind.Corruption).ToArray();
        var corruptions = result.Perturbed.Where(found => found.Kind == PerturbationKind.Corruption).ToArray();
        int width = new[] { "mean of corruptions".Length }.Concat(attacks.Select(found => found.Name.Length)).Concat(corruptions.Select(found => found.Family.Length)).Max();

        var text = new StringBuilder();
        Line(text, width, $"{result.Clean.Summary.Count} images", ["accuracy", "change", "log-loss"]);
        foreach (var found in attacks.Prepend(result.Clean))
        {
            string change = found == result.Clean ? "" : Invariant($"{100 * (found.Summary.Accuracy - result.Clean.Summary.Accuracy):+0.00;-0.00;0.00}");
            Line(text, width, found.Name, [Percent(found.Summary.Accuracy), change, Invariant($"{found.Summary.LogLoss:0.0000}")]);
        }

        if (corruptions.Length > 0)
        {
            text.Append('\n');
            double[] severities = [.. corruptions.Select(found => found.Strength).Distinct().Order()];
            Line(text, width, "severity", [.. severities.Select(severity => Invariant($"{severity}")), "mean"]);
            foreach (var family in corruptions.GroupBy(found => found.Family))
            {
                var cells = severities.Select(severity => family.FirstOrDefault(found => found.Strength == severity) is { } found ? Percent(found.Summary.Accuracy) : "");
                Line(text, width, family.Key, [.. cells, Percent(family.Average(found => found.Summary.Accuracy))]);
            }

            Line(text, width, "mean of corruptions", [.. severities.Select(_ => ""), Percent(result.MeanCorruptionAccuracy!.Value)]);
        }

        return text.ToString().TrimEnd();
    }

    private static void Line(StringBuilder text, int width, string name, IReadOnlyList<string> figures)
    {
        text.Append(name.PadRight(width));
        foreach (string figure in figures)
        {
            text.Append(figure.PadLeft(FigureWidth));
        }

        while (text[^1] == ' ')
        {
            text.Length--;
        }

        text.Append('\n');
    }

    private static string Percent(double share) => Invariant($"{100 * share:0.00} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
