using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Models;

/// <summary>Rounds a layer's kept weights to 8 bits with a scale for each output, as <see cref="ModelPrecision.Int8"/> describes.</summary>
internal static class ChannelQuantizer
{
    /// <summary>The largest number that a weight becomes.</summary>
    public const int Largest = 127;

    // A scale that fits an output's few weights by luck costs nothing and took a quarter off the error of the logits of ResNet-20-16,
    // dense and sparse. Below half of Largest the step is so coarse that luck cannot pay for it.
    private const int LeastLargest = 64;

    // A scale is no subnormal number, so that its 16 bits are there to be kept.
    private const float LeastScale = 1.17549435e-38f;

    /// <summary>Rounds the kept weights of a layer.</summary>
    /// <param name="mask">Tells which output each weight belongs to.</param>
    /// <param name="weights">The kept weights in row-major order, finite.</param>
    /// <param name="scales">Takes one scale an output.</param>
    /// <returns>One number a weight.</returns>
    public static sbyte[] Quantize(WeightMask mask, ReadOnlySpan<float> weights, Span<float> scales)
    {
        var quantized = new sbyte[weights.Length];
        int[] ends = OutputEnds(mask);
        int start = 0;
        for (int output = 0; output < ends.Length; output++)
        {
            var channel = weights[start..ends[output]];
            float scale = scales[output] = BestScale(channel);
            for (int index = 0; index < channel.Length; index++)
            {
                quantized[start + index] = (sbyte)Level(channel[index], scale);
            }

            start = ends[output];
        }

        return quantized;
    }

    /// <summary>Turns numbers into weights again.</summary>
    public static void Dequantize(WeightMask mask, ReadOnlySpan<sbyte> quantized, ReadOnlySpan<float> scales, Span<float> weights)
    {
        int[] ends = OutputEnds(mask);
        int start = 0;
        for (int output = 0; output < ends.Length; output++)
        {
            for (int index = start; index < ends[output]; index++)
            {
                weights[index] = quantized[index] * scales[output];
            }

            start = ends[output];
        }
    }

    // The largest weight lies on a level K whatever the scale, so weights that were rounded before find their old scale, with
    // no error at all, among the candidates.
    private static float BestScale(ReadOnlySpan<float> channel)
    {
        float largest = 0;
        foreach (float weight in channel)
        {
            largest = Math.Max(largest, Math.Abs(weight));
        }

        if (largest == 0)
        {
            return 0;
        }

        float best = 0;
        double leastError = double.PositiveInfinity;
        for (int level = Largest; level >= LeastLargest && leastError > 0; level--)
        {
            float scale = ScaleOf(largest, level);
            double error = SquaredError(channel, scale, leastError);
            if (error < leastError)
            {
                (best, leastError) = (scale, error);
            }
        }

        return best;
    }

    // Rounded down to 16 significant bits: the product with 7 bits then fits the 24 of a float.
    private static float ScaleOf(float largest, int level) =>
        Math.Max(BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(largest / level) & ~0xffu), LeastScale);

    private static double SquaredError(ReadOnlySpan<float> channel, float scale, double enough)
    {
        double inverse = 1.0 / scale, sum = 0;
        for (int index = 0; index < channel.Length && sum < enough; index++)
        {
            double error = channel[index] - scale * Math.Round(channel[index] * inverse);
            sum += error * error;
        }

        return sum;
    }

    // At most Largest, since no scale is smaller than the largest weight ÷ Largest by more than its last bits.
    private static int Level(float weight, float scale) => scale == 0 ? 0 : (int)Math.Round((double)weight / scale);

    // Where the kept weights of each output end in the list of all of them.
    private static int[] OutputEnds(WeightMask mask)
    {
        int[] ends = new int[mask.Layer.Outputs];
        foreach (int index in mask.KeptIndices())
        {
            ends[index / mask.Layer.FanIn]++;
        }

        for (int output = 1; output < ends.Length; output++)
        {
            ends[output] += ends[output - 1];
        }

        return ends;
    }
}
