using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// μ + c·(x − μ): less contrast around the mean of each channel.
internal sealed class ContrastCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "contrast";

    private static readonly double[] Factor = [0.75, 0.6, 0.45, 0.3, 0.2];

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        double factor = Factor[Severity - 1];
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.PlaneSize, shape.PlaneSize);
            double mean = 0;
            foreach (float pixel in plane)
            {
                mean += pixel;
            }

            mean /= plane.Length;
            foreach (ref float pixel in plane)
            {
                pixel = (float)(mean + factor * (pixel - mean));
            }
        }
    }
}
