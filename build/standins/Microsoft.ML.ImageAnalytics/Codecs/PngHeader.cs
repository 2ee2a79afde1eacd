using System.Buffers.Binary;

namespace Microsoft.ML.ImageCodecs;

/// <summary>The IHDR chunk, checked.</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, byte ColorType, bool IsInterlaced)
{
    public int Channels => ColorType switch
    {
        PngFormat.Grayscale or PngFormat.Indexed => 1,
        PngFormat.GrayscaleAlpha => 2,
        PngFormat.Truecolor => 3,
        _ => 4,
    };

    public int BitsPerPixel => Channels * BitDepth;

    /// <summary>The distance, in bytes, to the byte that the filters call "left".</summary>
    public int FilterStride => Math.Max(1, BitsPerPixel / 8);

    public int RowBytes(int width) => (int)(((long)width * BitsPerPixel + 7) / 8);

    public static PngHeader Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length != 13)
        {
            throw new InvalidDataException($"its PNG header (IHDR) is {data.Length} bytes long instead of 13.");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        DecodedImage.CheckSize(width, height);
        byte depth = data[8];
        byte colorType = data[9];
        bool allowed = colorType switch
        {
            PngFormat.Grayscale => depth is 1 or 2 or 4 or 8 or 16,
            PngFormat.Indexed => depth is 1 or 2 or 4 or 8,
            PngFormat.Truecolor or PngFormat.GrayscaleAlpha or PngFormat.TruecolorAlpha => depth is 8 or 16,
            _ => false,
        };
        if (!allowed)
        {
            throw new InvalidDataException($"its PNG header gives colour type {colorType} with {depth} bits, which PNG does not have.");
        }

        if (data[10] != 0 || data[11] != 0 || data[12] > 1)
        {
            throw new InvalidDataException($"its PNG header gives compression {data[10]}, filter {data[11]} and interlace {data[12]}, which PNG does not have.");
        }

        return new PngHeader((int)width, (int)height, depth, colorType, data[12] == 1);
    }
}
