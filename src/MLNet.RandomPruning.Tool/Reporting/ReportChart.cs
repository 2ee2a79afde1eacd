using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>A chart of the report page.</summary>
/// <param name="Id">The name of its place in the page, unique.</param>
/// <param name="Title">What stands above it.</param>
/// <param name="Caption">How it is read.</param>
/// <param name="Spec">What is drawn.</param>
internal sealed record ReportChart(string Id, string Title, string Caption, ChartSpec Spec)
{
    /// <summary>Whether it takes the whole width of the page.</summary>
    public bool IsWide { get; init; }
}
