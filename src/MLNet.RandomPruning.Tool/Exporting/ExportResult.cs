using System.Text.Json.Serialization;

namespace MLNet.RandomPruning.Tool.Exporting;

/// <summary>What <c>randprune export --json</c> prints.</summary>
internal sealed record ExportResult
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary><c>onnx</c>, <c>safetensors</c> or <c>model</c>.</summary>
    public required string Format { get; init; }

    /// <summary><c>fp32</c>, <c>fp16</c> or <c>int8</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>The number of weights when nothing is pruned.</summary>
    public required long Parameters { get; init; }

    /// <summary>The number of kept weights.</summary>
    public required long Kept { get; init; }

    /// <summary>What rounding the weights does; left out when it was not measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RoundingResult? Rounding { get; init; }

    /// <summary>The file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Its length.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>Its SHA-256.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>The wall-clock time of the command.</summary>
    public required double Seconds { get; init; }
}
