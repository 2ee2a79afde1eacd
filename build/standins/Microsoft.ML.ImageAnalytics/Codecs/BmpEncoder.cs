using System.Buffers.Binary;

namespace Microsoft.ML.ImageCodecs;

/// <summary>Writes Windows bitmaps: 24 bits, or 32 with an alpha mask (version 4 header) when a pixel needs it.</summary>
internal static class BmpEncoder
{
    private const int FileHeaderLength = 14;

    public static byte[] Encode(DecodedImage image)
    {
        bool opaque = image.IsOpaque;
        int headerLength = opaque ? 40 : 108;
        int bytesPerPixel = opaque ? 3 : 4;
        int stride = (image.Width * bytesPerPixel + 3) / 4 * 4;
        int start = FileHeaderLength + headerLength;
        var file = new byte[start + (long)stride * image.Height];

        "BM"u8.CopyTo(file);
        WriteInt(file, 2, file.Length);
        WriteInt(file, 10, start);
        WriteInt(file, 14, headerLength);
        WriteInt(file, 18, image.Width);
        WriteInt(file, 22, image.Height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), (short)(bytesPerPixel * 8));
        WriteInt(file, 34, stride * image.Height);
        if (!opaque)
        {
            const int bitFields = 3;
            WriteInt(file, 30, bitFields);
            WriteInt(file, 54, 0x00FF0000);
            WriteInt(file, 58, 0x0000FF00);
            WriteInt(file, 62, 0x000000FF);
            WriteInt(file, 66, unchecked((int)0xFF000000));
            "BGRs"u8.CopyTo(file.AsSpan(70));
        }

        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> from = image.Bgra.AsSpan((image.Height - 1 - y) * image.Width * 4, image.Width * 4);
            Span<byte> to = file.AsSpan(start + y * stride, stride);
            for (int x = 0; x < image.Width; x++)
            {
                from.Slice(x * 4, bytesPerPixel).CopyTo(to[(x * bytesPerPixel)..]);
            }
        }

        return file;
    }

    private static void WriteInt(byte[] file, int offset, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(offset), value);
}
