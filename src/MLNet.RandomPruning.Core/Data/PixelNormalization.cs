
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

    /// <summary>
    /// The mean and the standard deviation over all pixels of a set, per channel. The sums are exact, so the order of the images
    /// does not matter. A channel that is the same everywhere gets a standard deviation of 1.
    /// </summary>
    /// <exception cref="ArgumentException">The set is empty.</exception>
    public static PixelNormalization Estimate(ImageSet images, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            throw new ArgumentException("The mean and the standard deviation of pixels take at least one image.", nameof(images));
        }

        var counts = new long[images.Shape.Channels * 256];
        int plane = images.Shape.PlaneSize;
        for (int index = 0; index < images.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = images.Image(index);
            for (int channel = 0; channel < images.Shape.Channels; channel++)
            {
                var bins = counts.AsSpan(channel * 256, 256);
                foreach (byte value in image.Slice(channel * plane, plane))
                {
                    bins[value]++;
                }
            }
        }

        var mean = new float[images.Shape.Channels];
        var deviation = new float[mean.Length];
        for (int channel = 0; channel < mean.Length; channel++)
        {
            (mean[channel], deviation[channel]) = Moments(counts.AsSpan(channel * 256, 256));
        }

        return new PixelNormalization(mean, deviation);
    }

    private static (float Mean, float Deviation) Moments(ReadOnlySpan<long> counts)
    {
        // With whole-number sums the variance, (n·Σx² − (Σx)²)/n², suffers no cancellation: 128 bits hold every term.
        Int128 count = 0, sum = 0, squares = 0;
        for (int value = 0; value < counts.Length; value++)
        {
            count += counts[value];
            sum += (Int128)counts[value] * value;
            squares += (Int128)counts[value] * value * value;
        }

        var spread = count * squares - sum * sum;
        double n = (double)count;
        return ((float)((double)sum / n / 255), spread == 0 ? 1f : (float)(Math.Sqrt((double)spread) / n / 255));
    }
}
