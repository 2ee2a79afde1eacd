
namespace MLNet.RandomPruning.Data;

/// <summary>
/// How pixels in [0, 1] become the network's input: (pixel − mean)/standard deviation, per channel. Part of the model.
/// </summary>
public sealed class PixelNormalization
{
    /// <summary>Takes one mean and one standard deviation a channel.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or a value is not finite, or a standard deviation is not above zero.</exception>
    public PixelNormalization(IReadOnlyList<float> mean, IReadOnlyList<float> standardDeviation)
    {
        if (mean.Count == 0 || mean.Count != standardDeviation.Count)
        {
            throw new ArgumentException($"Pixel normalisation takes one mean and one standard deviation a channel, but got {mean.Count} and {standardDeviation.Count}.");
        }

        for (int channel = 0; channel < mean.Count; channel++)
        {
            if (!float.IsFinite(mean[channel]) || !float.IsFinite(standardDeviation[channel]) || standardDeviation[channel] <= 0)
            {
                throw new ArgumentException(
                    $"Channel {channel} has mean {mean[channel]} and standard deviation {standardDeviation[channel]}; both must be finite and the latter above zero.");
            }
        }

        Mean = [.. mean];
        StandardDeviation = [.. standardDeviation];
    }

    /// <summary>The mean of each channel.</summary>
    public IReadOnlyList<float> Mean { get; }

    /// <summary>The standard deviation of each channel.</summary>
    public IReadOnlyList<float> StandardDeviation { get; }

    /// <summary>The usual figures of CIFAR-10.</summary>
    public static PixelNormalization Cifar10 { get; } = new([.4914f, .4822f, .4465f], [.2023f, .1994f, .2010f]);

    /// <summary>The usual figures of CIFAR-100.</summary>
    public static PixelNormalization Cifar100 { get; } = new([.5071f, .4865f, .4409f], [.2673f, .2564f, .2762f]);
}
