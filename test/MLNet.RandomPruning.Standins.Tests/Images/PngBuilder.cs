using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MLNet.RandomPruning.Standins.Tests.Images;

/// <summary>Writes PNG files byte by byte, straight from the specification, with any filter, depth and interlacing.</summary>
internal sealed class PngBuilder
{
    private readonly List<(string Name, byte[] Data)> _before = [];

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Depth { get; init; }

    public required int ColorType { get; init; }

    public bool IsInterlaced { get; init; }

    /// <summary>The filter of each row, by its number in the file.</summary>
    public Func<int, int> FilterOfRow { get; init; } = row => row % 5;

    /// <summary>The most bytes of image data in one chunk.</summary>
    public int ChunkLength { get; init; } = int.MaxValue;

    public int Channels => ColorType switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };

    /// <summary>Adds a chunk ahead of the image data.</summary>
    public PngBuilder With(string name, params byte[] data)
    {
        _before.Add((name, data));
        return this;
    }

    /// <summary>The file of samples given by row, column and channel.</summary>
    public byte[] Build(Func<int, int, int, int> sample)
    {
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(FilteredRows(sample));
        }

        return Assemble(rows.ToArray());
    }

    /// <summary>The file of image data that are compressed already.</summary>
    public byte[] Assemble(byte[] compressed)
    {
        using var file = new MemoryStream();
        file.Write([137, 80, 78, 71, 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9], header[12]) = ((byte)Depth, (byte)ColorType, IsInterlaced ? (byte)1 : (byte)0);
        WriteChunk(file, "IHDR", header);
        foreach ((string name, byte[] data) in _before)
        {
            WriteChunk(file, name, data);
        }

        foreach (byte[] part in compressed.Chunk(ChunkLength))
        {
            WriteChunk(file, "IDAT", part);
        }

        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private byte[] FilteredRows(Func<int, int, int, int> sample)
    {
        (int X, int Y, int Dx, int Dy)[] passes = IsInterlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        var result = new List<byte>();
        int rowNumber = 0;
        foreach ((int firstX, int firstY, int dx, int dy) in passes)
        {
            if (firstX >= Width)
            {
                continue;
            }

            byte[]? above = null;
            for (int y = firstY; y < Height; y += dy)
            {
                byte[] row = PackRow(y, firstX, dx, sample);
                int filter = FilterOfRow(rowNumber++);
                result.Add((byte)filter);
                for (int i = 0; i < row.Length; i++)
                {
                    result.Add((byte)(row[i] - Predict(filter, row, above, i)));
                }

                above = row;
            }
        }

        return result.ToArray();
    }

    private byte[] PackRow(int y, int firstX, int dx, Func<int, int, int, int> sample)
    {
        var bits = new StringBuilder();
        for (int x = firstX; x < Width; x += dx)
        {
            for (int channel = 0; channel < Channels; channel++)
            {
                bits.Append(Convert.ToString(sample(y, x, channel), 2).PadLeft(Depth, '0'));
            }
        }

        string text = bits.ToString();
        return Enumerable.Range(0, (text.Length + 7) / 8)
            .Select(i => Convert.ToByte(text[(i * 8)..Math.Min(text.Length, i * 8 + 8)].PadRight(8, '0'), 2))
            .ToArray();
    }

    private int Predict(int filter, byte[] row, byte[]? above, int i)
    {
        int distance = Math.Max(1, Channels * Depth / 8);
        int a = i >= distance ? row[i - distance] : 0;
        int b = above is null ? 0 : above[i];
        int c = above is null || i < distance ? 0 : above[i - distance];
        return filter switch
        {
            1 => a,
            2 => b,
            3 => (a + b) / 2,
            4 => new[] { a, b, c }.MinBy(value => Math.Abs(a + b - c - value)),
            _ => 0,
        };
    }

    public static void WriteChunk(Stream file, string name, byte[] data)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. data];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(named));
        file.Write(number);
    }

    /// <summary>The checksum bit by bit, as the polynomial has it.</summary>
    private static uint Crc(byte[] bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                bool carry = ((crc ^ (value >> bit)) & 1) != 0;
                crc = (crc >> 1) ^ (carry ? 0xEDB88320 : 0);
            }
        }

        return ~crc;
    }
}
