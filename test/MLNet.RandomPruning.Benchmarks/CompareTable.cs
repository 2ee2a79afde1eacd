using System.Globalization;
using MLNet.RandomPruning.Tool;
using MLNet.RandomPruning.Tool.Benchmarking;
using Spectre.Console;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>Shows what a comparison found.</summary>
internal static class CompareTable
{
    private static readonly CultureInfo Text = CultureInfo.InvariantCulture;

    /// <summary>Writes the tables: first the ratios, then the times behind them, then what has to stay small.</summary>
    public static void Show(CompareResult result, ToolOutput output)
    {
        output.Out.WriteLine(result.Machine.ToString());
        output.Out.WriteLine(string.Create(Text,
            $"PyTorch {result.Torch ?? "-"}, ONNX Runtime {result.OnnxRuntime ?? "-"}; medians with quartiles of {result.Repetitions} steps and batches and {result.Repetitions * Visits.ImagesPerBatch} single images, in turns; {result.Minutes:F1} min"));
        if (result.CallOverhead is { } call)
        {
            output.Out.WriteLine(string.Create(Text, $"A call of ONNX Runtime from JavaScript takes {call.Median:F3} ms by itself, which is taken off its times."));
        }

        if (result.Speeds.Any(row => row.Ratio is not null))
        {
            output.OutConsole.Write(Ratios(result.Speeds));
        }

        if (result.Speeds.Count > 0)
        {
            output.OutConsole.Write(Times(result.Speeds));
        }

        if (result.Limits.Count > 0)
        {
            output.OutConsole.Write(Limits(result.Limits));
        }

        int missed = result.Speeds.Count(row => row.IsMet == false) + result.Limits.Count(row => !row.IsMet);
        int met = result.Speeds.Count(row => row.IsMet == true) + result.Limits.Count(row => row.IsMet);
        output.Out.WriteLine($"{met} targets are met, {missed} {(missed == 1 ? "is" : "are")} missed{(missed > 0 ? " (marked with !)" : "")}.");
    }

    private static string Name(ComparedWork work) => work switch
    {
        ComparedWork.TrainingStep => "training step, PyTorch ÷ ours",
        ComparedWork.MixedTrainingStep => "with mixed precision, PyTorch ÷ ours",
        ComparedWork.ScoringBatch => $"scoring {CompareSettings.Batch}, ONNX Runtime ÷ ours",
        _ => "scoring 1, ONNX Runtime ÷ ours",
    };

    private static Table Ratios(IReadOnlyList<SpeedRow> rows)
    {
        double[] sparsities = [.. rows.Select(row => row.Sparsity).Distinct()];
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("network").AddColumn(new TableColumn("threads").RightAligned()).AddColumn("");
        foreach (double sparsity in sparsities)
        {
            table.AddColumn(new TableColumn(BenchTable.Share(sparsity)).RightAligned());
        }

        foreach (var group in rows.GroupBy(row => (row.Work, row.Network, row.Threads)))
        {
            table.AddRow([
                group.Key.Network, $"{group.Key.Threads}", Name(group.Key.Work),
                .. sparsities.Select(sparsity => group.FirstOrDefault(row => row.Sparsity == sparsity) is { } row ? Marked(Ratio(row.Ratio), row.IsMet) : "-")]);
        }

        return table;
    }

    private static Table Times(IReadOnlyList<SpeedRow> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("network").AddColumn(new TableColumn("threads").RightAligned()).AddColumn("");
        foreach (string header in new[] { "sparsity", "ours ms", "peer ms", "ratio", "at least", "goal" })
        {
            table.AddColumn(new TableColumn(header).RightAligned());
        }

        table.AddColumn("peer");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Network, $"{row.Threads}", Name(row.Work), BenchTable.Share(row.Sparsity), BenchTable.Times(row.Ours), BenchTable.Times(row.Peer),
                Marked(Ratio(row.Ratio), row.IsMet), Ratio(row.AtLeast), Ratio(row.Goal), row.PeerVariant ?? "");
        }

        return table;
    }

    private static Table Limits(IReadOnlyList<LimitRow> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("network").AddColumn("");
        foreach (string header in new[] { "ours", "compared with", "figure", "at most" })
        {
            table.AddColumn(new TableColumn(header).RightAligned());
        }

        foreach (var row in rows)
        {
            table.AddRow(
                row.Network, row.What, $"{Figure(row.Ours)} {row.Unit}", row.Reference is { } reference ? $"{Figure(reference)} {row.Unit}" : "-",
                Marked(Figure(row.Value), row.IsMet), Figure(row.AtMost));
        }

        return table;
    }

    private static string Ratio(double? value) => value is { } ratio ? ratio.ToString("F2", Text) : "-";

    private static string Figure(double value) => value.ToString(value >= 1000 ? "N0" : value >= 10 ? "F1" : "0.####", Text);

    private static string Marked(string text, bool? isMet) => isMet switch
    {
        true => $"[green]{text}[/]",
        false => $"[red]! {text}[/]",
        null => text,
    };
}
