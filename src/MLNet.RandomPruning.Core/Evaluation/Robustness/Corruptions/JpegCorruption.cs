using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// What JPEG loses, without the codec: colours to YCbCr, 8×8 cosine transforms, quantisation, and back. Chroma is not subsampled.
internal sealed class JpegCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "jpeg_compression";

    private const int Side = BlockCosineTransform.Side;
    private const int Size = BlockCosineTransform.Size;

    private static readonly int[] Quality = [80, 60, 40, 25, 15];

    // ITU-T T.81, tables K.1 and K.2.
    private static readonly int[] LuminanceTable =
    [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ];

    private static readonly int[] ChrominanceTable =
    [
        17, 18, 24, 47, 99, 99, 99, 99,
        18, 21, 26, 66, 99, 99, 99, 99,
        24, 26, 56, 99, 99, 99, 99, 99,
        47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
    ];

    private static readonly int[][] Luminance = [.. Quality.Select(quality => Scale(LuminanceTable, quality))];
    private static readonly int[][] Chrominance = [.. Quality.Select(quality => Scale(ChrominanceTable, quality))];

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        bool isColour = shape.Channels == 3;
        int together = isColour ? 3 : 1;
        Span<double> blocks = stackalloc double[3 * Size];
        for (int channel = 0; channel < shape.Channels; channel += together)
        {
            var planes = pixels.Slice(channel * shape.PlaneSize, together * shape.PlaneSize);
            for (int top = 0; top < shape.Height; top += Side)
            {
                for (int left = 0; left < shape.Width; left += Side)
                {
                    Load(planes, shape, top, left, blocks[..(together * Size)]);
                    if (isColour)
                    {
                        ToLuminanceAndChrominance(blocks);
                    }

                    for (int part = 0; part < together; part++)
                    {
                        Quantise(blocks.Slice(part * Size, Size), (part == 0 ? Luminance : Chrominance)[Severity - 1]);
                    }

                    if (isColour)
                    {
                        ToColours(blocks);
                    }

                    Store(blocks[..(together * Size)], shape, top, left, planes);
                }
            }
        }
    }

    /// <summary>The entries at a quality from 1 to 100 as the Independent JPEG Group defines it: 50 leaves the table, 100 makes it all 1.</summary>
    private static int[] Scale(int[] table, int quality)
    {
        int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
        return [.. table.Select(entry => Math.Clamp((entry * percent + 50) / 100, 1, 255))];
    }

    /// <summary>Reads a block of each plane, shifted to [−128, 127]; beyond the image its last row and column go on.</summary>
    private static void Load(ReadOnlySpan<float> planes, ImageShape shape, int top, int left, Span<double> blocks)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            int plane = i / Size, row = Math.Min(top + i % Size / Side, shape.Height - 1), column = Math.Min(left + i % Side, shape.Width - 1);
            blocks[i] = 255.0 * planes[plane * shape.PlaneSize + row * shape.Width + column] - 128;
        }
    }

    private static void Store(ReadOnlySpan<double> blocks, ImageShape shape, int top, int left, Span<float> planes)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            int plane = i / Size, row = top + i % Size / Side, column = left + i % Side;
            if (row < shape.Height && column < shape.Width)
            {
                planes[plane * shape.PlaneSize + row * shape.Width + column] = (float)((blocks[i] + 128) / 255);
            }
        }
    }

    private static void Quantise(Span<double> block, int[] table)
    {
        BlockCosineTransform.Forward(block);
        for (int i = 0; i < Size; i++)
        {
            block[i] = Math.Round(block[i] / table[i]) * table[i];
        }

        BlockCosineTransform.Inverse(block);
    }

    // ITU-T T.871 (JFIF): Y = 0.299 R + 0.587 G + 0.114 B, Cb = (B − Y)/1.772, Cr = (R − Y)/1.402; all shifted to be around 0.
    private static void ToLuminanceAndChrominance(Span<double> blocks)
    {
        for (int i = 0; i < Size; i++)
        {
            double red = blocks[i], green = blocks[Size + i], blue = blocks[2 * Size + i];
            double luminance = 0.299 * red + 0.587 * green + 0.114 * blue;
            (blocks[i], blocks[Size + i], blocks[2 * Size + i]) = (luminance, (blue - luminance) / 1.772, (red - luminance) / 1.402);
        }
    }

    private static void ToColours(Span<double> blocks)
    {
        for (int i = 0; i < Size; i++)
        {
            double luminance = blocks[i], red = luminance + 1.402 * blocks[2 * Size + i], blue = luminance + 1.772 * blocks[Size + i];
            (blocks[i], blocks[Size + i], blocks[2 * Size + i]) = (red, (luminance - 0.299 * red - 0.114 * blue) / 0.587, blue);
        }
    }
}
