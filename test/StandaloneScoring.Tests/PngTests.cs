using MLNet.RandomPruning.Standins.Tests.Images;
using StandaloneScoring.Images;

namespace StandaloneScoring.Tests;

/// <summary>PNG files of every kind, written byte by byte from the specification, come back as the colours that were put in.</summary>
[TestClass]
public sealed class PngTests
{
    private static readonly byte[] Palette = [.. Enumerable.Range(0, 256 * 3).Select(i => (byte)(i * 37 + 11))];

    [TestMethod]
    public void AllColourTypesDepthsAndSizes_AreRead()
    {
        (int Colour, int[] Depths)[] kinds = [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])];
        foreach (var (colour, depths) in kinds)
        {
            foreach (int depth in depths)
            {
                foreach (bool isInterlaced in new[] { false, true })
                {
                    foreach (var (width, height) in new[] { (1, 1), (5, 3), (3, 17), (33, 20) })
                    {
                        int Sample(int y, int x, int channel) => (y * 73 + x * 1021 + channel * 419 + 5) * 7919 & (1 << depth) - 1;
                        var png = new PngBuilder { Width = width, Height = height, Depth = depth, ColorType = colour, IsInterlaced = isInterlaced, ChunkLength = 100 };
                        png.With("tEXt", 65, 0, 66);
                        if (colour == 3)
                        {
                            png.With("PLTE", Palette[..(3 << depth)]);
                        }

                        var image = ImageFile.Decode(png.Build(Sample));
                        Assert.AreEqual((width, height), (image.Width, image.Height));
                        CollectionAssert.AreEqual(Expected(width, height, depth, colour, Sample), image.Pixels, $"colour type {colour}, {depth} bits, {width}×{height}, interlaced {isInterlaced}");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void WhatIsTransparent_IsLaidOnWhite()
    {
        // A colour of the palette that is half and one that is wholly transparent; one without an entry is opaque.
        var png = new PngBuilder { Width = 3, Height = 1, Depth = 8, ColorType = 3 }.With("PLTE", 0, 100, 200, 1, 2, 3, 4, 5, 6).With("tRNS", 128, 0);
        CollectionAssert.AreEqual(new byte[] { 127, 177, 227, 255, 255, 255, 4, 5, 6 }, ImageFile.Decode(png.Build((_, x, _) => x)).Pixels);

        // One colour that counts as transparent, by all of its bits.
        png = new PngBuilder { Width = 2, Height = 1, Depth = 16, ColorType = 0 }.With("tRNS", 0x12, 0x34);
        CollectionAssert.AreEqual(new byte[] { 255, 255, 255, 0x12, 0x12, 0x12 }, ImageFile.Decode(png.Build((_, x, _) => 0x1234 + x)).Pixels);
        png = new PngBuilder { Width = 2, Height = 1, Depth = 8, ColorType = 2 }.With("tRNS", 0, 10, 0, 11, 0, 12);
        CollectionAssert.AreEqual(new byte[] { 255, 255, 255, 11, 12, 13 }, ImageFile.Decode(png.Build((_, x, channel) => 10 + x + channel)).Pixels);
    }

    [TestMethod]
    public void AFileCutAnywhereOrChangedAnywhere_IsAnErrorOrAnImageOfTheSameSize()
    {
        byte[] file = new PngBuilder { Width = 9, Height = 7, Depth = 8, ColorType = 6, IsInterlaced = true }.Build((y, x, channel) => y * 30 + x * 7 + channel & 255);
        for (int length = 0; length < file.Length; length++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFile.Decode(file.AsSpan(0, length)), $"{length} bytes");
        }

        for (int place = 0; place < file.Length; place++)
        {
            byte[] changed = [.. file];
            changed[place] ^= 0x40;
            Assert.ThrowsExactly<InvalidDataException>(() => ImageFile.Decode(changed), $"byte {place}");
        }
    }

    [TestMethod]
    public void DamagedImageData_AreAnErrorWhateverTheirCheckSum()
    {
        var png = new PngBuilder { Width = 40, Height = 40, Depth = 8, ColorType = 2 };
        byte[] compressed = Compressed(png);
        var random = new Random(1);
        int refused = 0;
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] changed = [.. compressed];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                Assert.HasCount(40 * 40 * 3, ImageFile.Decode(png.Assemble(random.Next(3) == 0 ? changed[..random.Next(changed.Length)] : changed)).Pixels);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.IsGreaterThan(100, refused);
    }

    [TestMethod]
    public void WhatTheFormatDoesNotAllow_IsRefused()
    {
        AssertRefused("colour type 2 with 4 bits", new PngBuilder { Width = 1, Height = 1, Depth = 4, ColorType = 2 });
        AssertRefused("colour type 5", new PngBuilder { Width = 1, Height = 1, Depth = 8, ColorType = 5 });
        AssertRefused("palette has 0 bytes", new PngBuilder { Width = 1, Height = 1, Depth = 8, ColorType = 3 });
        AssertRefused("palette has 4 bytes", new PngBuilder { Width = 1, Height = 1, Depth = 8, ColorType = 3 }.With("PLTE", 1, 2, 3, 4));
        AssertRefused("colour 9 of a palette of 1", new PngBuilder { Width = 1, Height = 1, Depth = 8, ColorType = 3 }.With("PLTE", 1, 2, 3), sample: 9);
        AssertRefused("tRNS chunk has 1 bytes", new PngBuilder { Width = 1, Height = 1, Depth = 8, ColorType = 0 }.With("tRNS", 1));
        AssertRefused("chunk 'ABCD'", new PngBuilder { Width = 1, Height = 1, Depth = 8, ColorType = 0 }.With("ABCD"));
        AssertRefused("filter 7", new PngBuilder { Width = 1, Height = 1, Depth = 8, ColorType = 0, FilterOfRow = _ => 7 });
        AssertRefused("0×1 pixels", new PngBuilder { Width = 0, Height = 1, Depth = 8, ColorType = 0 });
        AssertRefused("at most", new PngBuilder { Width = 1 << 20, Height = 1 << 20, Depth = 8, ColorType = 0 }, data: [1, 2, 3]);
        AssertRefused("too few for 5000×5000", new PngBuilder { Width = 5000, Height = 5000, Depth = 8, ColorType = 0 }, data: [1, 2, 3]);
        AssertRefused("before the last row", new PngBuilder { Width = 2, Height = 2, Depth = 8, ColorType = 0 },
            data: Compressed(new PngBuilder { Width = 2, Height = 1, Depth = 8, ColorType = 0 }));
    }

    private static void AssertRefused(string expected, PngBuilder png, int sample = 0, byte[]? data = null)
    {
        byte[] file = data is null ? png.Build((_, _, _) => sample) : png.Assemble(data);
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidDataException>(() => ImageFile.Decode(file)).Message);
    }

    // The data of the only IDAT chunk of a file without other chunks: behind signature, IHDR and the chunk's own head, before sum and IEND.
    private static byte[] Compressed(PngBuilder png) => png.Build((y, x, channel) => y * 5 + x * 3 + channel & 255)[(8 + 25 + 8)..^(4 + 12)];

    private static byte[] Expected(int width, int height, int depth, int colour, Func<int, int, int, int> sample)
    {
        var expected = new List<byte>();
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                byte Value(int channel) => (byte)(depth == 16 ? sample(y, x, channel) / 256 : sample(y, x, channel) * 255 / ((1 << depth) - 1));
                byte OnWhite(int value, int alpha) => (byte)Math.Floor((value * alpha + 255.0 * (255 - alpha)) / 255 + 0.5);
                expected.AddRange(colour switch
                {
                    0 => [Value(0), Value(0), Value(0)],
                    2 => [Value(0), Value(1), Value(2)],
                    3 => Palette.AsSpan(3 * sample(y, x, 0), 3).ToArray(),
                    4 => Enumerable.Repeat(OnWhite(Value(0), Value(1)), 3),
                    _ => new[] { 0, 1, 2 }.Select(channel => OnWhite(Value(channel), Value(3))),
                });
            }
        }

        return [.. expected];
    }
}
