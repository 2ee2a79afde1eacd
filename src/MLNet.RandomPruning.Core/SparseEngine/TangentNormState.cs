using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Batch-norm of one convolution's output y in a <see cref="HessianPass"/>, together with how all of it moves when y moves
/// along its tangent ẏ. With s = 1/√(variance + ε) over m values: z = γ·s·(y − mean) + β, ṁ = mean(ẏ), ṡ = −s³·Σ(y − mean)·ẏ/m, and
/// ż = γ·s·(ẏ − ṁ) + γ·ṡ·(y − mean). Blocks leave their sums in places of their own, which are combined in the order of the
/// blocks, in double precision.
/// </summary>
internal sealed class TangentNormState(BatchNormLayer layer, int blocks)
{
    private readonly int _channels = layer.OutputShape.Channels;
    private readonly BlockSums[] _sums = new BlockSums[blocks * layer.OutputShape.Channels];
    private readonly BlockGradientSums[] _gradientSums = new BlockGradientSums[blocks * layer.OutputShape.Channels];
    private readonly double[] _inverse = new double[layer.OutputShape.Channels], _inverseTangent = new double[layer.OutputShape.Channels];

    /// <summary>The name of γ.</summary>
    public string ScaleName { get; } = $"{layer.Name}.weight";

    /// <summary>The name of β.</summary>
    public string ShiftName { get; } = $"{layer.Name}.bias";

    /// <summary>γ.</summary>
    public float[] Scale { get; } = new float[layer.OutputShape.Channels];

    /// <summary>β.</summary>
    public float[] Shift { get; } = new float[layer.OutputShape.Channels];

    /// <summary>The mean of y over the batch.</summary>
    public float[] Mean { get; } = new float[layer.OutputShape.Channels];

    /// <summary>The mean of ẏ over the batch, ṁ.</summary>
    public float[] TangentMean { get; } = new float[layer.OutputShape.Channels];

    /// <summary>z = y·Factor + Addend.</summary>
    public float[] Factor { get; } = new float[layer.OutputShape.Channels];

    /// <inheritdoc cref="Factor"/>
    public float[] Addend { get; } = new float[layer.OutputShape.Channels];

    /// <summary>ż = ẏ·Factor + y·FactorTangent + AddendTangent.</summary>
    public float[] FactorTangent { get; } = new float[layer.OutputShape.Channels];

    /// <inheritdoc cref="FactorTangent"/>
    public float[] AddendTangent { get; } = new float[layer.OutputShape.Channels];

    /// <summary>How the gradient of y comes from that of z and from y.</summary>
    public NormGradientCoefficients[] Gradient { get; } = new NormGradientCoefficients[layer.OutputShape.Channels];

    /// <summary>The part of that gradient's tangent that comes from the tangent of z's gradient and from ẏ.</summary>
    public NormGradientCoefficients[] TangentOfGradient { get; } = new NormGradientCoefficients[layer.OutputShape.Channels];

    /// <summary>The part of that gradient's tangent that comes from z's gradient and from y.</summary>
    public NormGradientCoefficients[] GradientOfTangent { get; } = new NormGradientCoefficients[layer.OutputShape.Channels];

    /// <summary>Takes a block's sums over one channel of y and ẏ.</summary>
    public void SetSums(int block, int channel, in BlockSums sums) => _sums[block * _channels + channel] = sums;

    /// <summary>Takes a block's sums over one channel of z's gradient and its tangent.</summary>
    public void SetGradientSums(int block, int channel, in BlockGradientSums sums) => _gradientSums[block * _channels + channel] = sums;

    /// <summary>Combines the blocks' sums once all blocks of y and ẏ are there.</summary>
    public void FinishForward(int images, int pixels)
    {
        int blocks = (images + SparseKernels.Lanes - 1) / SparseKernels.Lanes;
        double count = (double)images * pixels;
        for (int channel = 0; channel < _channels; channel++)
        {
            double mean = 0, tangentMean = 0;
            for (int block = 0; block < blocks; block++)
            {
                var sums = _sums[block * _channels + channel];
                mean += sums.Mean * CountOf(block, images, pixels);
                tangentMean += sums.Tangent;
            }

            mean /= count;
            tangentMean /= count;
            double squares = 0, products = 0;
            for (int block = 0; block < blocks; block++)
            {
                var sums = _sums[block * _channels + channel];
                double distance = sums.Mean - mean;
                squares += sums.Squares + distance * distance * CountOf(block, images, pixels);
                products += sums.Products + (sums.Centre - mean) * sums.Tangent;
            }

            double inverse = 1 / Math.Sqrt(squares / count + BatchNormLayer.Epsilon);
            double inverseTangent = -inverse * inverse * inverse * products / count;
            double factor = Scale[channel] * inverse, factorTangent = Scale[channel] * inverseTangent;
            _inverse[channel] = inverse;
            _inverseTangent[channel] = inverseTangent;
            Mean[channel] = (float)mean;
            TangentMean[channel] = (float)tangentMean;
            Factor[channel] = (float)factor;
            Addend[channel] = (float)(Shift[channel] - mean * factor);
            FactorTangent[channel] = (float)factorTangent;
            AddendTangent[channel] = (float)(-tangentMean * factor - mean * factorTangent);
        }
    }

    /// <summary>
    /// Combines the blocks' sums over z's gradient g and its tangent ġ. The gradient of y is γ·s·g − γ·s³·(y − mean)·B/m − γ·s·A/m with
    /// A = Σg and B = Σg·(y − mean) (Ioffe and Szegedy, 2015); its tangent is the derivative of each factor in turn.
    /// </summary>
    public void FinishBackward(int images, int pixels)
    {
        int blocks = (images + SparseKernels.Lanes - 1) / SparseKernels.Lanes;
        double count = (double)images * pixels;
        for (int channel = 0; channel < _channels; channel++)
        {
            double sum = 0, product = 0, sumTangent = 0, productTangent = 0;
            for (int block = 0; block < blocks; block++)
            {
                var sums = _gradientSums[block * _channels + channel];
                sum += sums.Gradient;
                product += sums.Product;
                sumTangent += sums.GradientTangent;
                productTangent += sums.ProductTangent;
            }

            double scale = Scale[channel], s = _inverse[channel], sTangent = _inverseTangent[channel];
            float a = (float)(scale * s), k = (float)(-scale * s * s * s * product / count);
            Gradient[channel] = new NormGradientCoefficients(a, k, Mean[channel], (float)(-scale * s * sum / count));
            TangentOfGradient[channel] = new NormGradientCoefficients(
                a, k, TangentMean[channel], (float)(-scale * (sTangent * sum + s * sumTangent) / count));
            GradientOfTangent[channel] = new NormGradientCoefficients(
                (float)(scale * sTangent), (float)(-scale * (3 * s * s * sTangent * product + s * s * s * productTangent) / count), Mean[channel], 0);
        }
    }

    private static double CountOf(int block, int images, int pixels) =>
        (double)pixels * Math.Min(SparseKernels.Lanes, images - block * SparseKernels.Lanes);
}

/// <summary>A block's sums over one channel.</summary>
/// <param name="Mean">The mean of y.</param>
/// <param name="Squares">Σ(y − Mean)².</param>
/// <param name="Tangent">Σẏ.</param>
/// <param name="Centre">A number near the mean.</param>
/// <param name="Products">Σ(y − Centre)·ẏ.</param>
internal readonly record struct BlockSums(double Mean, double Squares, double Tangent, double Centre, double Products);

/// <summary>A block's sums over one channel of the gradient g behind batch-norm and its tangent ġ.</summary>
/// <param name="Gradient">Σg.</param>
/// <param name="Product">Σg·(y − mean).</param>
/// <param name="GradientTangent">Σġ.</param>
/// <param name="ProductTangent">Σġ·(y − mean) + Σg·(ẏ − ṁ).</param>
internal readonly record struct BlockGradientSums(double Gradient, double Product, double GradientTangent, double ProductTangent);
