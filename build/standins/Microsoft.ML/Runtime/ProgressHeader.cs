namespace Microsoft.ML.Runtime;

/// <summary>The names of the metrics and of the units, such as epochs, in which progress is told.</summary>
public sealed class ProgressHeader
{
    public readonly IReadOnlyList<string> UnitNames;

    public readonly IReadOnlyList<string> MetricNames;

    public ProgressHeader(string[] metricNames, string[] unitNames)
    {
        MetricNames = metricNames ?? Array.Empty<string>();
        UnitNames = unitNames ?? Array.Empty<string>();
    }

    public ProgressHeader(params string[] unitNames)
        : this(null, unitNames)
    {
    }
}
