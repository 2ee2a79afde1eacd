using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNet.RandomPruning.Tool.Reporting.VegaLite;

/// <summary>A chart in the grammar of Vega-Lite (Satyanarayan et al., "Vega-Lite: a grammar of interactive graphics", InfoVis 2016): layers of marks over rows of data.</summary>
internal sealed record ChartSpec
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The version of the grammar, that of the library in the page.</summary>
    [JsonPropertyName("$schema")]
    public string Schema { get; init; } = "https://vega.github.io/schema/vega-lite/v6.json";

    /// <summary>What the chart shows, for those who cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>The chart is as wide as its place in the page.</summary>
    public string Width { get; } = "container";

    /// <summary>The height of the drawing area, in pixels.</summary>
    public int Height { get; init; } = 280;

    /// <summary>Width and height are those of the whole chart with its axes.</summary>
    public AutoSize Autosize { get; } = new("fit-x", "padding");

    /// <summary>The layers, from the back to the front.</summary>
    public required IReadOnlyList<ChartLayer> Layer { get; init; }

    /// <summary>Charts as JSON that may stand in a page as it is: everything that is special in HTML is escaped.</summary>
    public static string ToJson(IReadOnlyDictionary<string, ChartSpec> charts) => JsonSerializer.Serialize(charts, Json);
}

/// <summary>How a chart takes its size.</summary>
internal sealed record AutoSize(string Type, string Contains);

/// <summary>One kind of mark over some rows.</summary>
/// <param name="Data">The rows.</param>
/// <param name="Mark">What is drawn of each.</param>
/// <param name="Encoding">How a row becomes a mark.</param>
internal sealed record ChartLayer(ChartData Data, Mark Mark, Encoding Encoding);

/// <summary>Rows of data, objects whose properties are the fields.</summary>
internal sealed record ChartData(IReadOnlyList<object> Values);

/// <summary>What is drawn of each row.</summary>
/// <param name="Type">line, point, rect, rule, bar or text.</param>
internal sealed record Mark(string Type)
{
    public string? Color { get; init; }

    public double? Opacity { get; init; }

    public double? FillOpacity { get; init; }

    public double? StrokeWidth { get; init; }

    public IReadOnlyList<int>? StrokeDash { get; init; }

    public double? Size { get; init; }

    public bool? Filled { get; init; }

    public string? Interpolate { get; init; }

    public double? FontSize { get; init; }

    public string? Stroke { get; init; }

    public bool? Clip { get; init; }
}

/// <summary>How a row becomes a mark.</summary>
internal sealed record Encoding
{
    public Channel? X { get; init; }

    public Channel? X2 { get; init; }

    public Channel? Y { get; init; }

    public Channel? Y2 { get; init; }

    public Channel? Color { get; init; }

    public Channel? Opacity { get; init; }

    public Channel? Text { get; init; }

    public Channel? Order { get; init; }

    public IReadOnlyList<Channel>? Tooltip { get; init; }
}

/// <summary>One thing about a mark that a field, or a fixed value, decides.</summary>
internal sealed record Channel
{
    /// <summary>A legend that is not there: a null that is written, where a null that is not means the usual one.</summary>
    public static readonly JsonElement NoLegend = JsonSerializer.SerializeToElement<object?>(null);

    public string? Field { get; init; }

    public string? Type { get; init; }

    public string? Title { get; init; }

    public string? Format { get; init; }

    public object? Datum { get; init; }

    public Axis? Axis { get; init; }

    public Scale? Scale { get; init; }

    public object? Legend { get; init; }

    public bool? Stack { get; init; }

    /// <summary>A number.</summary>
    public static Channel Number(string field, string? title = null, Axis? axis = null, Scale? scale = null, string? format = null) =>
        new() { Field = field, Type = "quantitative", Title = title, Axis = axis, Scale = scale, Format = format };

    /// <summary>A name; names come in the order of the rows.</summary>
    public static Channel Name(string field, string? title = null, Scale? scale = null, Axis? axis = null, object? legend = null) =>
        new() { Field = field, Type = "nominal", Title = title, Scale = scale, Axis = axis, Legend = legend };

    /// <summary>The other end of a range, on the scale of the first.</summary>
    public static Channel End(string field) => new() { Field = field };

    /// <summary>A fixed place on a scale.</summary>
    public static Channel At(double value) => new() { Datum = value };
}

/// <summary>An axis.</summary>
internal sealed record Axis
{
    public string? Format { get; init; }

    public bool? Grid { get; init; }

    public bool? Labels { get; init; }

    public double? LabelAngle { get; init; }

    public double? LabelLimit { get; init; }

    public double? LabelFontSize { get; init; }

    public int? TickCount { get; init; }

    public double? TickMinStep { get; init; }

    public bool? Ticks { get; init; }

    public bool? Domain { get; init; }

    public string? Orient { get; init; }
}

/// <summary>How values become places and colours.</summary>
internal sealed record Scale
{
    public IReadOnlyList<object>? Domain { get; init; }

    public IReadOnlyList<object>? Range { get; init; }

    public bool? Zero { get; init; }

    public bool? Nice { get; init; }

    public string? Type { get; init; }

    /// <summary>From 0 to 1.</summary>
    public static Scale Unit { get; } = new() { Domain = [0, 1] };

    /// <summary>Names in an order.</summary>
    public static Scale Of(IEnumerable<string> names) => new() { Domain = [.. names] };
}
