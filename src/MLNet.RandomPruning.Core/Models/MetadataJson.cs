using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNet.RandomPruning.Models;

/// <summary>JSON texts inside a file's metadata.</summary>
internal static class MetadataJson
{
    private const int MaximumDepth = 8;

    public static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads the JSON text with this key; whatever is wrong with it becomes an <see cref="InvalidDataException"/> that names the key.</summary>
    public static T Read<T>(SafetensorsReader reader, string key, Func<JsonElement, T> read)
    {
        string text = reader.Text(key);
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
            return read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw SafetensorsReader.Invalid($"'{key}' in its metadata cannot be used: {SafetensorsReader.Reason(error)}", error);
        }
    }

    public static JsonElement Property(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value)
            ? value
            : throw new FormatException($"'{name}' is missing");

    public static string Text(JsonElement json, string name) =>
        Property(json, name) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw new FormatException($"'{name}' is not a text");

    /// <summary>A number that is neither infinite nor, as JSON has none, NaN: a text of many digits is read as infinity.</summary>
    public static double Finite(JsonElement json) =>
        json.GetDouble() is var number && double.IsFinite(number) ? number : throw new FormatException($"the number {json.GetRawText()} is too large");

    public static IEnumerable<JsonElement> Items(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw new FormatException("a list is expected");
}
