using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

// x + c: more light.
internal sealed class BrightnessCorruption(int severity) : ImageCorruption(CorruptionName, severity)
{
    public const string CorruptionName = "brightness";

    private static readonly double[] Addend = [0.05, 0.1, 0.15, 0.2, 0.3];

    private protected override void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch)
    {
        double addend = Addend[Severity - 1];
        foreach (ref float pixel in pixels)
        {
            pixel = (float)(pixel + addend);
        }
    }
}
