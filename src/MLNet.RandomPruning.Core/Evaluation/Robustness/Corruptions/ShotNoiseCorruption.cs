using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// Poisson(x·c)/c: light comes in photons.
internal sealed class ShotNoiseCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "shot_noise";

    private static readonly double[] Photons = [250, 120, 70, 45, 25];

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        double photons = Photons[Severity - 1];
        foreach (ref float pixel in pixels)
        {
            pixel = (float)(PoissonDistribution.Draw(pixel * photons, ref random) / photons);
        }
    }
}
