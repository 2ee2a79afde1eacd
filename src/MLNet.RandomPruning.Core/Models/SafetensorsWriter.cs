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

    private readonly record struct Entry(string Name, string ElementType, long Count, ReadOnlyMemory<float> Floats, ReadOnlyMemory<byte> Bytes)
    {
        public long ByteCount => Count * SafetensorsTensor.ElementSize(ElementType);
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
    public void Add(string name, ReadOnlyMemory<float> values) => Add(new Entry(name, "F32", values.Length, values, default));

    /// <summary>Adds a one-dimensional U8 tensor; its values are read when the file is written.</summary>
    /// <exception cref="ArgumentException">There is a tensor with this name already.</exception>
    public void Add(string name, ReadOnlyMemory<byte> values) => Add(new Entry(name, "U8", values.Length, default, values));

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
            ForEachChunk(tensor, digest.Append);
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
            ForEachChunk(tensor, stream.Write);
        }
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
                json.WriteNumberValue(tensor.Count);
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

    private static void ForEachChunk(Entry tensor, SpanAction write)
    {
        if (tensor.ElementType == "U8")
        {
            write(tensor.Bytes.Span);
            return;
        }

        const int ChunkLength = 1 << 16;
        byte[]? reversed = BitConverter.IsLittleEndian ? null : new byte[ChunkLength * sizeof(float)];
        for (int start = 0; start < tensor.Floats.Length; start += ChunkLength)
        {
            var chunk = MemoryMarshal.AsBytes(tensor.Floats.Span.Slice(start, Math.Min(ChunkLength, tensor.Floats.Length - start)));
            if (reversed is not null)
            {
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, int>(chunk), MemoryMarshal.Cast<byte, int>(reversed.AsSpan()));
                chunk = reversed.AsSpan(0, chunk.Length);
            }

            write(chunk);
        }
    }

    private delegate void SpanAction(ReadOnlySpan<byte> bytes);
}
