using System.Buffers.Binary;

namespace StandaloneScoring.Images;

/// <summary>The IHDR chunk of a PNG file (PNG specification, section 11.2.2).</summary>
/// <param name="Width">The number of columns.</param>
/// <param name="Height">The number of rows.</param>
/// <param name="Depth">The number of bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Colour">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
/// <param name="IsInterlaced">Whether the rows come in seven passes.</param>
internal readonly record struct PngHeader(uint Width, uint Height, int Depth, int Colour, bool IsInterlaced)
{
    public const int Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, RgbAlpha = 6;

    private const int Length = 13;

    /// <summary>The number of samples of a pixel.</summary>
    public int Samples => Colour switch { Rgb => 3, GreyAlpha => 2, RgbAlpha => 4, _ => 1 };

    /// <summary>The largest value of a sample.</summary>
    public int Largest => (1 << Depth) - 1;

    /// <summary>How many bytes back the same sample of the pixel before stands, at least 1.</summary>
    public int PixelBytes => Math.Max(1, Samples * Depth / 8);

    /// <summary>The bytes of a whole row, without those that fill up the last one.</summary>
    public long FullRowBytes => (long)Width * Samples * Depth / 8;

    /// <summary>The bytes of a row of this many pixels.</summary>
    public int RowBytes(int columns) => checked((int)(((long)columns * Samples * Depth + 7) / 8));

    /// <summary>Reads the chunk's data.</summary>
    /// <exception cref="InvalidDataException">It is none that the specification allows.</exception>
    public static PngHeader Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length != Length)
        {
            throw new InvalidDataException($"its IHDR chunk has {data.Length} bytes, but {Length} were expected");
        }

        var header = new PngHeader(
            BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]), data[8], data[9], data[12] == 1);
        bool isAllowed = header.Colour switch
        {
            Grey => header.Depth is 1 or 2 or 4 or 8 or 16,
            Palette => header.Depth is 1 or 2 or 4 or 8,
            Rgb or GreyAlpha or RgbAlpha => header.Depth is 8 or 16,
            _ => false,
        };
        return isAllowed && data[10] == 0 && data[11] == 0 && data[12] <= 1
            ? header
            : throw new InvalidDataException(
                $"its IHDR chunk gives colour type {data[9]} with {data[8]} bits, compression {data[10]}, filter {data[11]} and interlace {data[12]}, which PNG does not know");
    }
}
