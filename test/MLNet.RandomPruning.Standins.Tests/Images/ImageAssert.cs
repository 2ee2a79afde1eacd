using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Images;

internal static class ImageAssert
{
    /// <summary>Compares every pixel with what a function of its row and column expects.</summary>
    public static void Pixels(
        MLImage image, int width, int height, Func<int, int, (int Red, int Green, int Blue, int Alpha)> expected, int tolerance = 0)
    {
        Assert.AreEqual(width, image.Width);
        Assert.AreEqual(height, image.Height);
        ReadOnlySpan<byte> pixels = image.Pixels;
        Assert.AreEqual(width * height * 4, pixels.Length);
        int red = image.PixelFormat == MLPixelFormat.Rgba32 ? 0 : 2;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int i = (y * width + x) * 4;
                (int Red, int Green, int Blue, int Alpha) actual = (pixels[i + red], pixels[i + 1], pixels[i + 2 - red], pixels[i + 3]);
                (int Red, int Green, int Blue, int Alpha) wanted = expected(y, x);
                bool same = Math.Abs(actual.Red - wanted.Red) <= tolerance && Math.Abs(actual.Green - wanted.Green) <= tolerance
                    && Math.Abs(actual.Blue - wanted.Blue) <= tolerance && Math.Abs(actual.Alpha - wanted.Alpha) <= tolerance;
                if (!same)
                {
                    Assert.Fail($"Pixel (row {y}, column {x}) of {width}×{height} is {actual} instead of {wanted}.");
                }
            }
        }
    }
}
