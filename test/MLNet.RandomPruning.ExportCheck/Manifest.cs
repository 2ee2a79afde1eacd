using System.Text.Json;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>What lies in the folder that this program and the peers share; all paths are relative to it, all numbers little-endian.</summary>
internal sealed record Manifest
{
    private const string FileName = "manifest.json";
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The images, one byte a value, [image][channel][row][column].</summary>
    public required string Images { get; init; }

    /// <summary>One 32-bit class index an image.</summary>
    public required string Labels { get; init; }

    public required int ImageCount { get; init; }

    /// <summary>Channels, rows, columns.</summary>
    public required int[] Shape { get; init; }

    public required int ClassCount { get; init; }

    public required IReadOnlyList<OnnxEntry> Onnx { get; init; }

    public required IReadOnlyList<TorchEntry> ToTorch { get; init; }

    public required IReadOnlyList<TorchEntry> FromTorch { get; init; }

    /// <summary>What onnx.checker said to each file by its path; the empty text for nothing.</summary>
    public static Dictionary<string, string> ReadVerdicts(string folder) => Read<Dictionary<string, string>>(Path.Combine(folder, "checker.json"));

    public static Manifest Read(string folder) => Read<Manifest>(Path.Combine(folder, FileName));

    public void Write(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Format));

    private static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Format)!;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is no file of this check: {error.Message}", error);
        }
    }
}

/// <summary>A model as ONNX.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Form">The form's name.</param>
/// <param name="Path">The ONNX file.</param>
/// <param name="IsFloat">Whether it reads floats from 0 to 1 rather than bytes.</param>
/// <param name="IsInterleaved">Whether channels come last.</param>
/// <param name="Expected">This library's logits, 32-bit floats, [image][class].</param>
/// <param name="Original">The logits of the model as it is, where the form rounds its weights; otherwise the same file.</param>
/// <param name="Scores">Takes the peer's scores, 32-bit floats, [image][class].</param>
/// <param name="Predictions">Takes the peer's labels, 32-bit class indices.</param>
internal sealed record OnnxEntry(
    string Model, string Form, string Path, bool IsFloat, bool IsInterleaved, string Expected, string Original, string Scores, string Predictions);

/// <summary>A model as the state dictionary of a PyTorch network.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Network">The network's name.</param>
/// <param name="Path">The safetensors file: written by this program, or by PyTorch.</param>
/// <param name="Expected">This library's logits; null where the file comes from PyTorch.</param>
/// <param name="Logits">Takes PyTorch's logits, 32-bit floats, [image][class].</param>
/// <param name="Mean">The mean of each channel of pixels in [0, 1].</param>
/// <param name="StandardDeviation">Their standard deviation.</param>
/// <param name="Sparsity">The share of weights that are to be zero, where the file comes from PyTorch.</param>
internal sealed record TorchEntry(
    string Model, string Network, string Path, string? Expected, string Logits, IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation, double Sparsity);
