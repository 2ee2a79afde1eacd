using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>Axes and tooltips that the charts share.</summary>
internal static class ReportAxes
{
    /// <summary>Shares in percent.</summary>
    public static Axis Percent { get; } = new() { Format = "~%", TickCount = 5 };

    /// <summary>Whole numbers.</summary>
    public static Axis Whole { get; } = new() { Format = "d", TickMinStep = 1 };

    /// <summary>A share in a tooltip.</summary>
    public static Channel PercentTip(string field, string title) => Channel.Number(field, title, format: ".2%");

    /// <summary>A number of things in a tooltip.</summary>
    public static Channel CountTip(string field, string title) => Channel.Number(field, title, format: ",d");
}
