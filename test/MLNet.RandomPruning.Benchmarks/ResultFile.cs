using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>All figures of a run as JSON, for programs.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes a result.</summary>
    public static void Write<T>(string file, T result)
    {
        byte[] content = [.. JsonSerializer.SerializeToUtf8Bytes(result, Json), (byte)'\n'];
        AtomicFile.Write(file, "result", stream => stream.Write(content));
    }
}
