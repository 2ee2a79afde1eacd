using System.Globalization;
using MLNet.RandomPruning.Tool;
using Spectre.Console;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>Shows what was found about the kernels.</summary>
internal static class KernelsTable
{
    private static readonly CultureInfo Text = CultureInfo.InvariantCulture;

    /// <summary>Writes the tables: what the machine can do, then what the kernels make of it.</summary>
    public static void Show(KernelsResult result, ToolOutput output)
    {
        output.Out.WriteLine(result.Machine.ToString());
        output.OutConsole.Write(Peaks(result.Peaks));
        output.OutConsole.Write(Bandwidths(result.Bandwidths));
        output.Out.WriteLine("GFLOP/s of real work on one core and its share of that core's multiply-add peak, by density; medians:");
        output.OutConsole.Write(Kernels(result.Rows));
    }

    private static Table Peaks(IReadOnlyList<MultiplyAddPeak> peaks)
    {
        var table = TableOf("multiply-add peak", "threads", "GFLOP/s");
        foreach (var peak in peaks)
        {
            table.AddRow($"{peak.Width}", $"{peak.Threads}", peak.GigaFlops.ToString("F1", Text));
        }

        return table;
    }

    private static Table Bandwidths(IReadOnlyList<MemoryBandwidth> bandwidths)
    {
        var table = TableOf("bandwidth", "threads", "KiB of each", "read GB/s", "write GB/s");
        foreach (var row in bandwidths)
        {
            table.AddRow(
                row.Level, $"{row.Threads}", (row.BytesPerThread / 1024).ToString("N0", Text), row.ReadGigabytes.ToString("F1", Text), row.WriteGigabytes.ToString("F1", Text));
        }

        return table;
    }

    private static Table TableOf(string first, params string[] figures)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn(first);
        foreach (string figure in figures)
        {
            table.AddColumn(new TableColumn(figure).RightAligned());
        }

        return table;
    }

    private static Table Kernels(IReadOnlyList<KernelRow> rows)
    {
        double[] densities = [.. rows.Select(row => row.Density).Distinct().OrderDescending()];
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("kernel").AddColumn("shape").AddColumn("vectors");
        foreach (double density in densities)
        {
            table.AddColumn(new TableColumn(density.ToString(Text)).RightAligned());
        }

        foreach (var line in rows.GroupBy(row => (row.Kernel, row.Shape, row.Width)))
        {
            table.AddRow([
                line.Key.Kernel, line.Key.Shape, $"{line.Key.Width}",
                .. densities.Select(density => line.FirstOrDefault(row => row.Density == density) is { } row
                    ? string.Create(Text, $"{row.GigaFlops:F1} ({100 * row.OfPeak:F0} %)")
                    : "-")]);
        }

        return table;
    }
}
