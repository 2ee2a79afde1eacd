using System.Buffers.Binary;

namespace MLNet.RandomPruning.Columns;

/// <summary>
/// Tells image files that were cut short, say by a broken download, from whole ones. ML.NET decodes what there is of such a file and leaves
/// the rest black, without a word.
/// </summary>
internal static class ImageFileEnd
{
    private const int PngSignature = 8, PngChunkExtra = 12;
    private const byte JpegStartOfScan = 0xDA;

    /// <summary>Whether a PNG, JPEG or BMP file ends before its image does; of other content it says nothing.</summary>
    public static bool IsMissing(ReadOnlySpan<byte> file) => ImageFileFormats.Of(file) switch
    {
        ImageFileFormat.Png => IsPngCut(file),
        ImageFileFormat.Jpeg => IsJpegCut(file),
        ImageFileFormat.Bmp => IsBmpCut(file),
        _ => false,
    };

    /// <summary>Chunks of length, name, content and checksum follow each other up to one named IEND.</summary>
    private static bool IsPngCut(ReadOnlySpan<byte> file)
    {
        long at = PngSignature;
        while (at + PngChunkExtra <= file.Length)
        {
            var chunk = file[(int)at..];
            at += PngChunkExtra + (long)BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (chunk[4..].StartsWith("IEND"u8))
            {
                return at > file.Length;
            }
        }

        return true;
    }

    /// <summary>
    /// Segments of marker and length follow each other up to the scan, in whose data no 0xFF stands before 0xD9 but in the marker of the
    /// end. A thumbnail, which has an end of its own, is in a segment before.
    /// </summary>
    private static bool IsJpegCut(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            byte marker = file[at + 1];
            if (marker == JpegStartOfScan)
            {
                return file[at..].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0;
            }

            // 0xFF may be repeated before a marker.
            at += marker == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        // What is no marker is for the decoder to refuse.
        return at + 4 > file.Length;
    }

    /// <summary>Rows of pixels, each filled up to four bytes, follow the header; compressed ones are for the decoder to judge.</summary>
    private static bool IsBmpCut(ReadOnlySpan<byte> file)
    {
        const int FileHeader = 14, InfoHeader = 40;
        if (file.Length < FileHeader + InfoHeader || BinaryPrimitives.ReadUInt32LittleEndian(file[FileHeader..]) < InfoHeader)
        {
            return false;
        }

        long start = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);
        int width = BinaryPrimitives.ReadInt32LittleEndian(file[18..]), height = BinaryPrimitives.ReadInt32LittleEndian(file[22..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]), compression = BinaryPrimitives.ReadInt32LittleEndian(file[30..]);
        if (compression is not (0 or 3) || width <= 0 || bits is 0 or > 32)
        {
            return false;
        }

        long row = ((long)width * bits + 31) / 32 * 4;
        return start + row * Math.Abs((long)height) > file.Length;
    }
}
