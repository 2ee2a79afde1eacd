using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Onnx;

/// <summary>The kept weights of a layer, and what each of its output channels is multiplied by.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Indices">The row-major indices of the kept weights, ascending.</param>
/// <param name="Values">The kept weights.</param>
/// <param name="Factors">One factor an output channel, of a batch-norm that is folded in; null for 1 each.</param>
internal sealed record LayerWeights(WeightLayer Layer, int[] Indices, float[] Values, double[]? Factors)
{
    private const double LargestInt8 = sbyte.MaxValue;

    /// <summary>The weights in floats: w·factor, in double arithmetic, rounded once.</summary>
    /// <exception cref="ArgumentException">One becomes infinite.</exception>
    public float[] Folded()
    {
        if (Factors is null)
        {
            return Values;
        }

        var folded = new float[Values.Length];
        for (int j = 0; j < folded.Length; j++)
        {
            folded[j] = (float)(Values[j] * Factors[Output(j)]);
            ThrowIfInfinite(folded[j], Output(j));
        }

        return folded;
    }

    /// <summary>
    /// The weights in eight bits, with one scale an output channel: w·factor ≈ value·scale. The values are round(w/(max|w|/127)), ties to even, and
    /// the factor goes into the scale, so that they do not depend on whether a batch-norm is folded in.
    /// </summary>
    /// <exception cref="ArgumentException">A scale becomes infinite.</exception>
    public (sbyte[] Values, float[] Scales) Quantized()
    {
        var largest = new float[Layer.Outputs];
        for (int j = 0; j < Values.Length; j++)
        {
            largest[Output(j)] = Math.Max(largest[Output(j)], Math.Abs(Values[j]));
        }

        // A channel of zeros needs no scale; the smallest denormal numbers have none either, and become zero.
        float[] steps = [.. largest.Select(value => (float)(value / LargestInt8) is var step and > 0 ? step : 1)];
        var values = new sbyte[Values.Length];
        for (int j = 0; j < values.Length; j++)
        {
            double value = Math.Clamp(Math.Round((double)Values[j] / steps[Output(j)]), -LargestInt8, LargestInt8);
            values[j] = (sbyte)(Factors?[Output(j)] < 0 ? -value : value);
        }

        float[] scales = [.. steps.Select((step, output) => (float)(step * Math.Abs(Factors?[output] ?? 1)))];
        for (int output = 0; output < scales.Length; output++)
        {
            ThrowIfInfinite(scales[output], output);
        }

        return (values, scales);
    }

    private int Output(int j) => Indices[j] / Layer.FanIn;

    private void ThrowIfInfinite(float value, int output)
    {
        if (!float.IsFinite(value))
        {
            throw new ArgumentException(
                $"Output channel {output} of layer '{Layer.Name}' cannot be written: folding the batch-norm behind it into its weights makes them infinite. Set {nameof(OnnxExportOptions.KeepBatchNorm)}, or look at what training did to this layer.");
        }
    }
}
