using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// Salt and pepper: a share p of the values is lost, half of them to 0 and half to 1.
internal sealed class ImpulseNoiseCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "impulse_noise";

    private static readonly double[] Share = [0.01, 0.02, 0.04, 0.07, 0.11];

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        double share = Share[Severity - 1];
        foreach (ref float pixel in pixels)
        {
            // The side is drawn apart, so that a value lost at one severity is lost to the same side at the next.
            bool salt = (random.NextUInt32() >> 31) != 0;
            if (random.NextDouble() < share)
            {
                pixel = salt ? 1 : 0;
            }
        }
    }
}
