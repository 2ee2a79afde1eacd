using System.IO.Compression;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Images;

[TestClass]
public class PngTests
{
    private static readonly (int Width, int Height)[] Sizes = [(1, 1), (3, 2), (4, 9), (8, 8), (17, 13)];

    [TestMethod]
    [DataRow(0, 1)]
    [DataRow(0, 2)]
    [DataRow(0, 4)]
    [DataRow(0, 8)]
    [DataRow(0, 16)]
    [DataRow(2, 8)]
    [DataRow(2, 16)]
    [DataRow(4, 8)]
    [DataRow(4, 16)]
    [DataRow(6, 8)]
    [DataRow(6, 16)]
    public void EveryDepthFilterAndInterlacingIsDecoded(int colorType, int depth)
    {
        var random = new Random(colorType * 100 + depth);
        foreach ((int width, int height) in Sizes)
        {
            foreach (bool interlaced in new[] { false, true })
            {
                var builder = new PngBuilder { Width = width, Height = height, Depth = depth, ColorType = colorType, IsInterlaced = interlaced, ChunkLength = 37 };
                int[] samples = Enumerable.Range(0, width * height * builder.Channels).Select(_ => random.Next(1 << depth)).ToArray();
                int Sample(int y, int x, int channel) => samples[(y * width + x) * builder.Channels + channel];

                using MLImage image = Decode(builder.Build(Sample));

                AssertPixels(image, width, height, (y, x) =>
                {
                    byte[] all = Enumerable.Range(0, builder.Channels).Select(c => Scale(Sample(y, x, c), depth)).ToArray();
                    return colorType switch
                    {
                        0 => (all[0], all[0], all[0], 255),
                        4 => Premultiplied(all[0], all[0], all[0], all[1]),
                        2 => (all[0], all[1], all[2], 255),
                        _ => Premultiplied(all[0], all[1], all[2], all[3]),
                    };
                });
            }
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(4)]
    [DataRow(8)]
    public void PaletteColorsAndTheirAlphaAreLookedUp(int depth)
    {
        var random = new Random(depth);
        int colors = 1 << depth;
        byte[] palette = new byte[colors * 3];
        random.NextBytes(palette);
        byte[] alpha = new byte[colors / 2];
        random.NextBytes(alpha);
        foreach (bool interlaced in new[] { false, true })
        {
            const int width = 13, height = 6;
            var indices = new int[width * height];
            PngBuilder builder = new PngBuilder { Width = width, Height = height, Depth = depth, ColorType = 3, IsInterlaced = interlaced }
                .With("PLTE", palette).With("tRNS", alpha);

            using MLImage image = Decode(builder.Build((y, x, _) => indices[y * width + x] = (y * width + x) * 7 % colors));

            AssertPixels(image, width, height, (y, x) =>
            {
                int i = indices[y * width + x];
                return Premultiplied(palette[i * 3], palette[i * 3 + 1], palette[i * 3 + 2], i < alpha.Length ? alpha[i] : 255);
            });
        }
    }

    [TestMethod]
    public void TheTransparentColorIsComparedAtFullDepth()
    {
        // 0x1234 and 0x1235 are the same byte, but only one of them is transparent.
        byte[] gray = new PngBuilder { Width = 2, Height = 1, Depth = 16, ColorType = 0 }.With("tRNS", 0x12, 0x34)
            .Build((_, x, _) => x == 0 ? 0x1234 : 0x1235);
        using MLImage grayImage = Decode(gray);
        AssertPixels(grayImage, 2, 1, (_, x) => x == 0 ? (0, 0, 0, 0) : (0x12, 0x12, 0x12, 255));

        byte[] color = new PngBuilder { Width = 2, Height = 1, Depth = 8, ColorType = 2 }.With("tRNS", 0, 10, 0, 20, 0, 30)
            .Build((_, x, channel) => 10 * (channel + 1) + (x == 0 || channel < 2 ? 0 : 1));
        using MLImage colorImage = Decode(color);
        AssertPixels(colorImage, 2, 1, (_, x) => x == 0 ? (0, 0, 0, 0) : (10, 20, 31, 255));
    }

    [TestMethod]
    public void UnknownChunksAreSkippedUnlessCritical()
    {
        PngBuilder Builder(string name) => new PngBuilder { Width = 2, Height = 2, Depth = 8, ColorType = 0 }.With(name, 1, 2, 3);

        using MLImage image = Decode(Builder("teXt").Build((_, _, _) => 77));
        Assert.AreEqual(77, image.Pixels[0]);
        Assert.ThrowsExactly<ArgumentException>(() => Decode(Builder("TEXT").Build((_, _, _) => 77)));
    }

    // The packages show what there is of a file that is cut off or damaged.
    [TestMethod]
    [StandinsOnly]
    public void EveryFlippedByteAndEveryTruncationIsRefused()
    {
        byte[] whole = new PngBuilder { Width = 5, Height = 4, Depth = 8, ColorType = 2, IsInterlaced = true }.Build((y, x, c) => y * 40 + x * 9 + c);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x24;
            AssertRefused(damaged, "");
            AssertRefused(whole[..i], "");
        }
    }

    [TestMethod]
    [StandinsOnly]
    public void DamagedImageDataBehindRightChecksumsAreRefused()
    {
        var builder = new PngBuilder { Width = 40, Height = 40, Depth = 8, ColorType = 0 };
        byte[] compressed = Compress(new byte[41 * 40]);
        AssertRefused(builder.Assemble([0x78, 0x9C, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0]), "image data");
        AssertRefused(builder.Assemble(Compress(new byte[41 * 39])), "image data");
        AssertRefused(builder.Assemble(compressed[..^6]), "image data");

        byte[] wrongSum = [.. compressed];
        wrongSum[^1] ^= 1;
        AssertRefused(builder.Assemble(wrongSum), "image data");

        byte[] wrongFilter = new byte[41 * 40];
        wrongFilter[41 * 3] = 9;
        AssertRefused(builder.Assemble(Compress(wrongFilter)), "row 3 of its PNG image data has filter 9");
    }

    [TestMethod]
    public void ImpossibleHeadersAreRefused()
    {
        static byte[] File(int width, int height, int depth, int colorType) =>
            new PngBuilder { Width = width, Height = height, Depth = depth, ColorType = colorType }.Assemble(Compress(new byte[100]));

        foreach (byte[] file in new[] { File(0, 4, 8, 0), File(4, -1, 8, 0), File(4, 4, 4, 2), File(4, 4, 8, 5), File(4, 4, 8, 3) })
        {
            Assert.ThrowsExactly<ArgumentException>(() => Decode(file));
        }
    }

    // The packages try, and run out of memory or of numbers.
    [TestMethod]
    [StandinsOnly]
    public void AnEnormousSizeIsRefusedBeforeMemoryIsTaken()
    {
        foreach (int side in new[] { 16_000, 60_000 })
        {
            byte[] file = new PngBuilder { Width = side, Height = side, Depth = 8, ColorType = 6 }.Assemble(Compress(new byte[10_000]));
            long before = GC.GetAllocatedBytesForCurrentThread();
            AssertRefused(file, $"{side}×{side} pixels");
            Assert.IsLessThan(4_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [TestMethod]
    public void SavedImagesComeBackTheSame()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        foreach ((int width, int height) in Sizes)
        {
            foreach (bool opaque in new[] { true, false })
            {
                byte[] pixels = new byte[width * height * 4];
                random.NextBytes(pixels);
                for (int i = 3; i < pixels.Length; i += 4)
                {
                    // Alphas of 85 and 255 divide 255, so that premultiplied colours that they divide in turn come back to the bit.
                    pixels[i] = opaque || pixels[i] > 127 ? (byte)255 : (byte)85;
                    for (int c = 1; c <= 3 && pixels[i] == 85; c++)
                    {
                        pixels[i - c] = (byte)(pixels[i - c] % 86);
                    }
                }

                foreach (MLPixelFormat format in new[] { MLPixelFormat.Bgra32, MLPixelFormat.Rgba32 })
                {
                    foreach (string extension in new[] { ".png", ".PNG" })
                    {
                        string path = folder.File("image" + extension);
                        using MLImage image = MLImage.CreateFromPixels(width, height, format, pixels);
                        image.Save(path);
                        using MLImage back = MLImage.CreateFromFile(path);
                        int red = format == MLPixelFormat.Rgba32 ? 0 : 2;
                        AssertPixels(back, width, height, (y, x) =>
                        {
                            int p = (y * width + x) * 4;
                            return (pixels[p + red], pixels[p + 1], pixels[p + 2 - red], pixels[p + 3]);
                        });
                    }
                }
            }
        }
    }

    private static byte Scale(int sample, int depth) => depth == 16 ? (byte)(sample >> 8) : (byte)(sample * 255 / ((1 << depth) - 1));

    private static (int Red, int Green, int Blue, int Alpha) Premultiplied(int red, int green, int blue, int alpha)
    {
        return (Apply(red), Apply(green), Apply(blue), alpha);

        int Apply(int color) => (int)Math.Round(color * alpha / 255.0);
    }

    private static byte[] Compress(byte[] rows)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return output.ToArray();
    }

    private static MLImage Decode(byte[] file) => MLImage.CreateFromStream(new MemoryStream(file));

    private static void AssertRefused(byte[] file, string part) =>
        Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => Decode(file)).Message);

    private static void AssertPixels(MLImage image, int width, int height, Func<int, int, (int Red, int Green, int Blue, int Alpha)> expected) =>
        ImageAssert.Pixels(image, width, height, expected);
}
