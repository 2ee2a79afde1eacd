using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// A safetensors file that was read whole. Reading refuses all that the format does not allow, and checks every size against
/// what is there before it allocates.
/// </summary>
public sealed class SafetensorsReader
{
    /// <summary>The longest file that is read unless the caller says otherwise: 4 GiB.</summary>
    public const long DefaultMaximumLength = 4L << 30;

    internal const string MetadataName = "__metadata__";

    // The first four bytes of a zip archive, "PK" and 3 and 4, as a number.
    private const uint ZipSignature = 0x04034b50;

    private const int LengthFieldSize = 8;
    private const int FirstChunkSize = 1 << 12;

    private SafetensorsReader(IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, SafetensorsTensor> tensors, long dataLength)
    {
        Metadata = metadata;
        Tensors = tensors;
        DataLength = dataLength;
    }

    /// <summary>The texts of the file's metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors { get; }

    /// <summary>The size of all tensors together, in bytes.</summary>
    public long DataLength { get; }

    /// <summary>Reads a file from the stream's position to its end. The stream need not be seekable.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="maximumLength">The longest file to read, in bytes.</param>
    /// <exception cref="InvalidDataException">It is no safetensors file, or longer than allowed; the message says what is wrong and where.</exception>
    public static SafetensorsReader Read(Stream stream, long maximumLength = DefaultMaximumLength)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumLength);
        long? length = stream.CanSeek ? stream.Length - stream.Position : null;
        if (length > maximumLength)
        {
            throw Invalid($"the file has {length} bytes, more than the {maximumLength} allowed");
        }

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(stream, LengthFieldSize, "the header's length, its first 8 bytes"));
        if ((uint)headerLength == ZipSignature)
        {
            throw Invalid("it is a zip archive, as ML.NET saves models in; the bare model file is what 'randprune export --format model' makes of one");
        }

        long most = (length ?? maximumLength) - LengthFieldSize;
        if (headerLength > SafetensorsHeader.MaximumLength || (long)headerLength > most)
        {
            throw Invalid($"its first 8 bytes give a header of {headerLength} bytes, but {(length is null ? $"at most {Math.Min(most, SafetensorsHeader.MaximumLength)} are allowed" : $"{most} bytes follow")}");
        }

        var header = SafetensorsHeader.Parse(ReadBytes(stream, (long)headerLength, "the header"));
        long rest = most - (long)headerLength;
        if (length is null ? header.DataLength > rest : header.DataLength != rest)
        {
            throw Invalid($"its header describes {header.DataLength} bytes of tensors, but {(length is null ? $"at most {rest} are allowed" : $"{rest} bytes follow")}");
        }

        var tensors = new Dictionary<string, SafetensorsTensor>(StringComparer.Ordinal);
        foreach (var entry in header.Tensors)
        {
            byte[] data = ReadBytes(stream, entry.End - entry.Begin, $"tensor '{entry.Name}'");
            tensors.Add(entry.Name, new SafetensorsTensor(entry.Name, entry.ElementType, entry.Shape, data));
        }

        if (length is null && stream.ReadByte() >= 0)
        {
            throw Invalid($"there is more after the {header.DataLength} bytes of tensors that its header describes");
        }

        return new SafetensorsReader(header.Metadata, tensors, header.DataLength);
    }

    /// <summary>The text with this key in the metadata.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public string Text(string key) => Metadata.TryGetValue(key, out string? value)
        ? value
        : throw Invalid($"its metadata lacks '{key}'");

    /// <summary>Copies a one-dimensional F32 tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">Takes all its values; its length is the length that the tensor must have.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, or its type or shape is another.</exception>
    public void CopyFloats(string name, Span<float> destination)
    {
        Bytes(name, "F32", destination.Length).CopyTo(MemoryMarshal.AsBytes(destination));
        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<float, int>(destination);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    /// <summary>The bytes of a one-dimensional tensor of a given type and length.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or its type or shape is another.</exception>
    public ReadOnlySpan<byte> Bytes(string name, string elementType, long count)
    {
        if (!Tensors.TryGetValue(name, out var tensor))
        {
            throw Invalid($"it has no tensor '{name}'");
        }

        if (tensor.ElementType != elementType || tensor.Shape.Count != 1 || tensor.Shape[0] != count)
        {
            throw Invalid($"tensor '{name}' is {tensor} where {elementType} [{count}] is expected");
        }

        return tensor.Data.Span;
    }

    /// <summary>Checks the digest that <see cref="SafetensorsWriter.AddDigest"/> put into the file.</summary>
    /// <exception cref="InvalidDataException">There is none, or the file was damaged or changed.</exception>
    public void VerifyDigest()
    {
        string expected = Text(SafetensorsDigest.Key);
        var digest = new SafetensorsDigest();
        foreach (var (key, value) in Metadata.Where(pair => pair.Key != SafetensorsDigest.Key).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            digest.Append(key);
            digest.Append(value);
        }

        foreach (var tensor in Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            digest.Append(tensor.Name);
            digest.Append(tensor.ElementType);
            digest.Append((long)tensor.Data.Length);
            digest.Append(tensor.Data.Span);
        }

        if (digest.Finish() != expected)
        {
            throw Invalid("its content does not match its SHA-256, so it was damaged or changed after it was written");
        }
    }

    internal static InvalidDataException Invalid(string what, Exception? inner = null) => new($"The file is damaged or of another kind: {Readable(what)}.", inner);

    /// <summary>A message in which texts of a damaged file may stand: of a length that can be read, and without characters that a terminal obeys.</summary>
    internal static string Readable(string message)
    {
        const int Longest = 1000;
        if (message.Length > Longest)
        {
            message = $"{message.AsSpan(0, char.IsHighSurrogate(message[Longest - 1]) ? Longest - 1 : Longest)} … ({message.Length - Longest} more characters)";
        }

        return message.Any(IsObeyed) ? string.Concat(message.Select(character => IsObeyed(character) ? '\uFFFD' : character)) : message;

        // Line ends, escapes, and what turns the direction of writing round.
        static bool IsObeyed(char character) => char.GetUnicodeCategory(character)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
    }

    /// <summary>An error's message as part of a sentence about the file, where the name of a parameter says nothing.</summary>
    internal static string Reason(Exception error)
    {
        string suffix = $" (Parameter '{(error as ArgumentException)?.ParamName}')";
        string message = error.Message;
        return (message.EndsWith(suffix, StringComparison.Ordinal) ? message[..^suffix.Length] : message).TrimEnd('.');
    }

    // Memory grows with what the stream really delivers, never with what the header promises.
    private static byte[] ReadBytes(Stream stream, long count, string what)
    {
        if (count > Array.MaxLength)
        {
            throw Invalid($"{what} has {count} bytes, more than the {Array.MaxLength} that can be read at once");
        }

        byte[] bytes = new byte[stream.CanSeek ? count : Math.Min(count, FirstChunkSize)];
        int filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(bytes.AsSpan(filled), bytes.Length - filled, throwOnEndOfStream: false);
            if (filled < bytes.Length)
            {
                throw Invalid($"it ends after {filled} of the {count} bytes of {what}");
            }

            if (filled == count)
            {
                return bytes;
            }

            Array.Resize(ref bytes, (int)Math.Min(count, 2L * bytes.Length));
        }
    }
}
