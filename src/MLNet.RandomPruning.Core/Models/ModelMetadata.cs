using System.Text.Json;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Models;

/// <summary>What surrounds a network's weights, in the metadata of a safetensors file.</summary>
internal static class ModelMetadata
{
    public const string NetworkKey = "network", InputShapeKey = "input_shape", RemovesChannelsKey = "removes_channels", ClassNamesKey = "class_names", NormalizationKey = "normalization";

    public static void WriteInputShape(SafetensorsWriter writer, ImageShape shape, string prefix = "") =>
        writer.AddMetadata(prefix + InputShapeKey, MetadataJson.Write(json =>
        {
            json.WriteStartArray();
            json.WriteNumberValue(shape.Channels);
            json.WriteNumberValue(shape.Height);
            json.WriteNumberValue(shape.Width);
            json.WriteEndArray();
        }));

    public static ImageShape ReadInputShape(SafetensorsReader reader, string prefix = "") =>
        MetadataJson.Read(reader, prefix + InputShapeKey, json =>
        {
            var lengths = MetadataJson.Items(json).Select(item => item.GetInt32()).ToArray();
            return lengths.Length == 3
                ? new ImageShape(lengths[0], lengths[1], lengths[2])
                : throw SafetensorsReader.Invalid($"its input shape has {lengths.Length} lengths instead of channels, rows and columns");
        });

    /// <summary>Whether the masks take channels out of the network; false where the file does not say.</summary>
    public static bool ReadRemovesChannels(SafetensorsReader reader, string prefix = "") =>
        reader.Metadata.TryGetValue(prefix + RemovesChannelsKey, out string? text)
        && (text == "true" ? true : throw SafetensorsReader.Invalid($"'{prefix + RemovesChannelsKey}' in its metadata is '{text}' where 'true' is expected"));

    public static void WriteClassNames(SafetensorsWriter writer, IReadOnlyList<string> names) =>
        writer.AddMetadata(ClassNamesKey, MetadataJson.Write(json =>
        {
            json.WriteStartArray();
            foreach (string name in names)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }));

    public static string[] ReadClassNames(SafetensorsReader reader) =>
        MetadataJson.Read(reader, ClassNamesKey, json => MetadataJson.Items(json).Select(ReadName).ToArray());

    public static void WriteNormalization(SafetensorsWriter writer, PixelNormalization normalization) =>
        writer.AddMetadata(NormalizationKey, MetadataJson.Write(json =>
        {
            json.WriteStartObject();
            WriteNumbers(json, "mean", normalization.Mean);
            WriteNumbers(json, "standardDeviation", normalization.StandardDeviation);
            json.WriteEndObject();
        }));

    public static PixelNormalization ReadNormalization(SafetensorsReader reader) =>
        MetadataJson.Read(reader, NormalizationKey, json => new PixelNormalization(ReadNumbers(json, "mean"), ReadNumbers(json, "standardDeviation")));

    private static string ReadName(JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw new FormatException("a class name is not a text");

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static float[] ReadNumbers(JsonElement json, string name) =>
        [.. MetadataJson.Items(MetadataJson.Property(json, name)).Select(item => item.GetSingle())];
}
