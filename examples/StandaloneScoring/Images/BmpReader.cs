using System.Buffers.Binary;

namespace StandaloneScoring.Images;

/// <summary>Reads Windows bitmaps of 24 or 32 bits a pixel, from the bottom up or from the top down, not compressed. A fourth byte is passed over.</summary>
internal static class BmpReader
{
    private const int FileHeader = 14, LeastInfoHeader = 40, MasksEnd = FileHeader + LeastInfoHeader + 12;
    private const uint Plain = 0, BitFields = 3;

    /// <summary>Whether a file begins like a bitmap.</summary>
    public static bool Knows(ReadOnlySpan<byte> file) => file.StartsWith("BM"u8);

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, cut short or of another kind.</exception>
    public static RgbImage Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < FileHeader + LeastInfoHeader)
        {
            throw new InvalidDataException($"it is cut short: {file.Length} bytes are too few for the headers of a bitmap");
        }

        uint start = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]), header = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
        int width = BinaryPrimitives.ReadInt32LittleEndian(file[18..]), height = BinaryPrimitives.ReadInt32LittleEndian(file[22..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]);
        uint compression = BinaryPrimitives.ReadUInt32LittleEndian(file[30..]);
        bool hasBgr = compression == Plain || (compression == BitFields && bits == 32 && HasBgrMasks(file));
        if (header < LeastInfoHeader || bits is not (24 or 32) || !hasBgr)
        {
            throw new InvalidDataException(
                $"it is a bitmap of {bits} bits a pixel with compression {compression}, and this program reads those of 24 or 32 bits, blue first, without any");
        }

        int pixelBytes = bits / 8;
        long rows = Math.Abs((long)height), stride = ((long)width * pixelBytes + 3) / 4 * 4;
        RgbImage.CheckSize(width, rows);
        if (start + stride * rows > file.Length)
        {
            throw new InvalidDataException($"it is cut short: {width}×{rows} pixels take {start + stride * rows} bytes, but it has {file.Length}");
        }

        var image = RgbImage.Create(width, rows);
        var target = image.Pixels.AsSpan();
        for (int y = 0; y < image.Height; y++)
        {
            long fileRow = height > 0 ? image.Height - 1 - y : y;
            var row = file.Slice((int)(start + fileRow * stride), width * pixelBytes);
            for (int x = 0; x < width; x++)
            {
                (target[0], target[1], target[2]) = (row[2], row[1], row[0]);
                target = target[RgbImage.Channels..];
                row = row[pixelBytes..];
            }
        }

        return image;
    }

    private static bool HasBgrMasks(ReadOnlySpan<byte> file) => file.Length >= MasksEnd
        && BinaryPrimitives.ReadUInt32LittleEndian(file[(MasksEnd - 12)..]) == 0x00FF0000
        && BinaryPrimitives.ReadUInt32LittleEndian(file[(MasksEnd - 8)..]) == 0x0000FF00
        && BinaryPrimitives.ReadUInt32LittleEndian(file[(MasksEnd - 4)..]) == 0x000000FF;
}
