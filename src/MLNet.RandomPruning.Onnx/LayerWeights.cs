using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Onnx;

/// <summary>The kept weights of a layer, and what each of its output channels is multiplied by.</summary>
/// <param name="Mask">Which weights are kept.</param>
/// <param name="Values">The kept weights.</param>
/// <param name="Factors">One factor an output channel, of a batch-norm that is folded in; null for 1 each.</param>
internal sealed record LayerWeights(WeightMask Mask, float[] Values, double[]? Factors)
{
    public WeightLayer Layer => Mask.Layer;

    /// <summary>The row-major indices of the kept weights, ascending.</summary>
    public int[] Indices { get; } = Mask.KeptIndices();

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
    /// The weights in eight bits, with one scale an output channel: w·factor ≈ value·scale. The factor goes into the scale, so that the values
    /// do not depend on whether a batch-norm is folded in.
    /// </summary>
    /// <exception cref="ArgumentException">A scale becomes infinite.</exception>
    public (sbyte[] Values, float[] Scales) Quantized()
    {
        var scales = new float[Layer.Outputs];
        sbyte[] values = ChannelQuantizer.Quantize(Mask, Values, scales);
        if (Factors is null)
        {
            return (values, scales);
        }

        // A scale is never negative: the sign of a factor goes into the values.
        for (int j = 0; j < values.Length; j++)
        {
            values[j] = Factors[Output(j)] < 0 ? (sbyte)-values[j] : values[j];
        }

        for (int output = 0; output < scales.Length; output++)
        {
            scales[output] = (float)(scales[output] * Math.Abs(Factors[output]));
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
                $"The model cannot be written as ONNX: folding batch-norm into the weights of output channel {output} of layer '{Layer.Name}' makes them infinite. Set {nameof(OnnxExportOptions.KeepBatchNorm)}, or look at what training did to this layer.");
        }
    }
}
