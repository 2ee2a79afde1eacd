using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.ImageCodecs;

/// <summary>Reads PNG: every colour type, bit depth and interlacing; colour-space chunks are not applied.</summary>
internal static class PngDecoder
{
    /// <summary>Deflate makes at most 258 bytes of two bits, so an honest file cannot unpack to more than this times its size.</summary>
    private const int LargestDeflateRatio = 1032;

    /// <summary>First column and row, and steps, of the seven passes of Adam7.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
    [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ];

    private static readonly (int X, int Y, int StepX, int StepY)[] WholeImage = [(0, 0, 1, 1)];

    public static bool Recognises(ReadOnlySpan<byte> encoded) => encoded.StartsWith(PngFormat.Signature);

    public static DecodedImage Decode(ReadOnlySpan<byte> encoded)
    {
        PngChunks chunks = PngChunks.Read(encoded);
        PngHeader header = chunks.Header;
        (int X, int Y, int StepX, int StepY)[] passes = header.IsInterlaced ? Adam7 : WholeImage;
        CheckDataCanHoldImage(header, passes, chunks.CompressedData.Length);

        var bgra = new byte[header.Width * header.Height * 4];
        var colors = new PngColors(header, chunks.Palette, chunks.Transparency);
        using var rows = new ZLibStream(new MemoryStream(chunks.CompressedData), CompressionMode.Decompress);
        foreach ((int x, int y, int stepX, int stepY) in passes)
        {
            DecodePass(rows, header, colors, bgra, x, y, stepX, stepY);
        }

        CheckSum(rows);
        return new DecodedImage(header.Width, header.Height, bgra);
    }

    private static void DecodePass(
        Stream rows, in PngHeader header, PngColors colors, byte[] bgra, int firstX, int firstY, int stepX, int stepY)
    {
        int width = PassLength(header.Width, firstX, stepX);
        if (width == 0)
        {
            return;
        }

        int rowBytes = header.RowBytes(width);
        var current = new byte[rowBytes];
        var previous = new byte[rowBytes];
        for (int y = firstY; y < header.Height; y += stepY)
        {
            int filter = ReadRow(rows, current);
            Unfilter(filter, current, previous, header.FilterStride, y);
            int target = (y * header.Width + firstX) * 4;
            for (int i = 0; i < width; i++, target += stepX * 4)
            {
                colors.WritePixel(current, i, bgra.AsSpan(target, 4));
            }

            (current, previous) = (previous, current);
        }
    }

    /// <summary>Reads the bytes of the next row and returns its filter.</summary>
    private static int ReadRow(Stream rows, Span<byte> row)
    {
        Span<byte> filter = stackalloc byte[1];
        try
        {
            rows.ReadExactly(filter);
            rows.ReadExactly(row);
        }
        catch (EndOfStreamException end)
        {
            throw new InvalidDataException("its PNG image data end before the last row.", end);
        }
        catch (InvalidDataException damage)
        {
            throw new InvalidDataException("its PNG image data are damaged: they do not decompress.", damage);
        }

        return filter[0];
    }

    /// <summary>Reading past the last row makes the stream compare its Adler-32 sum.</summary>
    private static void CheckSum(Stream rows)
    {
        try
        {
            rows.ReadByte();
        }
        catch (InvalidDataException damage)
        {
            throw new InvalidDataException("its PNG image data are damaged: their checksum does not match.", damage);
        }
    }

    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int stride, int y)
    {
        switch (filter)
        {
            case PngFormat.FilterNone:
                break;
            case PngFormat.FilterSub:
                for (int i = stride; i < row.Length; i++)
                {
                    row[i] += row[i - stride];
                }

                break;
            case PngFormat.FilterUp:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                break;
            case PngFormat.FilterAverage:
                for (int i = 0; i < row.Length; i++)
                {
                    int left = i >= stride ? row[i - stride] : 0;
                    row[i] += (byte)((left + above[i]) / 2);
                }

                break;
            case PngFormat.FilterPaeth:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += i >= stride ? PngFormat.Paeth(row[i - stride], above[i], above[i - stride]) : above[i];
                }

                break;
            default:
                throw new InvalidDataException($"row {y} of its PNG image data has filter {filter}, which PNG does not have.");
        }
    }

    private static void CheckDataCanHoldImage(in PngHeader header, (int X, int Y, int StepX, int StepY)[] passes, int compressedLength)
    {
        long needed = 0;
        foreach ((int x, int y, int stepX, int stepY) in passes)
        {
            int width = PassLength(header.Width, x, stepX);
            if (width > 0)
            {
                needed += (long)PassLength(header.Height, y, stepY) * (1 + header.RowBytes(width));
            }
        }

        if (needed > (long)compressedLength * LargestDeflateRatio)
        {
            throw new InvalidDataException(
                $"its PNG header gives a size of {header.Width}×{header.Height} pixels, which its {compressedLength} bytes of image data cannot hold.");
        }
    }

    private static int PassLength(int length, int first, int step) => length <= first ? 0 : (length - first + step - 1) / step;

    /// <summary>The parts of the file that the picture depends on, each with its checksum verified.</summary>
    private readonly record struct PngChunks(PngHeader Header, byte[] Palette, byte[] Transparency, byte[] CompressedData)
    {
        public static PngChunks Read(ReadOnlySpan<byte> encoded)
        {
            PngHeader? header = null;
            byte[] palette = null;
            byte[] transparency = null;
            using var compressed = new MemoryStream();
            int position = PngFormat.Signature.Length;
            while (true)
            {
                string name = ReadChunk(encoded, ref position, out ReadOnlySpan<byte> data);
                if (header is null && name != "IHDR")
                {
                    throw new InvalidDataException($"its first PNG chunk is '{name}' instead of 'IHDR'.");
                }

                switch (name)
                {
                    case "IHDR" when header is null:
                        header = PngHeader.Parse(data);
                        break;
                    case "PLTE" when palette is null:
                        palette = data.ToArray();
                        break;
                    case "tRNS" when transparency is null:
                        transparency = data.ToArray();
                        break;
                    case "IDAT":
                        compressed.Write(data);
                        break;
                    case "IEND":
                        return new PngChunks(header.Value, palette, transparency, compressed.ToArray());
                    case "IHDR" or "PLTE" or "tRNS":
                        throw new InvalidDataException($"it has two '{name}' chunks.");
                    default:
                        // A capital first letter marks a chunk without which the picture cannot be shown rightly.
                        if (char.IsAsciiLetterUpper(name[0]))
                        {
                            throw new InvalidDataException($"it has a critical PNG chunk '{name}', which is not known.");
                        }

                        break;
                }
            }
        }

        private static string ReadChunk(ReadOnlySpan<byte> encoded, ref int position, out ReadOnlySpan<byte> data)
        {
            const int frame = 12;
            int left = encoded.Length - position;
            uint length = left >= frame ? BinaryPrimitives.ReadUInt32BigEndian(encoded[position..]) : 0;
            if (left < frame || length > left - frame)
            {
                throw new InvalidDataException($"it is cut off: a PNG chunk that begins at byte {position} goes on past the end.");
            }

            ReadOnlySpan<byte> named = encoded.Slice(position + 4, 4 + (int)length);
            string name = Encoding.Latin1.GetString(named[..4]);
            uint stored = BinaryPrimitives.ReadUInt32BigEndian(encoded[(position + 8 + (int)length)..]);
            if (PngFormat.Crc(named) != stored)
            {
                throw new InvalidDataException($"it is damaged: the checksum of the PNG chunk at byte {position} does not match.");
            }

            data = named[4..];
            position += frame + (int)length;
            return name;
        }
    }
}
