namespace Microsoft.ML.Transforms.Image;

/// <summary>Resampling of four bytes a pixel, whose colours are premultiplied, so that all four are treated alike.</summary>
internal static class ImageResampler
{
    private const int Channels = 4;

    /// <summary>Each new pixel is the old one under its centre.</summary>
    public static byte[] Nearest(ReadOnlySpan<byte> pixels, int width, int height, int newWidth, int newHeight)
    {
        var result = new byte[newWidth * newHeight * Channels];
        for (int y = 0; y < newHeight; y++)
        {
            int fromY = (int)((y + 0.5) * height / newHeight);
            for (int x = 0; x < newWidth; x++)
            {
                int fromX = (int)((x + 0.5) * width / newWidth);
                pixels.Slice((fromY * width + fromX) * Channels, Channels).CopyTo(result.AsSpan((y * newWidth + x) * Channels));
            }
        }

        return result;
    }

    /// <summary>
    /// Bilinear: each new pixel is the mean of the four old ones around its centre. When shrinking, the old image is first halved as often
    /// as brings it near to the new size, so that fine patterns turn grey instead of into false ones. Outside the placement all bytes are 0.
    /// </summary>
    public static byte[] Bilinear(ReadOnlySpan<byte> pixels, int width, int height, in ImagePlacement placement, int newWidth, int newHeight)
    {
        double scale = Math.Sqrt((double)placement.Width / width * placement.Height / height);
        for (int halvings = (int)(0.25 - Math.Log2(scale)); halvings > 0 && (width > 1 || height > 1); halvings--)
        {
            pixels = Halve(pixels, ref width, ref height);
        }

        var result = new byte[newWidth * newHeight * Channels];
        int firstX = Math.Max(0, placement.X);
        int endX = Math.Min(newWidth, placement.X + placement.Width);
        int endY = Math.Min(newHeight, placement.Y + placement.Height);
        for (int y = Math.Max(0, placement.Y); y < endY; y++)
        {
            (int above, int below, double down) = Neighbours(y - placement.Y, placement.Height, height);
            for (int x = firstX; x < endX; x++)
            {
                (int left, int right, double across) = Neighbours(x - placement.X, placement.Width, width);
                for (int c = 0; c < Channels; c++)
                {
                    double top = Mix(pixels[(above * width + left) * Channels + c], pixels[(above * width + right) * Channels + c], across);
                    double bottom = Mix(pixels[(below * width + left) * Channels + c], pixels[(below * width + right) * Channels + c], across);
                    result[(y * newWidth + x) * Channels + c] = (byte)(Mix(top, bottom, down) + 0.5);
                }
            }
        }

        return result;
    }

    private static double Mix(double a, double b, double share) => a + (b - a) * share;

    /// <summary>The two old positions around a new one's centre, held within the image, and the share of the second.</summary>
    private static (int First, int Second, double Share) Neighbours(int position, int newLength, int length)
    {
        double center = Math.Clamp((position + 0.5) * length / newLength - 0.5, 0, length - 1);
        int first = (int)center;
        return (first, Math.Min(first + 1, length - 1), center - first);
    }

    /// <summary>Half as wide and high, rounded down: the mean of two old pixels each way, or of three, weighted 1, 2, 1, where their number is odd.</summary>
    private static byte[] Halve(ReadOnlySpan<byte> pixels, ref int width, ref int height)
    {
        int newWidth = Math.Max(1, width / 2);
        int newHeight = Math.Max(1, height / 2);
        int[] across = Weights(width);
        int[] down = Weights(height);
        int total = across.Sum() * down.Sum();
        var result = new byte[newWidth * newHeight * Channels];
        for (int i = 0; i < result.Length; i++)
        {
            int x = i / Channels % newWidth * 2;
            int y = i / Channels / newWidth * 2;
            int sum = 0;
            for (int v = 0; v < down.Length; v++)
            {
                for (int u = 0; u < across.Length; u++)
                {
                    sum += down[v] * across[u] * pixels[((y + v) * width + x + u) * Channels + i % Channels];
                }
            }

            result[i] = (byte)(sum / total);
        }

        (width, height) = (newWidth, newHeight);
        return result;
    }

    private static int[] Weights(int length) => length == 1 ? [1] : length % 2 == 0 ? [1, 1] : [1, 2, 1];
}
