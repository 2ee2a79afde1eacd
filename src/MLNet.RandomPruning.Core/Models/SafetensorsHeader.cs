using System.Text.Json;
using System.Text.Unicode;

namespace MLNet.RandomPruning.Models;

/// <summary>The JSON header of a safetensors file, checked.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const int MaximumLength = 100_000_000;

    private const int MaximumDepth = 8;

    private SafetensorsHeader(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<Entry> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    public sealed record Entry(string Name, string ElementType, long[] Shape, long Begin, long End);

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors in the order of their bytes, without gap or overlap.</summary>
    public IReadOnlyList<Entry> Tensors { get; }

    public long DataLength => Tensors.Count == 0 ? 0 : Tensors[^1].End;

    public static SafetensorsHeader Parse(byte[] json)
    {
        if (json.Length == 0 || json[0] != '{')
        {
            throw SafetensorsReader.Invalid("its header does not begin with '{'");
        }

        if (!Utf8.IsValid(json))
        {
            throw SafetensorsReader.Invalid("its header is not UTF-8 text");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            return Parse(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that stands for half a surrogate pair.
            throw SafetensorsReader.Invalid($"its header is not JSON text: {SafetensorsReader.Reason(error)}", error);
        }
    }

    private static SafetensorsHeader Parse(JsonElement root)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, Entry>(StringComparer.Ordinal);
        bool hasMetadata = false;
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == SafetensorsReader.MetadataName)
            {
                if (hasMetadata)
                {
                    throw SafetensorsReader.Invalid($"its header names '{property.Name}' twice");
                }

                hasMetadata = true;
                ReadMetadata(property.Value, metadata);
            }
            else if (!tensors.TryAdd(property.Name, ReadEntry(property.Name, property.Value)))
            {
                throw SafetensorsReader.Invalid($"its header names tensor '{property.Name}' twice");
            }
        }

        var ordered = tensors.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End).ToArray();
        long end = 0;
        foreach (var entry in ordered)
        {
            if (entry.Begin != end)
            {
                throw SafetensorsReader.Invalid(
                    $"the bytes of tensor '{entry.Name}' begin at {entry.Begin}, but those before it end at {end}; tensors follow one another without gap or overlap");
            }

            end = entry.End;
        }

        return new SafetensorsHeader(metadata, ordered);
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw SafetensorsReader.Invalid($"'{SafetensorsReader.MetadataName}' is not an object");
        }

        foreach (var property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
            {
                throw SafetensorsReader.Invalid($"'{property.Name}' in its metadata is not a text");
            }

            if (!metadata.TryAdd(property.Name, property.Value.GetString()!))
            {
                throw SafetensorsReader.Invalid($"its metadata names '{property.Name}' twice");
            }
        }
    }

    private static Entry ReadEntry(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw SafetensorsReader.Invalid($"the header's entry for tensor '{name}' is not an object");
        }

        string? type = null;
        long[]? shape = null, offsets = null;
        foreach (var property in element.EnumerateObject())
        {
            switch (property.Name)
            {
                case "dtype" when type is null && property.Value.ValueKind == JsonValueKind.String:
                    type = property.Value.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(name, property);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(name, property);
                    break;
                default:
                    throw SafetensorsReader.Invalid($"the header's entry for tensor '{name}' has '{property.Name}' where it takes dtype (a text), shape and data_offsets, once each");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw SafetensorsReader.Invalid($"the header's entry for tensor '{name}' lacks its dtype, its shape or its two data_offsets");
        }

        int elementSize = SafetensorsTensor.ElementSize(type);
        if (elementSize == 0)
        {
            throw SafetensorsReader.Invalid($"tensor '{name}' has elements of the unknown type '{type}'");
        }

        if (begin > end || !HasSize(shape, elementSize, end - begin))
        {
            throw SafetensorsReader.Invalid($"tensor '{name}' is {type} [{string.Join(", ", shape)}], which does not fill bytes {begin} to {end}");
        }

        return new Entry(name, type, shape, begin, end);
    }

    private static bool HasSize(long[] shape, int elementSize, long byteCount)
    {
        if (shape.Contains(0))
        {
            return byteCount == 0;
        }

        Int128 size = elementSize;
        foreach (long length in shape)
        {
            size *= length;
            if (size > byteCount)
            {
                return false;
            }
        }

        return size == byteCount;
    }

    private static long[] ReadNumbers(string tensor, JsonProperty property)
    {
        if (property.Value.ValueKind != JsonValueKind.Array)
        {
            throw SafetensorsReader.Invalid($"{property.Name} of tensor '{tensor}' is not a list");
        }

        var numbers = new List<long>();
        foreach (var item in property.Value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number) || number < 0)
            {
                throw SafetensorsReader.Invalid($"{property.Name} of tensor '{tensor}' holds {item.GetRawText()}, which is no whole number of 0 or more");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }
}
