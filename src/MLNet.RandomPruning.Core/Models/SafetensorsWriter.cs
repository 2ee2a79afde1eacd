using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// Writes a safetensors file: eight bytes that hold the header's length, a JSON header, and the tensors one after the other,
/// all little-endian. The same content gives the same bytes.
/// </summary>
public sealed class SafetensorsWriter
{
    private readonly List<KeyValuePair<string, string>> _metadata = [];
    private readonly List<Entry> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { SafetensorsReader.MetadataName };
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    private sealed record Entry(string Name, string ElementType, long[] Shape, Action<ChunkAction> ForEachChunk)
    {
        public long ByteCount => CountOf(Shape) * SafetensorsTensor.ElementSize(ElementType);
    }

    /// <summary>Adds a text to the file's metadata.</summary>
    /// <exception cref="ArgumentException">There is a text with this key already.</exception>
    public void AddMetadata(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (!_keys.Add(key))
        {
            throw new ArgumentException($"The metadata already holds '{key}'.", nameof(key));
        }

        _metadata.Add(new(key, value));
    }

    /// <summary>Adds a one-dimensional F32 tensor; its values are read when the file is written.</summary>
    /// <exception cref="ArgumentException">There is a tensor with this name already.</exception>
    public void Add(string name, ReadOnlyMemory<float> values) => Add(name, "F32", [values.Length], values);

    /// <summary>Adds an F32 tensor; its values are read when the file is written.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its lengths, 0 or more each; empty for a single number.</param>
    /// <param name="values">Its values, row-major.</param>
    /// <exception cref="ArgumentException">There is a tensor with this name already, or the shape has another number of values.</exception>
    public void Add(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<float> values) => Add(name, "F32", shape, values);

    /// <summary>Adds a one-dimensional F16 tensor; its values are read when the file is written.</summary>
    /// <exception cref="ArgumentException">There is a tensor with this name already.</exception>
    public void Add(string name, ReadOnlyMemory<Half> values) => Add(name, "F16", [values.Length], values);

    /// <summary>Adds a one-dimensional I8 tensor; its values are read when the file is written.</summary>
    /// <exception cref="ArgumentException">There is a tensor with this name already.</exception>
    public void Add(string name, ReadOnlyMemory<sbyte> values) => Add(name, "I8", [values.Length], values);

    /// <summary>Adds a one-dimensional U8 tensor; its values are read when the file is written.</summary>
    /// <exception cref="ArgumentException">There is a tensor with this name already.</exception>
    public void Add(string name, ReadOnlyMemory<byte> values) => Add(name, "U8", [values.Length], values);

    /// <summary>Adds an I64 tensor; its values are read when the file is written.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its lengths, 0 or more each; empty for a single number.</param>
    /// <param name="values">Its values, row-major.</param>
    /// <exception cref="ArgumentException">There is a tensor with this name already, or the shape has another number of values.</exception>
    public void Add(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<long> values) => Add(name, "I64", shape, values);

    /// <summary>Adds an F32 tensor whose values are made when they are needed, so that not all tensors of a file stand in memory at once.</summary>
    internal void Add(string name, ReadOnlySpan<long> shape, Func<float[]> values) =>
        Add(new Entry(name, "F32", shape.ToArray(), write => ForEachChunk<float>(values(), write)));

    /// <summary>
    /// Adds the SHA-256 of all metadata and tensors that were added so far, which <see cref="SafetensorsReader.VerifyDigest"/>
    /// checks. Nothing is added after it.
    /// </summary>
    public void AddDigest()
    {
        var digest = new SafetensorsDigest();
        foreach (var (key, value) in _metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            digest.Append(key);
            digest.Append(value);
        }

        foreach (var tensor in _tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            digest.Append(tensor.Name);
            digest.Append(tensor.ElementType);
            digest.Append(tensor.ByteCount);
            tensor.ForEachChunk(digest.Append);
        }

        AddMetadata(SafetensorsDigest.Key, digest.Finish());
    }

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);

        // The widest elements first: each tensor then lies at a multiple of its element size.
        var ordered = _tensors.OrderByDescending(tensor => SafetensorsTensor.ElementSize(tensor.ElementType)).ToArray();
        byte[] header = Header(ordered);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in ordered)
        {
            tensor.ForEachChunk(stream.Write);
        }
    }

    private void Add<T>(string name, string elementType, ReadOnlySpan<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        if (CountOf(shape) != values.Length)
        {
            throw new ArgumentException($"Tensor '{name}' has {values.Length} values, which do not fill the shape [{string.Join(", ", shape.ToArray())}].", nameof(values));
        }

        Add(new Entry(name, elementType, shape.ToArray(), write => ForEachChunk(values.Span, write)));
    }

    private void Add(Entry tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor.Name);
        if (!_names.Add(tensor.Name))
        {
            throw new ArgumentException($"A tensor cannot be named '{tensor.Name}': the name is taken.", nameof(tensor));
        }

        _tensors.Add(tensor);
    }

    private byte[] Header(Entry[] tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (_metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsReader.MetadataName);
                foreach (var (key, value) in _metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.ElementType);
                json.WriteStartArray("shape");
                foreach (long length in tensor.Shape)
                {
                    json.WriteNumberValue(length);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.ByteCount);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces after the header put the first tensor at a multiple of eight bytes.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static long CountOf(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long length in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
            count = checked(count * length);
        }

        return count;
    }

    private static void ForEachChunk<T>(ReadOnlySpan<T> values, ChunkAction write)
        where T : unmanaged
    {
        const int ChunkLength = 1 << 16;
        for (int start = 0; start < values.Length; start += ChunkLength)
        {
            var chunk = values.Slice(start, Math.Min(ChunkLength, values.Length - start));
            write(BitConverter.IsLittleEndian ? MemoryMarshal.AsBytes(chunk) : Reversed(chunk));
        }
    }

    private static byte[] Reversed<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        int size = bytes.Length / values.Length;
        for (int start = 0; start < bytes.Length; start += size)
        {
            bytes.AsSpan(start, size).Reverse();
        }

        return bytes;
    }

    private delegate void ChunkAction(ReadOnlySpan<byte> bytes);
}
