using System.Buffers.Binary;
using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Models;

/// <summary>The network and its masks in a safetensors file; a prefix before all names tells several apart.</summary>
internal static class MaskSerializer
{
    private const string ClassCountKey = "class_count", MaskKey = "mask";

    // Masks that a seed makes are not in the file, so a small file could ask for huge ones. A mask takes a bit a weight, so with this a file
    // may keep 1 weight in 4096 when each takes a byte, and fewer when they take more; so few are no mistake. What a damaged file asks for
    // is mostly found before, by its kept counts.
    private const long MaskBytesPerFileByte = 512;

    public static void Write(SafetensorsWriter writer, NetworkMask mask, string prefix)
    {
        var network = mask.Network;
        writer.AddMetadata(prefix + ModelMetadata.NetworkKey, network.Name);
        ModelMetadata.WriteInputShape(writer, network.InputShape, prefix);
        writer.AddMetadata(prefix + ClassCountKey, network.ClassCount.ToString(CultureInfo.InvariantCulture));

        var origin = IsMadeBy(mask.Origin, mask) ? mask.Origin : null;
        writer.AddMetadata(prefix + MaskKey, MetadataJson.Write(MaskDescription.Of(mask, origin).Write));
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

    /// <summary>Reads masks that stand beside weights of some precision, whose numbers must be the masks' kept counts where they have the same prefix.</summary>
    public static NetworkMask Read(SafetensorsReader reader, string prefix, ModelPrecision precision) => Read(reader, prefix, freeMaskBytes: 0, (network, description) =>
    {
        if (description.KeptCount > reader.DataLength / StoredWeights.BytesPerWeight(precision))
        {
            throw SafetensorsReader.Invalid($"its masks keep {description.KeptCount} weights, but it holds only {reader.DataLength} bytes of tensors");
        }

        foreach (var (layer, kept) in network.WeightLayers.Zip(description.KeptCounts))
        {
            string name = $"{prefix}{layer.Name}.weight";
            if (reader.Tensors.TryGetValue(name, out var tensor) && (tensor.Shape.Count != 1 || tensor.Shape[0] != kept))
            {
                throw SafetensorsReader.Invalid($"tensor '{name}' has the shape [{string.Join(", ", tensor.Shape)}], but the mask of its layer keeps {kept} weights");
            }
        }
    });

    /// <summary>Reads masks that stand alone.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="prefix">What stands before each name.</param>
    /// <param name="freeMaskBytes">The size in memory of masks that a file of any length may ask for.</param>
    public static NetworkMask Read(SafetensorsReader reader, string prefix, long freeMaskBytes) => Read(reader, prefix, freeMaskBytes, (_, _) => { });

    // Nothing is made of a size that the file only names: the network has as many layers as there are kept counts, and its masks are made
    // when the counts are those of the tensors and those that the seed's masks will have.
    private static NetworkMask Read(SafetensorsReader reader, string prefix, long freeMaskBytes, Action<Network, MaskDescription> checkSizes)
    {
        var description = MetadataJson.Read(reader, prefix + MaskKey, MaskDescription.Read);
        var network = ReadNetwork(reader, prefix, description);
        bool removesChannels = ModelMetadata.ReadRemovesChannels(reader, prefix);
        description.ThrowIfOtherLayers(network);
        if (network.WeightCount / 8 > freeMaskBytes + MaskBytesPerFileByte * reader.DataLength)
        {
            throw SafetensorsReader.Invalid($"{network.Name} has {network.WeightCount} weights, far too many for {reader.DataLength} bytes of tensors");
        }

        checkSizes(network, description);
        var mask = description.Origin is { } origin
            ? Regenerate(network, origin, description, prefix)
            : new NetworkMask(network, [.. network.WeightLayers.Zip(description.KeptCounts, (layer, kept) => Unpack(reader, prefix, layer, kept))]) { RemovesChannels = removesChannels };
        description.ThrowIfOtherMasks(mask);
        CheckChannels(mask);
        return mask;
    }

    private static NetworkMask Regenerate(Network network, MaskOrigin origin, MaskDescription description, string prefix)
    {
        try
        {
            return MaskGenerator.Regenerate(network, origin, description.KeptCounts);
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid($"'{prefix}{MaskKey}' in its metadata cannot be used: {SafetensorsReader.Reason(error)}", error);
        }
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

    private static Network ReadNetwork(SafetensorsReader reader, string prefix, MaskDescription description)
    {
        var shape = ModelMetadata.ReadInputShape(reader, prefix);
        if (!int.TryParse(reader.Text(prefix + ClassCountKey), NumberStyles.None, CultureInfo.InvariantCulture, out int classCount))
        {
            throw SafetensorsReader.Invalid($"its class count is '{reader.Text(prefix + ClassCountKey)}', which is no number");
        }

        try
        {
            var network = ResNet.Parse(reader.Text(prefix + ModelMetadata.NetworkKey));
            description.ThrowIfOtherLayerCount(network);
            return network.Build(shape, classCount);
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid(SafetensorsReader.Reason(error), error);
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
            return WeightMask.Owning(layer, words);
        }
        catch (ArgumentException error)
        {
            throw SafetensorsReader.Invalid($"tensor '{TensorName(layer, prefix)}' has bits beyond the layer's {layer.WeightCount} weights", error);
        }
    }
}
