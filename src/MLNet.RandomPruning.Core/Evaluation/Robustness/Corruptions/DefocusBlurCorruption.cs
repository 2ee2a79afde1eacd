using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// The mean over a disc with a soft edge: a lens out of focus.
internal sealed class DefocusBlurCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "defocus_blur";

    private static readonly double[] Radius = [0.6, 0.8, 1, 1.5, 2];
    private static readonly (int Row, int Column, double Weight)[][] Kernels = [.. Radius.Select(Kernel)];

    private protected override int ScratchLength(ImageShape shape) => shape.PlaneSize;

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        var kernel = Kernels[Severity - 1];
        int width = shape.Width, height = shape.Height;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.PlaneSize, shape.PlaneSize);
            for (int i = 0; i < plane.Length; i++)
            {
                int row = i / width, column = i % width;
                double sum = 0;
                foreach (var tap in kernel)
                {
                    sum += tap.Weight * plane[MirroredEdge.At(row + tap.Row, height) * width + MirroredEdge.At(column + tap.Column, width)];
                }

                scratch[i] = sum;
            }

            for (int i = 0; i < plane.Length; i++)
            {
                plane[i] = (float)scratch[i];
            }
        }
    }

    /// <summary>clip(r + ½ − distance) into [0, 1] at whole rows and columns, with sum 1.</summary>
    private static (int Row, int Column, double Weight)[] Kernel(double radius)
    {
        int reach = (int)Math.Ceiling(radius + 0.5);
        var taps = new List<(int Row, int Column, double Weight)>();
        for (int row = -reach; row <= reach; row++)
        {
            for (int column = -reach; column <= reach; column++)
            {
                double weight = Math.Clamp(radius + 0.5 - Math.Sqrt(row * row + column * column), 0, 1);
                if (weight > 0)
                {
                    taps.Add((row, column, weight));
                }
            }
        }

        double sum = taps.Sum(tap => tap.Weight);
        return [.. taps.Select(tap => (tap.Row, tap.Column, tap.Weight / sum))];
    }
}
