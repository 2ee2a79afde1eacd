using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>A trained model in a safetensors file.</summary>
internal static class ModelFile
{
    private const string FormatKey = "format", VersionKey = "format_version", PrecisionKey = "precision", HistoryKey = "history";
    private const string Format = "MLNet.RandomPruning model";

    // Version 2 is version 1 with a precision, which a program that knows version 1 alone would not look for.
    private const string Version = "1", VersionWithPrecision = "2";

    public static SafetensorsWriter Write(TrainedModel model, ModelPrecision precision)
    {
        string precisionName = StoredWeights.NameOf(precision);
        var writer = new SafetensorsWriter();
        writer.AddMetadata(FormatKey, Format);
        if (precision == ModelPrecision.Float32)
        {
            writer.AddMetadata(VersionKey, Version);
        }
        else
        {
            writer.AddMetadata(VersionKey, VersionWithPrecision);
            writer.AddMetadata(PrecisionKey, precisionName);
        }

        NetworkStateSerializer.WriteMask(writer, model.Mask);
        NetworkStateSerializer.Write(writer, "", model.State, precision);
        ModelMetadata.WriteClassNames(writer, model.ClassNames);
        ModelMetadata.WriteNormalization(writer, model.Normalization);
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

        var precision = ReadPrecision(reader);
        reader.VerifyDigest();
        var mask = NetworkStateSerializer.ReadMask(reader, "", precision);
        var state = NetworkStateSerializer.Read(reader, "", mask, precision);
        CheckTensors(reader, state, precision);
        try
        {
            return new TrainedModel(
                state, ModelMetadata.ReadNormalization(reader), ModelMetadata.ReadClassNames(reader), MetadataJson.Read(reader, HistoryKey, HistorySerializer.Read))
            {
                Precision = precision,
            };
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid(SafetensorsReader.Reason(error), error);
        }
    }

    private static ModelPrecision ReadPrecision(SafetensorsReader reader)
    {
        switch (reader.Text(VersionKey))
        {
            case Version:
                return reader.Metadata.ContainsKey(PrecisionKey)
                    ? throw SafetensorsReader.Invalid($"its metadata gives a {PrecisionKey}, which files of format version {Version} do not have")
                    : ModelPrecision.Float32;
            case VersionWithPrecision:
                string name = reader.Text(PrecisionKey);
                foreach (var precision in (ReadOnlySpan<ModelPrecision>)[ModelPrecision.Float16, ModelPrecision.Int8])
                {
                    if (name == StoredWeights.NameOf(precision))
                    {
                        return precision;
                    }
                }

                throw SafetensorsReader.Invalid(
                    $"its weights are stored as '{name}', and this program reads {StoredWeights.NameOf(ModelPrecision.Float16)} and {StoredWeights.NameOf(ModelPrecision.Int8)}; use a newer one");
            case var version:
                throw SafetensorsReader.Invalid($"it is of format version '{version}', and this program reads versions {Version} and {VersionWithPrecision}; use a newer one");
        }
    }

    private static void CheckTensors(SafetensorsReader reader, NetworkState state, ModelPrecision precision)
    {
        var expected = state.Tensors
            .SelectMany(tensor => tensor.Kind == StateTensorKind.Weight ? StoredWeights.TensorNames(tensor.Name, precision) : [tensor.Name])
            .ToHashSet(StringComparer.Ordinal);
        expected.UnionWith(MaskSerializer.TensorNames(state.Mask, prefix: ""));
        if (reader.Tensors.Keys.FirstOrDefault(name => !expected.Contains(name)) is string unknown)
        {
            throw SafetensorsReader.Invalid($"its tensor '{unknown}' is none of {state.Network}");
        }
    }
}
