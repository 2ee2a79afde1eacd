using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Batch-norm of one convolution's output. Blocks of images leave their moments in places of their own; they are combined in
/// the order of the blocks, in double precision.
/// </summary>
internal sealed class BatchNormState
{
    private readonly int _channels;
    private readonly double[] _means, _squares, _gradientSums, _productSums;

    public BatchNormState(BatchNormLayer layer, int blocks)
    {
        _channels = layer.OutputShape.Channels;
        Scale = new Parameter($"{layer.Name}.weight", StateTensorKind.Scale, _channels);
        Shift = new Parameter($"{layer.Name}.bias", StateTensorKind.Shift, _channels);
        RunningMeanName = $"{layer.Name}.running_mean";
        RunningVarianceName = $"{layer.Name}.running_var";
        RunningMean = new float[_channels];
        RunningVariance = new float[_channels];
        Mean = new float[_channels];
        InverseDeviation = new float[_channels];
        Factor = new float[_channels];
        Addend = new float[_channels];
        Gradient = new NormGradientCoefficients[_channels];
        _means = new double[blocks * _channels];
        _squares = new double[blocks * _channels];
        _gradientSums = new double[blocks * _channels];
        _productSums = new double[blocks * _channels];
    }

    /// <summary>γ.</summary>
    public Parameter Scale { get; }

    /// <summary>β.</summary>
    public Parameter Shift { get; }

    public string RunningMeanName { get; }

    public string RunningVarianceName { get; }

    public float[] RunningMean { get; }

    public float[] RunningVariance { get; }

    /// <summary>The mean that is subtracted: the batch's in training, the running one in prediction.</summary>
    public float[] Mean { get; }

    /// <summary>1/√(variance + ε).</summary>
    public float[] InverseDeviation { get; }

    /// <summary>Normalised output = input·factor + addend.</summary>
    public float[] Factor { get; }

    /// <inheritdoc cref="Factor"/>
    public float[] Addend { get; }

    /// <summary>How the gradient of the input comes from the gradient of the output.</summary>
    public NormGradientCoefficients[] Gradient { get; }

    /// <summary>
    /// Takes a block's mean of one channel, and its sum of squared distances from that mean, from the moments of its images around
    /// a centre c each: mean = c + s/n and Σ (x − mean)² = q − s²/n, combined by Chan et al.'s formula.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="moments">What <see cref="BandKernels.Keep"/> has left: c, s and q of 16 images.</param>
    /// <param name="images">The number of places that hold an image.</param>
    /// <param name="pixels">The number of pixels of a channel in one image, n.</param>
    public unsafe void SetMoments(int block, int channel, float* moments, int images, int pixels)
    {
        float* sums = moments + SparseKernels.Lanes, around = sums + SparseKernels.Lanes;
        double mean = 0, squares = 0;
        for (int lane = 0; lane < images; lane++)
        {
            mean += moments[lane] + (double)sums[lane] / pixels;
        }

        mean /= images;
        for (int lane = 0; lane < images; lane++)
        {
            double shift = (double)sums[lane] / pixels, distance = moments[lane] + shift - mean;
            squares += around[lane] - shift * sums[lane] + distance * distance * pixels;
        }

        _means[block * _channels + channel] = mean;
        _squares[block * _channels + channel] = squares;
    }

    /// <summary>A block's Σ gradient and Σ gradient·(input − mean) of one channel.</summary>
    public void SetGradientSums(int block, int channel, double gradient, double product)
    {
        _gradientSums[block * _channels + channel] = gradient;
        _productSums[block * _channels + channel] = product;
    }

    /// <summary>Takes the batch's statistics from the blocks' moments (Chan et al.'s parallel formula).</summary>
    /// <param name="images">The number of images in the batch.</param>
    /// <param name="pixels">The number of pixels of a channel in one image.</param>
    /// <param name="updateRunning">Whether the running statistics take the batch's in.</param>
    public void UseBatchStatistics(int images, int pixels, bool updateRunning)
    {
        int blocks = SparseKernels.BlockCount(images);
        double count = (double)images * pixels;
        for (int channel = 0; channel < _channels; channel++)
        {
            double mean = 0;
            for (int block = 0; block < blocks; block++)
            {
                mean += _means[block * _channels + channel] * CountOf(block, images, pixels);
            }

            mean /= count;
            double squares = 0;
            for (int block = 0; block < blocks; block++)
            {
                double distance = _means[block * _channels + channel] - mean;
                squares += _squares[block * _channels + channel] + distance * distance * CountOf(block, images, pixels);
            }

            Set(channel, mean, squares / count);
            if (updateRunning)
            {
                double unbiased = squares / Math.Max(count - 1, 1);
                RunningMean[channel] = (float)((1 - BatchNormLayer.Momentum) * RunningMean[channel] + BatchNormLayer.Momentum * mean);
                RunningVariance[channel] = (float)((1 - BatchNormLayer.Momentum) * RunningVariance[channel] + BatchNormLayer.Momentum * unbiased);
            }
        }
    }

    /// <summary>Takes the running statistics, as in prediction.</summary>
    public void UseRunningStatistics()
    {
        for (int channel = 0; channel < _channels; channel++)
        {
            Set(channel, RunningMean[channel], RunningVariance[channel]);
        }
    }

    /// <summary>
    /// Gradients of γ and β, and the coefficients of the input's gradient: γ/σ·(g − mean(g) − x̂·mean(g·x̂)) with batch
    /// statistics (Ioffe and Szegedy, 2015), γ/σ·g with running ones.
    /// </summary>
    public void FinishGradients(int images, int pixels, bool batchStatistics)
    {
        int blocks = SparseKernels.BlockCount(images);
        double count = (double)images * pixels;
        for (int channel = 0; channel < _channels; channel++)
        {
            double gradient = 0, product = 0;
            for (int block = 0; block < blocks; block++)
            {
                gradient += _gradientSums[block * _channels + channel];
                product += _productSums[block * _channels + channel];
            }

            double inverse = InverseDeviation[channel];
            double a = Scale.Values.Array[channel] * inverse;
            Shift.Gradient[channel] = (float)gradient;
            Scale.Gradient[channel] = (float)(product * inverse);
            Gradient[channel] = batchStatistics
                ? new NormGradientCoefficients((float)a, (float)(-a * inverse * inverse * product / count), Mean[channel], (float)(-a * gradient / count))
                : new NormGradientCoefficients((float)a, 0, Mean[channel], 0);
        }
    }

    private void Set(int channel, double mean, double variance)
    {
        double inverse = 1 / Math.Sqrt(variance + BatchNormLayer.Epsilon);
        double factor = Scale.Values.Array[channel] * inverse;
        Mean[channel] = (float)mean;
        InverseDeviation[channel] = (float)inverse;
        Factor[channel] = (float)factor;
        Addend[channel] = (float)(Shift.Values.Array[channel] - mean * factor);
    }

    private static double CountOf(int block, int images, int pixels) =>
        (double)pixels * Math.Min(SparseKernels.Lanes, images - block * SparseKernels.Lanes);
}
