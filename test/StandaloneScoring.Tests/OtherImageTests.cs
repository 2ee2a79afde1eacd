using System.Buffers.Binary;
using System.Text;
using StandaloneScoring.Images;

namespace StandaloneScoring.Tests;

/// <summary>BMP, PPM and PGM files, and files that are none of these.</summary>
[TestClass]
public sealed class OtherImageTests
{
    [TestMethod]
    [DataRow(24, false)]
    [DataRow(24, true)]
    [DataRow(32, false)]
    [DataRow(32, true)]
    public void Bitmaps_AreRead(int bits, bool isTopDown)
    {
        foreach (var (width, height) in new[] { (1, 1), (2, 3), (5, 4) })
        {
            foreach (bool hasMasks in bits == 32 ? new[] { false, true } : [false])
            {
                var image = ImageFile.Decode(Bitmap(width, isTopDown ? -height : height, bits, hasMasks ? 3u : 0));
                Assert.AreEqual((width, height), (image.Width, image.Height));
                CollectionAssert.AreEqual(Colours(width, height), image.Pixels);
            }
        }
    }

    [TestMethod]
    public void BitmapsThatCannotBeRead_AreRefused()
    {
        byte[] whole = Bitmap(5, 4, 24, 0);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFile.Decode(whole.AsSpan(0, length)), $"{length} bytes");
        }

        AssertRefused("8 bits a pixel", Changed(28, 8));
        AssertRefused("compression 1", Changed(30, 1));
        AssertRefused("compression 3", Changed(30, 3));
        AssertRefused("0×4", Changed(18, 0));
        AssertRefused("5×2147483648", Changed(25, 0x80));

        byte[] Changed(int place, byte value)
        {
            byte[] changed = [.. whole];
            changed[place] = value;
            if (place == 25)
            {
                changed[22] = 0;
            }

            return changed;
        }
    }

    [TestMethod]
    public void Netpbm_IsRead()
    {
        Read("P6 2 1 255\n", [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]);
        Read("P6\n# a comment\n2\t1 # another\n255\n", [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]);
        Read("P5 3 1 255\n", [7, 8, 9], [7, 7, 7, 8, 8, 8, 9, 9, 9]);
        Read("P5 3 1 15\n", [0, 8, 15], [0, 0, 0, 136, 136, 136, 255, 255, 255]);
        Read("P5 2 1 65535\n", [0x12, 0x34, 0xFF, 0xFF], [18, 18, 18, 255, 255, 255]);
        AssertRefused("cut short", [.. "P6 2 1 255\n"u8, 1, 2, 3, 4, 5]);
        AssertRefused("its height", "P6 2"u8.ToArray());
        AssertRefused("its width", "P6 x"u8.ToArray());
        AssertRefused("too many digits", "P6 99999999999 1 255\n"u8.ToArray());
        AssertRefused("largest value", "P6 1 1 0\n"u8.ToArray());
        AssertRefused("largest value", "P6 1 1 70000\n"u8.ToArray());
        AssertRefused("at most", "P6 999999999 999999999 65535\n"u8.ToArray());
        AssertRefused("cut short", "P5 1 1 255"u8.ToArray());

        static void Read(string header, byte[] data, byte[] expected) =>
            CollectionAssert.AreEqual(expected, ImageFile.Decode([.. Encoding.ASCII.GetBytes(header), .. data]).Pixels);
    }

    [TestMethod]
    public void OtherFiles_AreRefused()
    {
        AssertRefused("JPEG", [0xFF, 0xD8, 0xFF, 0xE0, 1, 2]);
        AssertRefused("no PNG, BMP, PPM or PGM", [1, 2, 3]);
        AssertRefused("no PNG, BMP, PPM or PGM", []);
    }

    private static void AssertRefused(string expected, byte[] file) =>
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidDataException>(() => ImageFile.Decode(file)).Message);

    private static byte Colour(int y, int x, int channel) => (byte)(y * 50 + x * 20 + channel * 7 + 1);

    private static byte[] Colours(int width, int height) =>
        [.. Enumerable.Range(0, width * height * 3).Select(i => Colour(i / 3 / width, i / 3 % width, i % 3))];

    private static byte[] Bitmap(int width, int height, int bits, uint compression)
    {
        int rows = Math.Abs(height), stride = (width * bits / 8 + 3) / 4 * 4, start = 54 + (compression == 3 ? 12 : 0);
        var file = new byte[start + stride * rows];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), start);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), (short)bits);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(30), compression);
        if (compression == 3)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(54), 0xFF0000);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(58), 0xFF00);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(62), 0xFF);
        }

        for (int y = 0; y < rows; y++)
        {
            int row = start + stride * (height > 0 ? rows - 1 - y : y);
            for (int x = 0; x < width; x++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    file[row + x * bits / 8 + 2 - channel] = Colour(y, x, channel);
                }
            }
        }

        return file;
    }
}
