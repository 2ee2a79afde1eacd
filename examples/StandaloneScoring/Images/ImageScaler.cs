namespace StandaloneScoring.Images;

/// <summary>
/// Scales an image so that it covers a rectangle, and crops what is too wide or too high on both sides alike. Each new pixel is the
/// mean of the old ones around its centre, weighted by a triangle: bilinear where the image grows; where it shrinks the triangle is as
/// much wider, so that no pixel is passed over.
/// </summary>
internal static class ImageScaler
{
    /// <summary>Scales and crops.</summary>
    /// <param name="image">The image.</param>
    /// <param name="width">The new number of columns.</param>
    /// <param name="height">The new number of rows.</param>
    /// <returns>[row][column][red, green, blue].</returns>
    public static byte[] Cover(RgbImage image, int width, int height)
    {
        if (image.Width == width && image.Height == height)
        {
            return image.Pixels;
        }

        double step = Math.Min((double)image.Width / width, (double)image.Height / height);
        var columns = Axis.Of(image.Width, width, step);
        var rows = Axis.Of(image.Height, height, step);
        int oldStride = image.Width * RgbImage.Channels, stride = width * RgbImage.Channels;
        var pixels = new byte[height * stride];
        var narrow = new float[oldStride];
        for (int y = 0; y < height; y++)
        {
            // First down, into one row of the old width; then across.
            Array.Clear(narrow);
            for (int k = rows.Starts[y]; k < rows.Starts[y + 1]; k++)
            {
                float weight = rows.Weights[k];
                var row = image.Pixels.AsSpan((rows.First[y] + k - rows.Starts[y]) * oldStride, oldStride);
                for (int i = 0; i < row.Length; i++)
                {
                    narrow[i] += weight * row[i];
                }
            }

            for (int x = 0; x < width; x++)
            {
                float red = 0, green = 0, blue = 0;
                int from = columns.First[x] * RgbImage.Channels;
                for (int k = columns.Starts[x]; k < columns.Starts[x + 1]; k++, from += RgbImage.Channels)
                {
                    red += columns.Weights[k] * narrow[from];
                    green += columns.Weights[k] * narrow[from + 1];
                    blue += columns.Weights[k] * narrow[from + 2];
                }

                var pixel = pixels.AsSpan(y * stride + x * RgbImage.Channels, RgbImage.Channels);
                (pixel[0], pixel[1], pixel[2]) = (ToByte(red), ToByte(green), ToByte(blue));
            }
        }

        return pixels;
    }

    private static byte ToByte(float value) => (byte)Math.Clamp((int)(value + 0.5f), 0, 255);

    /// <summary>What each new place takes of the old ones along one axis.</summary>
    /// <param name="First">[place]: the first old place that it takes something of.</param>
    /// <param name="Starts">[place]: its first weight; one more than there are places.</param>
    /// <param name="Weights">The weights, which sum to 1 for each place.</param>
    private sealed record Axis(int[] First, int[] Starts, float[] Weights)
    {
        public static Axis Of(int oldLength, int length, double step)
        {
            double reach = Math.Max(step, 1), margin = (oldLength - length * step) / 2;
            var first = new int[length];
            var starts = new int[length + 1];
            var weights = new List<float>();
            for (int place = 0; place < length; place++)
            {
                // Old place i has its centre at i + ½.
                double centre = margin + (place + 0.5) * step;
                int from = Math.Clamp((int)Math.Ceiling(centre - reach - 0.5), 0, oldLength - 1);
                int to = Math.Clamp((int)Math.Floor(centre + reach - 0.5), from, oldLength - 1);
                double sum = 0;
                for (int old = from; old <= to; old++)
                {
                    sum += Weight(old);
                }

                first[place] = from;
                for (int old = from; old <= to; old++)
                {
                    weights.Add((float)(Weight(old) / sum));
                }

                starts[place + 1] = weights.Count;

                double Weight(int old) => Math.Max(reach - Math.Abs(old + 0.5 - centre), 1e-9);
            }

            return new Axis(first, starts, [.. weights]);
        }
    }
}
