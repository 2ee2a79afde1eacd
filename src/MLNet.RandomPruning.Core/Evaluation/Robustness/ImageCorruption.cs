using MLNet.RandomPruning.Evaluation.Robustness.Corruptions;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>
/// What happens to images in the world, in five severities: kinds and names of Hendrycks and Dietterich, "Benchmarking neural
/// network robustness to common corruptions and perturbations", ICLR 2019. Definitions and strengths are this library's own, made
/// for images of about 32×32 pixels, so accuracies are comparable with each other and not with those on published corrupted sets.
/// A corrupted image is a function of the clean one, the seed and its index; it has any number of channels and any size, and its
/// pixels stay in [0, 1] and are not rounded to bytes. Each corruption is one small class with an entry in the registry.
/// <list type="table">
/// <listheader><term>name</term><description>definition, and its parameter at severities 1 to 5</description></listheader>
/// <item><term>gaussian_noise</term><description>x + σ·n, n standard normal; σ = 0.04, 0.06, 0.08, 0.10, 0.13</description></item>
/// <item><term>shot_noise</term><description>Poisson(x·c)/c; c = 250, 120, 70, 45, 25 photons at full brightness</description></item>
/// <item><term>impulse_noise</term><description>a share p of the values becomes 0 or 1, each as likely; p = 0.01, 0.02, 0.04, 0.07, 0.11</description></item>
/// <item><term>defocus_blur</term><description>the mean over a disc of radius r pixels with soft edge: weights clip(r + ½ − distance) into [0, 1]; r = 0.6, 0.8, 1, 1.5, 2</description></item>
/// <item><term>gaussian_blur</term><description>convolution with a Gaussian of σ pixels, cut off at 3σ; σ = 0.5, 0.7, 0.9, 1.1, 1.4</description></item>
/// <item><term>brightness</term><description>x + c; c = 0.05, 0.1, 0.15, 0.2, 0.3</description></item>
/// <item><term>contrast</term><description>μ + c·(x − μ), μ the mean of the image's channel; c = 0.75, 0.6, 0.45, 0.3, 0.2</description></item>
/// <item><term>pixelate</term><description>each pixel takes the mean of its cell in a grid of round(s·rows) × round(s·columns) cells; s = 0.9, 0.75, 0.6, 0.45, 0.35</description></item>
/// <item><term>jpeg_compression</term><description>8×8 cosine transform, quantised with the tables of ITU-T T.81, annex K, at quality 80, 60, 40, 25, 15, in YCbCr where there are three channels</description></item>
/// </list>
/// Blurs mirror the image at its edges.
/// </summary>
public abstract class ImageCorruption : IPerturbation, IImagePerturbation
{
    /// <summary>The number of severities of each corruption.</summary>
    public const int SeverityCount = 5;

    private protected ImageCorruption(string family, int severity)
    {
        Family = family;
        Severity = severity;
    }

    /// <summary>The names of all corruptions, without a severity.</summary>
    public static IReadOnlyList<string> Names => ImageCorruptionRegistry.Names;

    /// <summary>Every corruption at every severity, by name in the order of <see cref="Names"/> and then by severity.</summary>
    public static IReadOnlyList<ImageCorruption> All => ImageCorruptionRegistry.All;

    /// <summary>The corruption's name and severity, for example <c>contrast:3</c>.</summary>
    public string Name => $"{Family}:{Severity}";

    /// <summary>The corruption's name, for example <c>contrast</c>.</summary>
    public string Family { get; }

    /// <summary>The severity, from 1 to <see cref="SeverityCount"/>.</summary>
    public int Severity { get; }

    /// <inheritdoc/>
    public double Strength => Severity;

    /// <inheritdoc/>
    public PerturbationKind Kind => PerturbationKind.Corruption;

    /// <summary>Finds a corruption by its name and severity.</summary>
    /// <param name="name">One of <see cref="Names"/>, in any case.</param>
    /// <param name="severity">From 1 to <see cref="SeverityCount"/>.</param>
    /// <exception cref="ArgumentException">There is no such corruption, or the severity is out of range.</exception>
    public static ImageCorruption Create(string name, int severity)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ImageCorruptionRegistry.Find(name, severity);
    }

    /// <summary>Reads a corruption's text, in any case: its name and severity, as <c>contrast:3</c> or <c>contrast(3)</c>.</summary>
    /// <exception cref="ArgumentException">It is no such text.</exception>
    public static ImageCorruption Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ImageCorruptionRegistry.Find(new PerturbationText(text))
            ?? throw new ArgumentException($"'{text}' is not a known corruption. {ImageCorruptionRegistry.Usage}", nameof(text));
    }

    /// <summary>Reads a corruption's text; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">It is no such text.</exception>
    public static implicit operator ImageCorruption(string text) => Parse(text);

    /// <summary>Corrupts one image in place.</summary>
    /// <param name="shape">The image's shape.</param>
    /// <param name="pixels">Its pixels in [0, 1], [channel][row][column].</param>
    /// <param name="seed">The seed of the noise.</param>
    /// <param name="index">The image's index in its set; images of other indices get other noise.</param>
    /// <exception cref="ArgumentException">The pixels are not as many as the shape says, or one lies outside [0, 1].</exception>
    public void Corrupt(ImageShape shape, Span<float> pixels, long seed, int index)
    {
        if (pixels.Length != shape.Size)
        {
            throw new ArgumentException($"An image of {shape} has {shape.Size} values, but {pixels.Length} are given.", nameof(pixels));
        }

        for (int i = 0; i < pixels.Length; i++)
        {
            if (!(pixels[i] >= 0 && pixels[i] <= 1))
            {
                throw new ArgumentException($"Pixel {i} of the image is {pixels[i]}, but pixels lie in [0, 1].", nameof(pixels));
            }
        }

        Corrupt(shape, pixels, seed, index, new double[ScratchLength(shape)]);
    }

    /// <inheritdoc/>
    public void Perturb(PerturbationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.ForEachImage(this);
    }

    /// <summary>The corruption's name and severity.</summary>
    public sealed override string ToString() => Name;

    int IImagePerturbation.ScratchLength(ImageShape shape) => ScratchLength(shape);

    void IImagePerturbation.PerturbImage(PerturbationContext context, int image, Span<double> scratch) =>
        Corrupt(context.Batch.Shape, context.Batch.Pixels(image), context.Seed, context.Batch.Indices[image], scratch);

    /// <summary>How many values of scratch an image takes.</summary>
    private protected virtual int ScratchLength(ImageShape shape) => 0;

    /// <summary>Corrupts one image; what it leaves outside [0, 1] is clipped after it.</summary>
    private protected abstract void Corrupt(ImageShape shape, Span<float> pixels, ref KeyedRandom random, Span<double> scratch);

    private void Corrupt(ImageShape shape, Span<float> pixels, long seed, int index, Span<double> scratch)
    {
        // The family's name is in the key and the severity is not: noise of a higher severity is the same noise, but stronger.
        var random = new KeyedRandom(seed, RandomPurpose.Corruption, KeyedRandom.HashOf(Family) << 32 | (uint)index);
        Corrupt(shape, pixels, ref random, scratch);
        foreach (ref float pixel in pixels)
        {
            pixel = Math.Clamp(pixel, 0, 1);
        }
    }
}
