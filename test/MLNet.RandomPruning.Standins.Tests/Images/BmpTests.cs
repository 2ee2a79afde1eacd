using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Images;

[TestClass]
public class BmpTests
{
    [TestMethod]
    public void TwentyFourBitsFromTheBottom()
    {
        // Two pixels a row, padded to eight bytes; the first row in the file is the lowest.
        byte[] file = File(2, 2, 24, 0, [], [], [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]);

        using MLImage image = Decode(file);

        ImageAssert.Pixels(image, 2, 2, (y, x) => (y, x) switch
        {
            (0, 0) => (9, 8, 7, 255),
            (0, 1) => (12, 11, 10, 255),
            (1, 0) => (3, 2, 1, 255),
            _ => (6, 5, 4, 255),
        });
    }

    [TestMethod]
    public void ThirtyTwoBitsFromTheTopIgnoreTheFourthByte()
    {
        using MLImage image = Decode(File(1, -2, 32, 0, [], [], [1, 2, 3, 0, 4, 5, 6, 99]));

        ImageAssert.Pixels(image, 1, 2, (y, _) => y == 0 ? (3, 2, 1, 255) : (6, 5, 4, 255));
    }

    [TestMethod]
    public void MasksSayWhereTheChannelsAre()
    {
        // Red, green and blue have 5, 6 and 5 bits of the low half, alpha the top byte, which says nothing.
        byte[] masks = [.. BitConverter.GetBytes(0x0000F800u), .. BitConverter.GetBytes(0x000007E0u), .. BitConverter.GetBytes(0x0000001Fu), .. BitConverter.GetBytes(0xFF000000u)];
        uint pixel = (40u << 24) | (31u << 11) | (21u << 5) | 7u;

        using MLImage image = Decode(File(1, 1, 32, 3, masks, [], BitConverter.GetBytes(pixel)));

        ImageAssert.Pixels(image, 1, 1, (_, _) => (255, (int)Math.Round(21 * 255 / 63.0), (int)Math.Round(7 * 255 / 31.0), 255), tolerance: 1);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    [DataRow(8)]
    public void PalettesOfEachDepth(int bits)
    {
        const int width = 11, height = 3;
        var random = new Random(bits);
        byte[] palette = new byte[(1 << bits) * 4];
        random.NextBytes(palette);
        int[] indices = Enumerable.Range(0, width * height).Select(_ => random.Next(1 << bits)).ToArray();
        int stride = (width * bits + 31) / 32 * 4;
        byte[] rows = new byte[stride * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                rows[y * stride + x * bits / 8] |= (byte)(indices[y * width + x] << (8 - bits - x * bits % 8));
            }
        }

        using MLImage image = Decode(File(width, -height, bits, 0, [], palette, rows));

        ImageAssert.Pixels(image, width, height, (y, x) =>
        {
            int i = indices[y * width + x] * 4;
            return (palette[i + 2], palette[i + 1], palette[i], 255);
        });
    }

    // The packages show what there is of a file that is cut off.
    [TestMethod]
    [StandinsOnly]
    public void TruncationsAndLyingHeadersAreRefused()
    {
        byte[] whole = File(2, 2, 24, 0, [], [], new byte[16]);
        for (int length = 0; length < whole.Length; length++)
        {
            AssertRefused(whole[..length], "");
        }

        AssertRefused(File(2, 2, 16, 0, [], [], new byte[16]), "16 bits");
        AssertRefused(File(2, 2, 8, 1, [], new byte[1024], new byte[16]), "compression 1");
        AssertRefused(File(-2, 2, 24, 0, [], [], new byte[16]), "-2×2");
        AssertRefused(File(2, 0, 24, 0, [], [], new byte[16]), "2×0");
        AssertRefused(File(2, int.MinValue, 24, 0, [], [], new byte[16]), "pixels");
        AssertRefused(File(100_000, 100_000, 24, 0, [], [], new byte[16]), "100000×100000");
        AssertRefused(File(9_000, 9_000, 24, 0, [], [], new byte[16]), "cut off");
        AssertRefused(File(4, 1, 8, 0, [], [0, 0, 0, 0], [0, 0, 1, 0], paletteColors: 1), "colour 1");
        AssertRefused(File(4, 1, 8, 0, [], [0, 0, 0, 0], new byte[4], paletteColors: 256), "palette of 256 colours");
    }

    /// <summary>A bitmap with a 40-byte header, or with the 16 bytes of masks in it a 56-byte one.</summary>
    private static byte[] File(int width, int height, int bits, int compression, byte[] masks, byte[] palette, byte[] rows, int paletteColors = 0)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        int start = 14 + 40 + masks.Length + palette.Length;
        writer.Write("BM"u8);
        writer.Write(start + rows.Length);
        writer.Write(0);
        writer.Write(start);
        writer.Write(40 + masks.Length);
        writer.Write(width);
        writer.Write(height);
        writer.Write((short)1);
        writer.Write((short)bits);
        writer.Write(compression);
        writer.Write(rows.Length);
        writer.Write(0L);
        writer.Write(paletteColors);
        writer.Write(0);
        writer.Write(masks);
        writer.Write(palette);
        writer.Write(rows);
        return file.ToArray();
    }

    private static MLImage Decode(byte[] file) => MLImage.CreateFromStream(new MemoryStream(file));

    private static void AssertRefused(byte[] file, string part) =>
        Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => Decode(file)).Message);
}
