using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Core.Tests.Evaluation.Robustness;

/// <summary>JPEG-like loss against a naive computation of ITU-T T.81's formulas, block by block and sum by sum.</summary>
[TestClass]
public sealed class JpegCorruptionTests
{
    private static readonly int[] Qualities = [80, 60, 40, 25, 15];

    private static readonly string[] LuminanceRows =
    [
        "16 11 10 16 24 40 51 61", "12 12 14 19 26 58 60 55", "14 13 16 24 40 57 69 56", "14 17 22 29 51 87 80 62",
        "18 22 37 56 68 109 103 77", "24 35 55 64 81 104 113 92", "49 64 78 87 103 121 120 101", "72 92 95 98 112 100 103 99",
    ];

    private static readonly string[] ChrominanceRows =
    [
        "17 18 24 47 99 99 99 99", "18 21 26 66 99 99 99 99", "24 26 56 99 99 99 99 99", "47 66 99 99 99 99 99 99",
        "99 99 99 99 99 99 99 99", "99 99 99 99 99 99 99 99", "99 99 99 99 99 99 99 99", "99 99 99 99 99 99 99 99",
    ];

    [TestMethod]
    public void An_even_grey_is_rounded_to_a_step_of_its_mean()
    {
        // 0.5 is −0.5 around the middle, so the constant term is 8·(−0.5) = −4. At quality 80 its step is (16·40 + 50)/100 = 6:
        // −4/6 is nearest to −1, and −6/8 + 128 = 127.25. At quality 15 the step is (16·333 + 50)/100 = 53 and the term is lost.
        foreach (var (severity, expected) in new[] { (1, 127.25 / 255), (5, 128 / 255.0) })
        {
            float[] found = Corrupt(severity, new ImageShape(1, 8, 8), [.. Enumerable.Repeat(0.5f, 64)]);
            Assert.IsTrue(found.All(pixel => Math.Abs(pixel - expected) < 1e-6), $"{found[0]} at severity {severity}");
        }
    }

    [TestMethod]
    public void Grey_and_colour_images_of_any_size_lose_what_the_formulas_say()
    {
        var random = new Random(7);
        foreach (var shape in new ImageShape[] { new(1, 8, 8), new(3, 8, 8), new(3, 16, 24), new(2, 13, 9), new(3, 5, 20), new(4, 1, 1) })
        {
            // Smooth with some noise, so that a few terms of each block survive.
            float[] clean = [.. Enumerable.Range(0, shape.Size).Select(i =>
                (float)Math.Clamp(0.5 + 0.4 * Math.Sin(0.3 * (i % shape.Width) + 0.2 * (i / shape.Width) + i / shape.PlaneSize) + 0.1 * random.NextDouble(), 0, 1))];
            for (int severity = 1; severity <= 5; severity++)
            {
                double[] expected = Naive(shape, clean, Qualities[severity - 1]);
                float[] found = Corrupt(severity, shape, clean);
                for (int i = 0; i < expected.Length; i++)
                {
                    Assert.AreEqual(expected[i], found[i], 2e-5, $"value {i} of {shape} at severity {severity}");
                }
            }
        }
    }

    private static float[] Corrupt(int severity, ImageShape shape, float[] clean)
    {
        float[] pixels = [.. clean];
        ImageCorruption.Create("jpeg_compression", severity).Corrupt(shape, pixels, 0, 0);
        return pixels;
    }

    private static double[] Naive(ImageShape shape, float[] pixels, int quality)
    {
        int rows = (shape.Height + 7) / 8 * 8, columns = (shape.Width + 7) / 8 * 8;
        double[][,] planes = [.. Enumerable.Range(0, shape.Channels).Select(channel =>
        {
            var plane = new double[rows, columns];
            for (int y = 0; y < rows; y++)
            {
                for (int x = 0; x < columns; x++)
                {
                    plane[y, x] = 255.0 * pixels[channel * shape.PlaneSize + Math.Min(y, shape.Height - 1) * shape.Width + Math.Min(x, shape.Width - 1)];
                }
            }

            return plane;
        })];
        if (shape.Channels == 3)
        {
            Mix(planes, (r, g, b) => (0.299 * r + 0.587 * g + 0.114 * b, -0.1687358916 * r - 0.3312641084 * g + 0.5 * b + 128, 0.5 * r - 0.4186875892 * g - 0.0813124108 * b + 128));
        }

        for (int channel = 0; channel < planes.Length; channel++)
        {
            int[] table = Table(shape.Channels == 3 && channel > 0 ? ChrominanceRows : LuminanceRows, quality);
            for (int top = 0; top < rows; top += 8)
            {
                for (int left = 0; left < columns; left += 8)
                {
                    LoseBlock(planes[channel], top, left, table);
                }
            }
        }

        if (shape.Channels == 3)
        {
            Mix(planes, (y, cb, cr) => (y + 1.402 * (cr - 128), y - 0.3441362862 * (cb - 128) - 0.7141362862 * (cr - 128), y + 1.772 * (cb - 128)));
        }

        return [.. Enumerable.Range(0, shape.Size).Select(i =>
            Math.Clamp(planes[i / shape.PlaneSize][i % shape.PlaneSize / shape.Width, i % shape.Width] / 255, 0, 1))];
    }

    private static int[] Table(string[] rows, int quality)
    {
        int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
        return [.. string.Join(' ', rows).Split(' ').Select(entry => Math.Min(255, Math.Max(1, (int.Parse(entry, System.Globalization.CultureInfo.InvariantCulture) * scale + 50) / 100)))];
    }

    private static void Mix(double[][,] planes, Func<double, double, double, (double, double, double)> mix)
    {
        for (int y = 0; y < planes[0].GetLength(0); y++)
        {
            for (int x = 0; x < planes[0].GetLength(1); x++)
            {
                (planes[0][y, x], planes[1][y, x], planes[2][y, x]) = mix(planes[0][y, x], planes[1][y, x], planes[2][y, x]);
            }
        }
    }

    private static void LoseBlock(double[,] plane, int top, int left, int[] table)
    {
        var terms = new double[8, 8];
        for (int v = 0; v < 8; v++)
        for (int u = 0; u < 8; u++)
        {
            double sum = 0;
            for (int y = 0; y < 8; y++)
            for (int x = 0; x < 8; x++)
            {
                sum += (plane[top + y, left + x] - 128) * Wave(x, u) * Wave(y, v);
            }

            double term = 0.25 * sum / table[v * 8 + u];
            terms[v, u] = Math.Round(term) * table[v * 8 + u];
        }

        for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
        {
            double sum = 0;
            for (int v = 0; v < 8; v++)
            for (int u = 0; u < 8; u++)
            {
                sum += terms[v, u] * Wave(x, u) * Wave(y, v);
            }

            plane[top + y, left + x] = 0.25 * sum + 128;
        }
    }

    private static double Wave(int x, int u) => (u == 0 ? Math.Sqrt(0.5) : 1) * Math.Cos((2 * x + 1) * u * Math.PI / 16);
}
