using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Data;

/// <summary>
/// Draws a ten-class set of 32×32 colour images for tests and for trying things out: textured figures on textured grounds, of
/// any colour, lighter or darker than the ground, anywhere, in many sizes and directions, with noise. Each pixel by itself says
/// next to nothing about the class, so that a linear model fails where a small convolutional network does well.
/// </summary>
public static class GeneratedImages
{
    private const int Side = 32;
    private const int ClearContrastAttempts = 1000;

    /// <summary>The shape of the images.</summary>
    public static ImageShape Shape { get; } = new(3, Side, Side);

    /// <summary>What is drawn, one name a class.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = [.. GeneratedShape.All.Select(shape => shape.Name)];

    /// <summary>
    /// Draws the images with the indices from <paramref name="firstIndex"/> on. An image is a pure function of the seed and its
    /// index, the same on every platform, so that training and test images are disjoint when their ranges of indices are.
    /// Its class is its index modulo the number of classes.
    /// </summary>
    /// <param name="count">The number of images, 0 or more.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="firstIndex">The index of the first image, 0 or more.</param>
    /// <param name="cancellationToken">Stops the drawing.</param>
    public static ImageSet Create(int count, long seed = 0, int firstIndex = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(firstIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstIndex, int.MaxValue - count);
        var builder = new ImageSetBuilder(Shape, ClassNames);
        var pixels = new byte[Shape.Size];
        GeneratedTexture ground = new(), figure = new();
        for (int index = firstIndex; index < firstIndex + count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int label = index % GeneratedShape.All.Count;
            var random = new KeyedRandom(seed, RandomPurpose.GeneratedImages, index);
            Draw(GeneratedShape.All[label], ref random, ground, figure, pixels);
            builder.Add(pixels, label);
        }

        return builder.Build();
    }

    private static void Draw(GeneratedShape shape, ref KeyedRandom random, GeneratedTexture ground, GeneratedTexture figure, Span<byte> pixels)
    {
        ground.Draw(ref random, Side);
        int attempts = 0;
        do
        {
            figure.Draw(ref random, Side);
        }
        while (!IsClear(ground.Colour, figure.Colour) && ++attempts < ClearContrastAttempts);

        var place = Placement.Choose(shape, ref random);
        double noise = random.NextDouble(0.01, 0.05);
        Span<double> groundColour = stackalloc double[3], figureColour = stackalloc double[3];
        for (int row = 0; row < Side; row++)
        {
            for (int column = 0; column < Side; column++)
            {
                ground.At(column, row, Side, groundColour);
                figure.At(column, row, Side, figureColour);
                double cover = place.Coverage(shape, column, row);
                for (int channel = 0; channel < 3; channel++)
                {
                    double value = groundColour[channel] + (figureColour[channel] - groundColour[channel]) * cover + noise * Noise(random.NextUInt32());
                    pixels[(channel * Side + row) * Side + column] = (byte)Math.Clamp(Math.Round(255 * value), 0, 255);
                }
            }
        }
    }

    /// <summary>Whether two colours differ enough in brightness (weights of Rec. 601) to be seen in grey as well.</summary>
    private static bool IsClear(ReadOnlySpan<double> first, ReadOnlySpan<double> second) =>
        Math.Abs(0.299 * (first[0] - second[0]) + 0.587 * (first[1] - second[1]) + 0.114 * (first[2] - second[2])) >= 0.22;

    /// <summary>A value of mean 0 and variance 1, near enough to normal: the sum of four random bytes.</summary>
    private static double Noise(uint bits)
    {
        uint sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
        return (sum - 510.0) / 147.80;
    }

    /// <summary>Where a figure lies: its centre and radius in pixels, its direction, and the period of what repeats in it.</summary>
    private readonly record struct Placement(
        double CentreX, double CentreY, double Radius, double Cosine, double Sine, double Period)
    {
        public static Placement Choose(GeneratedShape shape, ref KeyedRandom random)
        {
            double radius = random.NextDouble(shape.SmallestRadius, 13.5);
            double reach = Math.Min(0.9 * radius, Side / 2 - 1);
            double x = random.NextDouble(reach, Side - reach);
            double y = random.NextDouble(reach, Side - reach);
            var (cosine, sine) = GeneratedTexture.Direction(ref random);
            if (double.IsFinite(shape.LargestSlope))
            {
                double slope = random.NextDouble(-shape.LargestSlope, shape.LargestSlope);
                cosine = 1 / Math.Sqrt(1 + slope * slope);
                sine = slope * cosine;
            }

            double period = random.NextDouble(4.5, 8) / radius;
            return new Placement(x, y, radius, cosine, sine, period);
        }

        /// <summary>How much of a pixel the figure covers, from 0 to 1, by the distance of its centre from the edge.</summary>
        public double Coverage(GeneratedShape shape, int column, int row)
        {
            double x = (column + 0.5 - CentreX) / Radius, y = (row + 0.5 - CentreY) / Radius;
            double distance = shape.Distance(Cosine * x + Sine * y, Cosine * y - Sine * x, Period);
            return Math.Clamp(0.5 - distance * Radius, 0, 1);
        }
    }
}
