namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// Separable bilinear resampling. When shrinking, the triangle that weighs the neighbours is as much wider as the image gets smaller,
/// so that every pixel counts and fine patterns turn grey instead of into false ones.
/// </summary>
internal static class ImageResampler
{
    private const int Channels = 4;
    private const int Alpha = 3;

    /// <summary>Four bytes a pixel in, four out, alpha last; outside the placement's rectangle all bytes are 0.</summary>
    public static byte[] Resize(ReadOnlySpan<byte> pixels, int width, int height, in ImagePlacement placement, int newWidth, int newHeight)
    {
        var columns = Weights.Of(width, placement.FromX, placement.FromWidth, placement.ToWidth);
        var rows = Weights.Of(height, placement.FromY, placement.FromHeight, placement.ToHeight);

        // Only the rows that some new row needs are resampled across.
        int firstRow = rows.Starts[0];
        int endRow = rows.Starts[^1] + rows.Values[^1].Length;
        int stride = placement.ToWidth * Channels;
        var across = new float[(long)(endRow - firstRow) * stride];
        for (int y = firstRow; y < endRow; y++)
        {
            ResampleRow(pixels.Slice(y * width * Channels, width * Channels), columns, across.AsSpan((y - firstRow) * stride, stride));
        }

        var result = new byte[(long)newWidth * newHeight * Channels];
        Span<float> sum = new float[stride];
        for (int y = 0; y < placement.ToHeight; y++)
        {
            sum.Clear();
            float[] weights = rows.Values[y];
            for (int k = 0; k < weights.Length; k++)
            {
                ReadOnlySpan<float> row = across.AsSpan((rows.Starts[y] + k - firstRow) * stride, stride);
                for (int i = 0; i < stride; i++)
                {
                    sum[i] += weights[k] * row[i];
                }
            }

            StoreRow(sum, result.AsSpan(((placement.ToY + y) * newWidth + placement.ToX) * Channels, stride));
        }

        return result;
    }

    /// <summary>Colours are summed in proportion to their alpha, since the colour of a transparent pixel means nothing.</summary>
    private static void ResampleRow(ReadOnlySpan<byte> row, Weights columns, Span<float> result)
    {
        for (int x = 0; x < columns.Starts.Length; x++)
        {
            float c0 = 0, c1 = 0, c2 = 0, alpha = 0;
            ReadOnlySpan<byte> pixel = row[(columns.Starts[x] * Channels)..];
            foreach (float weight in columns.Values[x])
            {
                float opacity = weight * pixel[Alpha];
                c0 += opacity * pixel[0];
                c1 += opacity * pixel[1];
                c2 += opacity * pixel[2];
                alpha += opacity;
                pixel = pixel[Channels..];
            }

            int i = x * Channels;
            result[i] = c0;
            result[i + 1] = c1;
            result[i + 2] = c2;
            result[i + Alpha] = alpha;
        }
    }

    private static void StoreRow(ReadOnlySpan<float> sum, Span<byte> result)
    {
        for (int i = 0; i < sum.Length; i += Channels)
        {
            float alpha = sum[i + Alpha];
            result[i + Alpha] = ToByte(alpha);
            if (alpha > 0)
            {
                for (int c = 0; c < Alpha; c++)
                {
                    result[i + c] = ToByte(sum[i + c] / alpha);
                }
            }
        }
    }

    private static byte ToByte(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    /// <summary>For each new position: the first old position that counts, and the weights from there on, which sum to 1.</summary>
    private readonly record struct Weights(int[] Starts, float[][] Values)
    {
        public static Weights Of(int length, double from, double fromLength, int newLength)
        {
            double scale = fromLength / newLength;
            double radius = Math.Max(1, scale);
            var starts = new int[newLength];
            var values = new float[newLength][];
            for (int i = 0; i < newLength; i++)
            {
                double center = from + (i + 0.5) * scale;
                int start = Math.Clamp((int)Math.Floor(center - radius + 0.5), 0, length - 1);
                int end = Math.Clamp((int)Math.Floor(center + radius + 0.5), start + 1, length);
                var weights = new double[end - start];
                for (int k = 0; k < weights.Length; k++)
                {
                    weights[k] = Math.Max(0, 1 - Math.Abs(start + k + 0.5 - center) / radius);
                }

                double total = weights.Sum();
                starts[i] = start;
                values[i] = Array.ConvertAll(weights, weight => (float)(weight / total));
            }

            return new Weights(starts, values);
        }
    }
}
