using System.Text.Json;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>A trained model in a safetensors file.</summary>
internal static class ModelFile
{
    private const string FormatKey = "format", VersionKey = "format_version", ClassNamesKey = "class_names", NormalizationKey = "normalization", HistoryKey = "history";
    private const string Format = "MLNet.RandomPruning model";
    private const string Version = "1";

    public static SafetensorsWriter Write(TrainedModel model)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata(FormatKey, Format);
        writer.AddMetadata(VersionKey, Version);
        NetworkStateSerializer.WriteMask(writer, model.Mask);
        NetworkStateSerializer.Write(writer, "", model.State);
        writer.AddMetadata(ClassNamesKey, MetadataJson.Write(json =>
        {
            json.WriteStartArray();
            foreach (string name in model.ClassNames)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }));
        writer.AddMetadata(NormalizationKey, MetadataJson.Write(json =>
        {
            json.WriteStartObject();
            WriteNumbers(json, "mean", model.Normalization.Mean);
            WriteNumbers(json, "standardDeviation", model.Normalization.StandardDeviation);
            json.WriteEndObject();
        }));
        writer.AddMetadata(HistoryKey, HistorySerializer.Write(model.History));
        writer.AddDigest();
        return writer;
    }

    public static TrainedModel Read(SafetensorsReader reader)
    {
        if (!reader.Metadata.TryGetValue(FormatKey, out string? format) || format != Format)
        {
            throw SafetensorsReader.Invalid($"it is a safetensors file, but its metadata does not give '{Format}' as its {FormatKey}");
        }

        if (reader.Text(VersionKey) is var version && version != Version)
        {
            throw SafetensorsReader.Invalid($"it is of format version '{version}', and this program reads version {Version}; use a newer one");
        }

        reader.VerifyDigest();
        var mask = NetworkStateSerializer.ReadMask(reader);
        var state = NetworkStateSerializer.Read(reader, "", mask);
        CheckTensors(reader, state);
        try
        {
            return new TrainedModel(
                state,
                MetadataJson.Read(reader, NormalizationKey, json => new PixelNormalization(ReadNumbers(json, "mean"), ReadNumbers(json, "standardDeviation"))),
                MetadataJson.Read(reader, ClassNamesKey, json => MetadataJson.Items(json).Select(ReadName).ToArray()),
                MetadataJson.Read(reader, HistoryKey, HistorySerializer.Read));
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid(SafetensorsReader.Reason(error), error);
        }
    }

    private static void CheckTensors(SafetensorsReader reader, NetworkState state)
    {
        var expected = state.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        expected.UnionWith(MaskSerializer.TensorNames(state.Mask, prefix: ""));
        if (reader.Tensors.Keys.FirstOrDefault(name => !expected.Contains(name)) is string unknown)
        {
            throw SafetensorsReader.Invalid($"its tensor '{unknown}' is none of {state.Network}");
        }
    }

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
