using System.Globalization;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>Shows what <c>randprune bench</c> found.</summary>
internal static class BenchTable
{
    private static readonly CultureInfo Text = CultureInfo.InvariantCulture;

    /// <summary>Writes the tables.</summary>
    public static void Show(BenchResult result, ToolOutput output)
    {
        output.Out.WriteLine($"{result.Network}, {result.Ratio}, batches of {result.Batch} generated images");
        output.Out.WriteLine(result.Machine.ToString());
        var speed = new Table { Border = TableBorder.Simple };
        foreach (string header in new[] { "sparsity", "threads", "training step ms", "images/s", "bytes allocated", $"scoring {result.Batch} ms", "images/s", "scoring 1 ms" })
        {
            speed.AddColumn(new TableColumn(header).RightAligned());
        }

        foreach (var row in result.Rows)
        {
            speed.AddRow(
                Share(row.Sparsity), $"{row.Threads}", Times(row.TrainingStep), Count(row.TrainingImagesPerSecond), Count(row.AllocatedBytesPerStep), Times(row.ScoringBatch),
                Count(row.ScoringImagesPerSecond), Times(row.ScoringImage));
        }

        output.OutConsole.Write(speed);
        if (result.Models.Count > 0)
        {
            output.OutConsole.Write(Models(result));
        }

        output.Out.WriteLine(string.Create(Text,
            $"Times are medians with quartiles, of {result.Repetitions} steps or batches and {result.Repetitions * Visits.ImagesPerBatch} single images; the process had {result.PeakMemoryBytes / 1e6:F0} MB of memory at most."));
        if (result.Cancelled)
        {
            output.Out.WriteLine("Stopped early by a signal: figures come from fewer repetitions, or are missing.");
        }
    }

    /// <summary>A time with its quartiles, as long as tells apart what differs; a dash for none.</summary>
    public static string Times(TimingSummary? times) => times is null
        ? "-"
        : $"{Milliseconds(times.Median)} ({Milliseconds(times.LowerQuartile)}–{Milliseconds(times.UpperQuartile)})";

    /// <summary>A sparsity in percent.</summary>
    public static string Share(double sparsity) => string.Create(Text, $"{100 * sparsity:0.##} %");

    private static string Milliseconds(double value) => value.ToString(value >= 100 ? "F0" : value >= 10 ? "F1" : value >= 1 ? "F2" : "F3", Text);

    private static string Count(double? value) => value is { } number ? number.ToString("N0", Text) : "-";

    private static Table Models(BenchResult result)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string header in new[] { "sparsity", "kept weights", "multiply-adds", "of dense", "model file bytes", "load and score 1 ms" })
        {
            table.AddColumn(new TableColumn(header).RightAligned());
        }

        foreach (var row in result.Models)
        {
            table.AddRow(
                Share(row.Sparsity), Count(row.Kept), Count(row.MultiplyAdds), Share((double)row.MultiplyAdds / row.DenseMultiplyAdds), Count(row.FileBytes), Times(row.LoadAndScore));
        }

        return table;
    }
}
