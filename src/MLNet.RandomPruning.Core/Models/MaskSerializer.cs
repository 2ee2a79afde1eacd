using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Models;

/// <summary>The network and its masks in a safetensors file; a prefix before all names tells several apart.</summary>
internal static class MaskSerializer
{
    private const string ClassCountKey = "class_count", MaskKey = "mask";

    private const string KeptProperty = "kept", ChecksumsProperty = "checksums", LayersProperty = "layers";
    private const int ChecksumDigits = 16;

    // The masks that a seed makes are not in the file, so a small file could ask for huge ones. A mask takes a bit a weight; a
    // network at density 1/500 needs 62 times the bytes of its kept values when these are stored as int8.
    private const long FreeMaskBytesBesideWeights = 4L << 20, MaskBytesPerFileByte = 64;

    private sealed record LayerEntry(int Kept, ulong Checksum);

    public static void Write(SafetensorsWriter writer, NetworkMask mask, string prefix)
    {
        var network = mask.Network;
        writer.AddMetadata(prefix + ModelMetadata.NetworkKey, network.Name);
        ModelMetadata.WriteInputShape(writer, network.InputShape, prefix);
        writer.AddMetadata(prefix + ClassCountKey, network.ClassCount.ToString(CultureInfo.InvariantCulture));

        var origin = IsMadeBy(mask.Origin, mask) ? mask.Origin : null;
        writer.AddMetadata(prefix + MaskKey, MetadataJson.Write(json => WriteDescription(json, mask, origin)));
        if (origin is not null)
        {
            return;
        }

        if (mask.RemovesChannels)
        {
            writer.AddMetadata(prefix + ModelMetadata.RemovesChannelsKey, "true");
        }

        foreach (var layer in mask.Layers.Where(layer => layer.KeptCount < layer.Length))
        {
            writer.Add(TensorName(layer.Layer, prefix), Pack(layer));
        }
    }

    /// <summary>The names of the tensors that the masks of a file have, for masks that were read from it.</summary>
    public static IEnumerable<string> TensorNames(NetworkMask mask, string prefix) =>
        mask.Origin is null ? mask.Layers.Where(layer => layer.KeptCount < layer.Length).Select(layer => TensorName(layer.Layer, prefix)) : [];

    /// <summary>Reads masks that stand beside weights of some precision.</summary>
    public static NetworkMask Read(SafetensorsReader reader, string prefix, ModelPrecision precision) => Read(reader, prefix, (network, entries) =>
    {
        long kept = entries.Sum(entry => (long)entry.Kept);
        if (kept > reader.DataLength / StoredWeights.BytesPerWeight(precision))
        {
            throw SafetensorsReader.Invalid($"its masks keep {kept} weights, but it holds only {reader.DataLength} bytes of tensors");
        }

        CheckSize(reader, network, FreeMaskBytesBesideWeights);
    });

    /// <summary>Reads masks that stand alone.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="prefix">What stands before each name.</param>
    /// <param name="freeMaskBytes">The size in memory of masks that a file of any length may ask for.</param>
    public static NetworkMask Read(SafetensorsReader reader, string prefix, long freeMaskBytes) =>
        Read(reader, prefix, (network, _) => CheckSize(reader, network, freeMaskBytes));

    private static NetworkMask Read(SafetensorsReader reader, string prefix, Action<Network, LayerEntry[]> checkSize)
    {
        var network = ReadNetwork(reader, prefix);
        bool removesChannels = ModelMetadata.ReadRemovesChannels(reader, prefix);
        return MetadataJson.Read(reader, prefix + MaskKey, description =>
        {
            var origin = ReadOrigin(MetadataJson.Property(description, "origin"));
            var entries = description.TryGetProperty(LayersProperty, out var layers) ? ReadNamedEntries(network, layers) : ReadEntries(network, description);
            checkSize(network, entries);
            var mask = origin is null
                ? new NetworkMask(network, [.. network.WeightLayers.Zip(entries, (layer, entry) => Unpack(reader, prefix, layer, entry.Kept))]) { RemovesChannels = removesChannels }
                : MaskGenerator.Regenerate(network, origin);
            foreach (var (layer, entry) in mask.Layers.Zip(entries))
            {
                if (layer.KeptCount != entry.Kept || layer.Checksum() != entry.Checksum)
                {
                    throw SafetensorsReader.Invalid(
                        $"the mask of layer '{layer.Layer.Name}' keeps {layer.KeptCount} weights with checksum {layer.Checksum():x16}, but {entry.Kept} with checksum {entry.Checksum:x16} are recorded");
                }
            }

            CheckChannels(mask);
            return mask;
        });
    }

    private static void CheckChannels(NetworkMask mask)
    {
        try
        {
            _ = mask.Narrowed;
        }
        catch (InvalidOperationException error)
        {
            throw SafetensorsReader.Invalid($"nothing is left of a layer: {error.Message}");
        }
    }

    // A mask whose origin was set by hand and does not make it would be lost if only the origin were saved.
    private static bool IsMadeBy(MaskOrigin? origin, NetworkMask mask)
    {
        if (origin is null)
        {
            return false;
        }

        try
        {
            var made = MaskGenerator.Regenerate(mask.Network, origin);
            return made.RemovesChannels == mask.RemovesChannels && made.Layers.Zip(mask.Layers).All(pair => pair.First.SameAs(pair.Second));
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void WriteDescription(Utf8JsonWriter json, NetworkMask mask, MaskOrigin? origin)
    {
        json.WriteStartObject();
        if (origin is null)
        {
            json.WriteNull("origin");
        }
        else
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
                json.WriteStartArray("densities");
                foreach (double density in densities)
                {
                    json.WriteNumberValue(density);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        // In the order of the network's layers, without names: in a small file they would be a noticeable part.
        json.WriteStartArray(KeptProperty);
        foreach (var layer in mask.Layers)
        {
            json.WriteNumberValue(layer.KeptCount);
        }

        json.WriteEndArray();
        json.WriteString(ChecksumsProperty, string.Concat(mask.Layers.Select(layer => layer.Checksum().ToString("x16", CultureInfo.InvariantCulture))));
        json.WriteEndObject();
    }

    private static Network ReadNetwork(SafetensorsReader reader, string prefix)
    {
        var shape = ModelMetadata.ReadInputShape(reader, prefix);
        if (!int.TryParse(reader.Text(prefix + ClassCountKey), NumberStyles.None, CultureInfo.InvariantCulture, out int classCount))
        {
            throw SafetensorsReader.Invalid($"its class count is '{reader.Text(prefix + ClassCountKey)}', which is no number");
        }

        try
        {
            return ResNet.Parse(reader.Text(prefix + ModelMetadata.NetworkKey)).Build(shape, classCount);
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid(SafetensorsReader.Reason(error), error);
        }
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
            : throw SafetensorsReader.Invalid($"its mask's sampling is '{sampling}', where one of {string.Join(", ", Enum.GetNames<MaskSampling>())} is expected");
    }

    private static LayerEntry[] ReadEntries(Network network, JsonElement json)
    {
        var kept = MetadataJson.Items(MetadataJson.Property(json, KeptProperty)).Select(item => item.GetInt32()).ToArray();
        string checksums = MetadataJson.Text(json, ChecksumsProperty);
        ThrowIfOtherLayers(network, kept.Length);
        if (checksums.Length != kept.Length * ChecksumDigits)
        {
            throw SafetensorsReader.Invalid($"the checksums of its {kept.Length} masks have {checksums.Length} digits where {kept.Length * ChecksumDigits} are expected");
        }

        return [.. network.WeightLayers.Select((layer, index) => EntryOf(layer, layer.Name, kept[index], checksums.Substring(index * ChecksumDigits, ChecksumDigits)))];
    }

    // How files were written at first: an object a layer, with its name.
    private static LayerEntry[] ReadNamedEntries(Network network, JsonElement json)
    {
        var items = MetadataJson.Items(json).ToArray();
        ThrowIfOtherLayers(network, items.Length);
        return
        [
            .. items.Zip(network.WeightLayers, (item, layer) =>
                EntryOf(layer, MetadataJson.Text(item, "name"), MetadataJson.Property(item, "kept").GetInt32(), MetadataJson.Text(item, "checksum"))),
        ];
    }

    private static LayerEntry EntryOf(WeightLayer layer, string name, int kept, string checksum) =>
        name == layer.Name && kept >= 0 && kept <= layer.WeightCount
            && checksum.Length == ChecksumDigits && ulong.TryParse(checksum, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? new LayerEntry(kept, value)
            : throw SafetensorsReader.Invalid(
                $"it records mask '{name}' with {kept} kept weights and checksum '{checksum}' where layer '{layer.Name}' of {layer.WeightCount} weights is expected");

    private static void ThrowIfOtherLayers(Network network, int count)
    {
        if (count != network.WeightLayers.Count)
        {
            throw SafetensorsReader.Invalid($"it records the masks of {count} layers, but {network.Name} has {network.WeightLayers.Count} with weights");
        }
    }

    private static void CheckSize(SafetensorsReader reader, Network network, long freeMaskBytes)
    {
        if (network.WeightCount / 8 > freeMaskBytes + MaskBytesPerFileByte * reader.DataLength)
        {
            throw SafetensorsReader.Invalid($"{network.Name} has {network.WeightCount} weights, far too many for {reader.DataLength} bytes of tensors");
        }
    }

    private static string TensorName(WeightLayer layer, string prefix) => $"{prefix}{layer.Name}.mask";

    private static byte[] Pack(WeightMask mask)
    {
        byte[] bytes = new byte[mask.Bits.Length * sizeof(ulong)];
        for (int word = 0; word < mask.Bits.Length; word++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(word * sizeof(ulong)), mask.Bits[word]);
        }

        return bytes[..((mask.Length + 7) / 8)];
    }

    private static WeightMask Unpack(SafetensorsReader reader, string prefix, WeightLayer layer, int kept)
    {
        if (kept == layer.WeightCount)
        {
            return WeightMask.Dense(layer);
        }

        var packed = reader.Bytes(TensorName(layer, prefix), "U8", (layer.WeightCount + 7L) / 8);
        ulong[] words = new ulong[(layer.WeightCount + 63) / 64];
        for (int index = 0; index < packed.Length; index++)
        {
            words[index / 8] |= (ulong)packed[index] << (index % 8 * 8);
        }

        try
        {
            return WeightMask.FromBits(layer, words);
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid($"tensor '{TensorName(layer, prefix)}' has bits beyond the layer's {layer.WeightCount} weights", error);
        }
    }
}
