using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>A column of BenchmarkDotNet's summary that is computed from a benchmark's times.</summary>
/// <param name="name">Its header.</param>
/// <param name="legend">What it means.</param>
/// <param name="priority">Its place among such columns.</param>
/// <param name="valueOf">The cell; null for a benchmark without times.</param>
internal sealed class SpeedColumn(string name, string legend, int priority, Func<BenchmarkCase, BenchmarkReport?, string?> valueOf) : IColumn
{
    public string Id => $"{nameof(SpeedColumn)}.{name}";

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => priority;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => valueOf(benchmarkCase, summary[benchmarkCase]) ?? "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public override string ToString() => name;
}
