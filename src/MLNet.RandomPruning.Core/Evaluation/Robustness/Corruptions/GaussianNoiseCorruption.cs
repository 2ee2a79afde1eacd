using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// x + σ·n: noise of the sensor in low light.
internal sealed class GaussianNoiseCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "gaussian_noise";

    private static readonly double[] Sigma = [0.04, 0.06, 0.08, 0.10, 0.13];

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        double sigma = Sigma[Severity - 1];
        foreach (ref float pixel in pixels)
        {
            pixel = (float)(pixel + sigma * random.NextGaussian());
        }
    }
}
