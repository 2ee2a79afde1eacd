using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx;

namespace MLNet.RandomPruning.Tool.Exporting;

/// <summary>What a model is exported as.</summary>
internal enum ExportFormat
{
    /// <summary>A graph for ONNX Runtime and others.</summary>
    Onnx,

    /// <summary>Dense weights for PyTorch.</summary>
    Safetensors,

    /// <summary>The bare model file.</summary>
    Model,
}

/// <summary>What <c>randprune export</c> is to do.</summary>
internal sealed record ExportSettings
{
    /// <summary>The model's file.</summary>
    public required string Model { get; init; }

    /// <summary>What it becomes.</summary>
    public required ExportFormat Format { get; init; }

    /// <summary>How the weights are stored.</summary>
    public required ModelPrecision Precision { get; init; }

    /// <summary>The options of ONNX; null for another format.</summary>
    public OnnxExportOptions? Onnx { get; init; }

    /// <summary>The images that tell what rounding does; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>How many threads score them.</summary>
    public required int Threads { get; init; }

    /// <summary>Where the result goes.</summary>
    public required string Out { get; init; }

    /// <summary>Whether the result is printed as JSON.</summary>
    public bool Json { get; init; }
}
