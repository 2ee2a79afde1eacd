using System.Globalization;
using System.Text;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>Prints figures as a short table: a line that says what was measured, then a line a figure, with its interval where there is one.</summary>
internal static class MetricTable
{
    public static string Format(string title, IReadOnlyList<(string Name, string Metric, double Value)> figures, IReadOnlyList<BootstrapInterval> intervals)
    {
        int width = figures.Max(figure => figure.Name.Length);
        var text = new StringBuilder(title);
        foreach (var (name, metric, value) in figures)
        {
            text.Append('\n').Append("  ").Append(name.PadRight(width)).Append("  ").Append(value.ToString("F4", CultureInfo.InvariantCulture));
            if (intervals.FirstOrDefault(interval => interval.Metric == metric) is { } interval)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {interval.Range} at {interval.Level * 100:0.##} %");
            }
        }

        return text.ToString();
    }
}
