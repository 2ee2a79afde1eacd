using System.Globalization;

namespace MLNet.RandomPruning.Pruning;

/// <summary>How the saliency of weights is measured for the ratios SNIP and GraSP. The defaults are those of the reference code.</summary>
public sealed record SaliencyOptions
{
    /// <summary>The number of images in SNIP's batch, at least 2; of a smaller set all images are taken.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>The number of images of each class for GraSP, at least 1; of a class with fewer all are taken.</summary>
    public int SamplesPerClass { get; init; } = 25;

    /// <summary>What GraSP divides the logits by, T, above 0 and at most 1,000,000.</summary>
    public double Temperature { get; init; } = 200;

    /// <summary>
    /// The most images that GraSP takes at a time, at least 1. Its images are cut into two halves or, where a half would be larger
    /// than this, into as many equal parts as needed; gradients and Hessians are summed over the parts. Memory grows with it.
    /// </summary>
    public int MaximumPartSize { get; init; } = 256;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it, its value and what is allowed.</exception>
    public void Validate()
    {
        Require(BatchSize >= 2, nameof(BatchSize), BatchSize, "at least 2");
        Require(SamplesPerClass >= 1, nameof(SamplesPerClass), SamplesPerClass, "at least 1");
        Require(Temperature is > 0 and <= 1_000_000, nameof(Temperature), Temperature, "above 0 and at most 1,000,000");
        Require(MaximumPartSize >= 1, nameof(MaximumPartSize), MaximumPartSize, "at least 1");
    }

    private static void Require(bool holds, string option, object value, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{option} of the saliency options is {value}, but must be {allowed}."));
        }
    }
}
