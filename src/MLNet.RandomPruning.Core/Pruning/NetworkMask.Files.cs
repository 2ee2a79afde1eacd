using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Pruning;

/// <content>The files of masks.</content>
public sealed partial class NetworkMask
{
    /// <summary>
    /// Writes a file that holds the network's name and shape and the masks and no weights: a safetensors file, whose bytes depend on nothing
    /// but the masks. Masks that a seed makes take no more than their seed and a checksum a layer.
    /// </summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        MaskFile.Write(this).WriteTo(stream);
    }

    /// <summary>
    /// Writes a file of the masks. It appears under its name only when it is whole; when writing fails, a file that was there
    /// before stays as it was.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public void Save(string path)
    {
        var file = MaskFile.Write(this);
        AtomicFile.Write(path, "mask", file.WriteTo);
    }

    /// <summary>Reads a file of masks from the stream's position to its end; the stream need not be seekable.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="maximumLength">The longest file to read, in bytes.</param>
    /// <exception cref="InvalidDataException">It is no mask file, or it is damaged or cut short; the message says what is wrong and where.</exception>
    public static NetworkMask Load(Stream stream, long maximumLength = SafetensorsReader.DefaultMaximumLength) =>
        MaskFile.Read(SafetensorsReader.Read(stream, maximumLength));

    /// <summary>Reads a file of masks.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no mask file, or it is damaged or cut short; the message names the path and says what is wrong and where.</exception>
    public static NetworkMask Load(string path) => InputFile.Read(path, "mask", stream => Load(stream));
}
