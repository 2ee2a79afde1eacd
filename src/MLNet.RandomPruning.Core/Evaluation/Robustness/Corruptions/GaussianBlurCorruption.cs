using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// Convolution with a Gaussian, first along rows, then along columns.
internal sealed class GaussianBlurCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "gaussian_blur";

    private static readonly double[] Sigma = [0.5, 0.7, 0.9, 1.1, 1.4];
    private static readonly double[][] Kernels = [.. Sigma.Select(Kernel)];

    private protected override int ScratchLength(ImageShape shape) => shape.PlaneSize;

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        double[] kernel = Kernels[Severity - 1];
        int radius = kernel.Length / 2, width = shape.Width, height = shape.Height;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.PlaneSize, shape.PlaneSize);
            for (int i = 0; i < plane.Length; i++)
            {
                int row = i / width, column = i % width;
                double sum = 0;
                for (int k = 0; k < kernel.Length; k++)
                {
                    sum += kernel[k] * plane[row * width + MirroredEdge.At(column + k - radius, width)];
                }

                scratch[i] = sum;
            }

            for (int i = 0; i < plane.Length; i++)
            {
                int row = i / width, column = i % width;
                double sum = 0;
                for (int k = 0; k < kernel.Length; k++)
                {
                    sum += kernel[k] * scratch[MirroredEdge.At(row + k - radius, height) * width + column];
                }

                plane[i] = (float)sum;
            }
        }
    }

    /// <summary>exp(−t²/2σ²) at the whole numbers t up to 3σ, with sum 1.</summary>
    private static double[] Kernel(double sigma)
    {
        int radius = (int)Math.Ceiling(3 * sigma);
        double[] weights = [.. Enumerable.Range(-radius, 2 * radius + 1).Select(t => PortableMath.Exp(-t * t / (2 * sigma * sigma)))];
        double sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
