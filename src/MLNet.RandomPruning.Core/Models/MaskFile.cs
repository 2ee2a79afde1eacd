using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Models;

/// <summary>The masks of a network, without weights, in a safetensors file.</summary>
internal static class MaskFile
{
    private const string FormatKey = "format", VersionKey = "format_version";
    private const string Format = "MLNet.RandomPruning mask";
    private const string Version = "1";

    // A file of a seed alone may ask for masks of this many bytes: 268 million weights.
    private const long FreeMaskBytes = 32L << 20;

    public static SafetensorsWriter Write(NetworkMask mask)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata(FormatKey, Format);
        writer.AddMetadata(VersionKey, Version);
        MaskSerializer.Write(writer, mask, prefix: "");
        writer.AddDigest();
        return writer;
    }

    public static NetworkMask Read(SafetensorsReader reader)
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
        var mask = MaskSerializer.Read(reader, prefix: "", FreeMaskBytes);
        var expected = MaskSerializer.TensorNames(mask, prefix: "").ToHashSet(StringComparer.Ordinal);
        return reader.Tensors.Keys.FirstOrDefault(name => !expected.Contains(name)) is string unknown
            ? throw SafetensorsReader.Invalid($"its tensor '{unknown}' is no mask of {mask.Network}")
            : mask;
    }
}
