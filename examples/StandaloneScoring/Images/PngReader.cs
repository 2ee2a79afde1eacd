using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace StandaloneScoring.Images;

/// <summary>
/// Reads PNG files (W3C, "Portable Network Graphics (PNG) Specification"): all colour types and depths, interlaced or not. Of 16-bit
/// samples the upper half is taken, and what is transparent is laid on white.
/// </summary>
internal static class PngReader
{
    private const int ChunkFrame = 12;

    // No deflated byte stands for more than this many (258 bytes of a match in 2 bits).
    private const long LargestRatio = 1032;

    private static ReadOnlySpan<byte> Signature => [137, 80, 78, 71, 13, 10, 26, 10];

    /// <summary>Whether a file begins like a PNG file.</summary>
    public static bool Knows(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, cut short or not as the specification has it.</exception>
    public static RgbImage Read(ReadOnlySpan<byte> file)
    {
        var rest = file[Signature.Length..];
        var first = NextChunk(ref rest, out var type);
        if (!type.SequenceEqual("IHDR"u8))
        {
            throw new InvalidDataException("its first chunk is not IHDR");
        }

        var header = PngHeader.Parse(first);
        ReadOnlySpan<byte> palette = default, transparency = default;
        using var data = new MemoryStream();
        while (true)
        {
            var chunk = NextChunk(ref rest, out type);
            if (type.SequenceEqual("PLTE"u8))
            {
                palette = chunk;
            }
            else if (type.SequenceEqual("tRNS"u8))
            {
                transparency = chunk;
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                data.Write(chunk);
            }
            else if (type.SequenceEqual("IEND"u8))
            {
                break;
            }
            else if ((type[0] & 0x20) == 0)
            {
                throw new InvalidDataException($"it has a chunk '{Encoding.Latin1.GetString(type)}' that must not be passed over and that this program does not know");
            }
        }

        return ReadRows(header, new PngPixels(header, palette, transparency), data);
    }

    /// <summary>A chunk's data; checks its length and its sum.</summary>
    private static ReadOnlySpan<byte> NextChunk(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type)
    {
        if (rest.Length < ChunkFrame)
        {
            throw new InvalidDataException("it is cut short: its last chunk, IEND, is missing");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        type = rest.Slice(4, 4);
        if (length > rest.Length - ChunkFrame)
        {
            throw new InvalidDataException($"it is cut short: chunk '{Encoding.Latin1.GetString(type)}' has {length} bytes, but {rest.Length - ChunkFrame} follow");
        }

        int count = (int)length;
        if (Crc32.Of(rest.Slice(4, 4 + count)) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + count)..]))
        {
            throw new InvalidDataException($"chunk '{Encoding.Latin1.GetString(type)}' does not match its check sum, so the file is damaged");
        }

        var data = rest.Slice(8, count);
        rest = rest[(ChunkFrame + count)..];
        return data;
    }

    private static RgbImage ReadRows(PngHeader header, PngPixels pixels, MemoryStream data)
    {
        RgbImage.CheckSize(header.Width, header.Height);
        if (header.Height * header.FullRowBytes > LargestRatio * data.Length)
        {
            throw new InvalidDataException($"it is cut short: {data.Length} bytes of image data are too few for {header.Width}×{header.Height} pixels");
        }

        var image = RgbImage.Create(header.Width, header.Height);
        data.Position = 0;
        try
        {
            using var zlib = new ZLibStream(data, CompressionMode.Decompress);
            foreach (var pass in header.IsInterlaced ? PngPass.Interlaced : PngPass.Whole)
            {
                ReadPass(header, pixels, pass, zlib, image);
            }
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException("its image data end before the last row");
        }

        return image;
    }

    private static void ReadPass(PngHeader header, PngPixels pixels, PngPass pass, Stream zlib, RgbImage image)
    {
        int columns = pass.Columns(image.Width), rows = pass.Rows(image.Height);
        if (columns == 0 || rows == 0)
        {
            return;
        }

        int length = header.RowBytes(columns);
        byte[] row = new byte[length], above = new byte[length];
        for (int y = 0; y < rows; y++)
        {
            int filter = zlib.ReadByte();
            if (filter < 0)
            {
                throw new EndOfStreamException();
            }

            zlib.ReadExactly(row);
            PngFilter.Undo(filter, row, above, header.PixelBytes);
            int first = ((pass.FirstRow + y * pass.RowStep) * image.Width + pass.FirstColumn) * RgbImage.Channels;
            for (int x = 0; x < columns; x++)
            {
                pixels.Convert(row, x, image.Pixels.AsSpan(first + x * pass.ColumnStep * RgbImage.Channels, RgbImage.Channels));
            }

            (row, above) = (above, row);
        }
    }
}
