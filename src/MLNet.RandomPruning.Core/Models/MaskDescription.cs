using System.Globalization;
using System.Text.Json;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// What a file records of masks beside their bits, as JSON: what makes them, or null, and each layer's kept count and checksum in the
/// order of the network's layers, without names: in a small file they would be a noticeable part.
/// </summary>
/// <param name="Origin">What makes the masks; null for masks that no seed makes.</param>
/// <param name="Names">The layers' names, which files had at first; null where there are none.</param>
/// <param name="KeptCounts">The number of kept weights of each layer.</param>
/// <param name="Checksums">The checksum of each layer's mask.</param>
internal sealed record MaskDescription(MaskOrigin? Origin, string[]? Names, int[] KeptCounts, ulong[] Checksums)
{
    private const string KeptProperty = "kept", ChecksumsProperty = "checksums", LayersProperty = "layers";
    private const int ChecksumDigits = 16;

    /// <summary>The number of kept weights of all layers.</summary>
    public long KeptCount => KeptCounts.Sum(count => (long)count);

    public static MaskDescription Of(NetworkMask mask, MaskOrigin? origin) =>
        new(origin, Names: null, [.. mask.Layers.Select(layer => layer.KeptCount)], [.. mask.Layers.Select(layer => layer.Checksum())]);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Origin is null)
        {
            json.WriteNull("origin");
        }
        else
        {
            WriteOrigin(json, Origin);
        }

        json.WriteStartArray(KeptProperty);
        foreach (int count in KeptCounts)
        {
            json.WriteNumberValue(count);
        }

        json.WriteEndArray();
        json.WriteString(ChecksumsProperty, string.Concat(Checksums.Select(checksum => checksum.ToString("x16", CultureInfo.InvariantCulture))));
        json.WriteEndObject();
    }

    /// <summary>Reads a description; whether it fits a network is another question.</summary>
    /// <exception cref="FormatException">Something is missing or of another form.</exception>
    public static MaskDescription Read(JsonElement json)
    {
        var origin = ReadOrigin(MetadataJson.Property(json, "origin"));
        if (json.TryGetProperty(LayersProperty, out var layers))
        {
            // How files were written at first: an object a layer, with its name.
            var items = MetadataJson.Items(layers).ToArray();
            return new MaskDescription(
                origin,
                [.. items.Select(item => MetadataJson.Text(item, "name"))],
                [.. items.Select(item => MetadataJson.Property(item, "kept").GetInt32())],
                [.. items.Select(item => ReadChecksum(MetadataJson.Text(item, "checksum")))]);
        }

        var kept = MetadataJson.Items(MetadataJson.Property(json, KeptProperty)).Select(item => item.GetInt32()).ToArray();
        string checksums = MetadataJson.Text(json, ChecksumsProperty);
        return checksums.Length == (long)kept.Length * ChecksumDigits
            ? new MaskDescription(origin, Names: null, kept, [.. kept.Select((_, index) => ReadChecksum(checksums.AsSpan(index * ChecksumDigits, ChecksumDigits)))])
            : throw new FormatException($"the checksums of its {kept.Length} masks have {checksums.Length} digits where {(long)kept.Length * ChecksumDigits} are expected");
    }

    /// <summary>Checks that the description is of so many layers as a network has.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public void ThrowIfOtherLayerCount(ResNet network)
    {
        if (KeptCounts.Length != network.WeightLayerCount)
        {
            throw SafetensorsReader.Invalid($"it records the masks of {KeptCounts.Length} layers, but {network} has {network.WeightLayerCount} with weights");
        }
    }

    /// <summary>Checks each layer's name and kept count against a network of as many layers.</summary>
    /// <exception cref="InvalidDataException">A layer does not fit; the message names it.</exception>
    public void ThrowIfOtherLayers(Network network)
    {
        for (int index = 0; index < KeptCounts.Length; index++)
        {
            var layer = network.WeightLayers[index];
            string name = Names is null ? layer.Name : Names[index];
            if (name != layer.Name || KeptCounts[index] < 0 || KeptCounts[index] > layer.WeightCount)
            {
                throw SafetensorsReader.Invalid(
                    $"it records mask '{name}' with {KeptCounts[index]} kept weights where layer '{layer.Name}' of {layer.WeightCount} weights is expected");
            }
        }
    }

    /// <summary>Checks masks that were made or unpacked against what is recorded of them.</summary>
    /// <exception cref="InvalidDataException">A layer's mask is another; the message names it.</exception>
    public void ThrowIfOtherMasks(NetworkMask mask)
    {
        for (int index = 0; index < KeptCounts.Length; index++)
        {
            var layer = mask.Layers[index];
            if (layer.KeptCount != KeptCounts[index] || layer.Checksum() != Checksums[index])
            {
                throw SafetensorsReader.Invalid(
                    $"the mask of layer '{layer.Layer.Name}' keeps {layer.KeptCount} weights with checksum {layer.Checksum():x16}, but {KeptCounts[index]} with checksum {Checksums[index]:x16} are recorded");
            }
        }
    }

    private static void WriteOrigin(Utf8JsonWriter json, MaskOrigin origin)
    {
        json.WriteStartObject("origin");
        json.WriteString("layerwiseRatio", origin.LayerwiseRatio);
        json.WriteNumber("sparsity", origin.Sparsity);
        json.WriteNumber("seed", origin.Seed);
        json.WriteString("sampling", origin.Sampling.ToString());
        if (origin.Granularity != MaskGranularity.Unstructured.Name)
        {
            json.WriteString("granularity", origin.Granularity);
        }

        if (origin.LayerDensities is { } densities)
        {
            GradientNormJson.WriteNumbers(json, "densities", densities);
        }

        json.WriteEndObject();
    }

    private static MaskOrigin? ReadOrigin(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        string sampling = MetadataJson.Text(json, "sampling");
        return Enum.TryParse(sampling, out MaskSampling value) && value.ToString() == sampling
            ? new MaskOrigin(
                MetadataJson.Text(json, "layerwiseRatio"),
                MetadataJson.Property(json, "sparsity").GetDouble(),
                MetadataJson.Property(json, "seed").GetInt64(),
                value)
            {
                Granularity = json.TryGetProperty("granularity", out _) ? MetadataJson.Text(json, "granularity") : MaskGranularity.Unstructured.Name,
                LayerDensities = json.TryGetProperty("densities", out var densities)
                    ? [.. MetadataJson.Items(densities).Select(density => density.GetDouble())]
                    : null,
            }
            : throw new FormatException($"its mask's sampling is '{sampling}', where one of {string.Join(", ", Enum.GetNames<MaskSampling>())} is expected");
    }

    private static ulong ReadChecksum(ReadOnlySpan<char> digits) =>
        digits.Length == ChecksumDigits && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw new FormatException($"a checksum is '{digits}' where {ChecksumDigits} hexadecimal digits are expected");
}
