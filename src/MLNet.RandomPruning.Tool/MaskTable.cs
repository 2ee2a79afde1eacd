using System.Globalization;
using MLNet.RandomPruning.Pruning;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool;

/// <summary>Shows masks for people, layer by layer.</summary>
internal static class MaskTable
{
    private sealed record Column(string Header, Func<int, string> Cell, string Footer);

    /// <summary>Writes a table with a line above and below it.</summary>
    /// <param name="mask">The masks.</param>
    /// <param name="output">Where to.</param>
    /// <param name="withChecksums">Whether each layer's checksum is shown.</param>
    public static void Show(NetworkMask mask, ToolOutput output, bool withChecksums = false)
    {
        var report = PruningReport.From(mask);
        output.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Network} for images of {mask.Network.InputShape} in {mask.Network.ClassCount} classes: {Made(report)}"));
        Write(output, report, Columns(mask, report, withChecksums));
        output.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Count(report.Kept)} of {Count(report.Parameters)} weights are kept; {Count(report.MultiplyAdds)} of {Count(report.DenseMultiplyAdds)} multiply-adds are left, {Share((double)report.MultiplyAdds / report.DenseMultiplyAdds)}."));
    }

    /// <summary>Writes how much masks have in common with others.</summary>
    public static void Show(MaskComparison comparison, ToolOutput output)
    {
        var layers = comparison.Layers;
        Write(output, [.. layers.Select(layer => layer.Name)],
        [
            new Column("kept", index => Count(layers[index].Kept), Count(comparison.Kept)),
            new Column("kept there", index => Count(layers[index].OtherKept), Count(comparison.OtherKept)),
            new Column("in both", index => Count(layers[index].Common), Count(comparison.Common)),
            new Column("overlap", index => Share(layers[index].Overlap), Share(comparison.Overlap)),
        ]);
        output.Out.WriteLine($"{Share(comparison.Overlap)} of the kept weights are kept in '{comparison.Path}' too{(comparison.IsSame ? ": the masks are the same" : "")}.");
    }

    /// <summary>A number of things.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share in percent.</summary>
    public static string Share(double value) => value.ToString("P2", CultureInfo.InvariantCulture);

    private static string Made(PruningReport report)
    {
        string granularity = report.Granularity == MaskGranularity.Unstructured.Name ? "" : $"{report.Granularity}, ";
        return report.Ratio is null
            ? $"masks that no seed makes, {Share((double)report.Kept / report.Parameters)} dense"
            : string.Create(CultureInfo.InvariantCulture, $"{report.Ratio}, {granularity}sparsity {report.Sparsity:0.######}, seed {report.Seed}");
    }

    private static IEnumerable<Column> Columns(NetworkMask mask, PruningReport report, bool withChecksums)
    {
        var layers = report.Layers;
        yield return new Column("weights", index => string.Join('×', layers[index].Shape), "");
        if (!ReferenceEquals(mask.Narrowed, mask))
        {
            var narrowed = mask.Narrowed.Layers;
            yield return new Column("narrowed to", index => string.Join('×', narrowed[index].Layer.WeightShape), "");
        }

        yield return new Column("parameters", index => Count(layers[index].Parameters), Count(report.Parameters));
        if (UnitReport.From(mask) is { } units)
        {
            yield return new Column(
                $"units ({units.Granularity})", index => units.Layers[index].Count == 0 ? "-" : Of(units.Layers[index].Kept, units.Layers[index].Count), Of(units.Kept, units.Count));
        }

        yield return new Column("kept", index => Count(layers[index].Kept), Count(report.Kept));
        yield return new Column("density", index => Share(layers[index].Density), Share((double)report.Kept / report.Parameters));
        yield return new Column("multiply-adds", index => Count(layers[index].MultiplyAdds), Count(report.MultiplyAdds));
        if (withChecksums)
        {
            yield return new Column("checksum", index => MaskLayerResult.Hex(mask.Layers[index].Checksum()), "");
        }
    }

    private static string Of(int kept, int count) => $"{Count(kept)}/{Count(count)}";

    private static void Write(ToolOutput output, PruningReport report, IEnumerable<Column> columns) => Write(output, [.. report.Layers.Select(layer => layer.Name)], columns);

    private static void Write(ToolOutput output, IReadOnlyList<string> layers, IEnumerable<Column> columns)
    {
        var all = columns.ToArray();
        var table = new Table { Border = TableBorder.Simple, ShowFooters = true };
        table.AddColumn(new TableColumn("layer").Footer("total"));
        foreach (var column in all)
        {
            table.AddColumn(new TableColumn(column.Header).Footer(column.Footer).RightAligned());
        }

        for (int index = 0; index < layers.Count; index++)
        {
            table.AddRow([layers[index], .. all.Select(column => column.Cell(index))]);
        }

        output.OutConsole.Write(table);
    }
}
