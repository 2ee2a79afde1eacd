using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Core.Tests.Evaluation.Robustness;

/// <summary>What corruptions make of images: values worked by hand, naive definitions, statistics, and properties of them all.</summary>
[TestClass]
public sealed class ImageCorruptionTests
{
    private static readonly ImageShape Square = new(1, 4, 4);

    public static IEnumerable<object[]> Names => ImageCorruption.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_higher_severity_takes_images_further_from_what_they_were(string name)
    {
        var images = GeneratedImages.Create(40, seed: 5);
        double before = 0;
        for (int severity = 1; severity <= ImageCorruption.SeverityCount; severity++)
        {
            double distance = Enumerable.Range(0, images.Count).Average(index =>
            {
                float[] clean = Clean(images, index), corrupted = Corrupt(ImageCorruption.Create(name, severity), images.Shape, clean, index: index);
                return Math.Sqrt(clean.Zip(corrupted, (x, y) => (double)(x - y) * (x - y)).Average());
            });
            Assert.IsTrue(distance > before * 1.05, $"{name}: {distance:g4} at severity {severity}, {before:g4} before it");
            before = distance;
        }

        Assert.IsTrue(before is > 0.02 and < 0.5, $"{name}: a root mean square of {before:g4} at the highest severity");
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Pixels_stay_in_range_for_any_channels_and_sizes(string name)
    {
        var random = new Random(2);
        ImageShape[] shapes = [new(1, 1, 1), new(3, 1, 7), new(2, 5, 1), new(3, 9, 17), new(4, 3, 3), new(1, 33, 40), new(3, 8, 8)];
        foreach (var shape in shapes)
        {
            for (int severity = 1; severity <= ImageCorruption.SeverityCount; severity++)
            {
                var corruption = ImageCorruption.Create(name, severity);
                foreach (float[] clean in new[]
                {
                    Random(random, shape), [.. Enumerable.Repeat(0f, shape.Size)], [.. Enumerable.Repeat(1f, shape.Size)],
                    [.. Enumerable.Range(0, shape.Size).Select(i => (float)(i % 2))], [.. Enumerable.Repeat(1e-44f, shape.Size)],
                })
                {
                    float[] once = Corrupt(corruption, shape, clean, seed: 3, index: 4);
                    Assert.IsTrue(once.All(pixel => pixel is >= 0 and <= 1), $"{corruption} of {shape}");
                    CollectionAssert.AreEqual(once, Corrupt(corruption, shape, clean, seed: 3, index: 4));
                }
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Noise_is_a_function_of_the_seed_and_the_index_and_all_else_of_the_image_alone(string name)
    {
        var shape = new ImageShape(3, 16, 16);
        float[] clean = Random(new Random(1), shape);
        var corruption = ImageCorruption.Create(name, 3);
        bool isNoise = name.EndsWith("noise", StringComparison.Ordinal);
        float[] found = Corrupt(corruption, shape, clean, seed: 1, index: 1);
        Assert.AreEqual(!isNoise, found.SequenceEqual(Corrupt(corruption, shape, clean, seed: 2, index: 1)));
        Assert.AreEqual(!isNoise, found.SequenceEqual(Corrupt(corruption, shape, clean, seed: 1, index: 2)));
    }

    [TestMethod]
    public void Corruptions_of_a_batch_are_those_of_its_images_on_any_number_of_threads()
    {
        var images = RobustnessSamples.Images(RobustnessSamples.Network.InputShape, 11, 5).Slice(2, 9);
        using var engine = RobustnessSamples.Engine(batchSize: 9);
        foreach (var corruption in ImageCorruption.All.Where(corruption => corruption.Severity is 2 or 5))
        {
            foreach (var (batchSize, threads) in new[] { (9, 1), (4, 3) })
            {
                var found = RobustnessSamples.Perturb(engine, images, corruption, batchSize, seed: 8, threads);
                for (int index = 0; index < images.Count; index++)
                {
                    CollectionAssert.AreEqual(Corrupt(corruption, images.Shape, Clean(images, index), seed: 8, index), found[index], $"{corruption}, image {index}");
                }
            }
        }
    }

    [TestMethod]
    public void Brightness_adds()
    {
        float[] clean = [0, 0.25f, 0.5f, 0.875f];
        AssertClose([0.05, 0.3, 0.55, 0.925], Corrupt("brightness:1", new(1, 2, 2), clean));
        AssertClose([0.3, 0.55, 0.8, 1], Corrupt("brightness:5", new(1, 2, 2), clean));
    }

    [TestMethod]
    public void Contrast_shrinks_around_the_mean_of_each_channel()
    {
        // Means 0.5 and 0.2; factors 0.75 and 0.2.
        float[] clean = [0, 1, 0.25f, 0.75f, 0.2f, 0.2f, 0, 0.4f];
        AssertClose([0.125, 0.875, 0.3125, 0.6875, 0.2, 0.2, 0.05, 0.35], Corrupt("contrast:1", new(2, 2, 2), clean));
        AssertClose([0.4, 0.6, 0.45, 0.55, 0.2, 0.2, 0.16, 0.24], Corrupt("contrast:5", new(2, 2, 2), clean));
    }

    [TestMethod]
    public void Pixelate_shows_the_mean_of_each_cell()
    {
        float[] clean = [0, 0.2f, 0.4f, 0.6f, 0.4f, 0.6f, 0.8f, 1, 1, 1, 0, 0, 0, 0, 1, 1];

        // Severity 4: round(0.45·4) = 2 cells each way, of 2×2 pixels; severity 5: one cell.
        AssertClose([0.3, 0.3, 0.7, 0.7, 0.3, 0.3, 0.7, 0.7, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], Corrupt("pixelate:4", Square, clean));
        AssertClose([.. Enumerable.Repeat(0.5, 16)], Corrupt("pixelate:5", Square, clean));

        // Severity 2 on a row of 4: round(0.75·4) = 3 cells of 4/3 pixels. Pixel centres at 1/8, 3/8, 5/8, 7/8 lie in cells 0, 1, 1, 2.
        AssertClose(
            [(1 * 0.3 + 0.6 / 3) / (4 / 3.0), (0.6 * 2 / 3 + 0.9 * 2 / 3) / (4 / 3.0), (0.6 * 2 / 3 + 0.9 * 2 / 3) / (4 / 3.0), (0.9 / 3 + 0.1) / (4 / 3.0)],
            Corrupt("pixelate:2", new(1, 1, 4), [0.3f, 0.6f, 0.9f, 0.1f]));
    }

    [TestMethod]
    public void Gaussian_blur_is_convolution_with_mirrored_edges()
    {
        var random = new Random(4);
        double[] sigmas = [0.5, 0.7, 0.9, 1.1, 1.4];
        foreach (var shape in new ImageShape[] { new(2, 6, 9), new(1, 2, 3), new(1, 20, 1) })
        {
            float[] clean = Random(random, shape);
            for (int severity = 1; severity <= 5; severity++)
            {
                double sigma = sigmas[severity - 1];
                int reach = (int)Math.Ceiling(3 * sigma);
                AssertClose(
                    Convolve(shape, clean, reach, (y, x) => Math.Exp(-(y * y + x * x) / (2 * sigma * sigma))),
                    Corrupt(ImageCorruption.Create("gaussian_blur", severity), shape, clean));
            }
        }
    }

    [TestMethod]
    public void Defocus_blur_is_the_mean_over_a_disc_with_mirrored_edges()
    {
        // By hand: at r = 1 the disc has weight 1 at the centre, ½ beside it and 1.5 − √2 at the corners.
        float[] point = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        double corner = 1.5 - Math.Sqrt(2), sum = 3 + 4 * corner;
        AssertClose(
            [0, 0, 0, 0, 0, 0, corner / sum, 0.5 / sum, corner / sum, 0, 0, 0.5 / sum, 1 / sum, 0.5 / sum, 0, 0, corner / sum, 0.5 / sum, corner / sum, 0, 0, 0, 0, 0, 0],
            Corrupt("defocus_blur:3", new(1, 5, 5), point));

        var random = new Random(4);
        double[] radii = [0.6, 0.8, 1, 1.5, 2];
        foreach (var shape in new ImageShape[] { new(2, 6, 9), new(1, 2, 3) })
        {
            float[] clean = Random(random, shape);
            for (int severity = 1; severity <= 5; severity++)
            {
                double radius = radii[severity - 1];
                AssertClose(
                    Convolve(shape, clean, 4, (y, x) => Math.Clamp(radius + 0.5 - Math.Sqrt(y * y + x * x), 0, 1)),
                    Corrupt(ImageCorruption.Create("defocus_blur", severity), shape, clean));
            }
        }
    }

    [TestMethod]
    public void Gaussian_noise_has_its_mean_and_deviation()
    {
        double[] sigmas = [0.04, 0.06, 0.08, 0.10, 0.13];
        for (int severity = 1; severity <= 5; severity++)
        {
            double[] moves = [.. Constant($"gaussian_noise:{severity}", 0.5f).Select(x => x - 0.5)];
            Assert.AreEqual(0, moves.Average(), 5 * sigmas[severity - 1] / Math.Sqrt(moves.Length));
            Assert.AreEqual(sigmas[severity - 1], Math.Sqrt(moves.Average(x => x * x)), 0.02 * sigmas[severity - 1]);
        }
    }

    [TestMethod]
    public void Impulse_noise_loses_its_share_to_black_and_white_evenly()
    {
        double[] shares = [0.01, 0.02, 0.04, 0.07, 0.11];
        for (int severity = 1; severity <= 5; severity++)
        {
            float[] found = Constant($"impulse_noise:{severity}", 0.5f);
            double half = shares[severity - 1] / 2, noise = 5 * Math.Sqrt(half / found.Length);
            Assert.AreEqual(half, found.Count(x => x == 0) / (double)found.Length, noise);
            Assert.AreEqual(half, found.Count(x => x == 1) / (double)found.Length, noise);
            Assert.IsTrue(found.All(x => x is 0 or 0.5f or 1));
        }
    }

    [TestMethod]
    [DataRow(1, 250, 0.8f)]
    [DataRow(2, 120, 0.5f)]
    [DataRow(3, 70, 0.01f)]
    [DataRow(4, 45, 0.1f)]
    [DataRow(5, 25, 0.2f)]
    public void Shot_noise_counts_photons_by_the_Poisson_distribution(int severity, int photons, float value)
    {
        float[] found = Constant($"shot_noise:{severity}", value);
        double mean = (double)value * photons;
        int[] counts = [.. found.Select(x => (int)Math.Round(x * photons))];
        Assert.IsTrue(found.Zip(counts, (x, count) => Math.Abs(x * photons - count) < 1e-3).All(whole => whole));

        // Each outcome within five standard deviations of its share; none above full brightness, where the values are clipped.
        double probability = Math.Exp(-mean);
        for (int count = 0; count < photons; count++)
        {
            double share = counts.Count(found => found == count) / (double)counts.Length;
            Assert.AreEqual(probability, share, 5 * Math.Sqrt(probability / counts.Length) + 2.0 / counts.Length, $"{count} photons where {mean} are expected");
            probability *= mean / (count + 1);
        }
    }

    [TestMethod]
    public void Images_that_are_none_are_refused()
    {
        var corruption = ImageCorruption.Create("contrast", 1);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => corruption.Corrupt(Square, new float[15], 0, 0)).Message, "16 values, but 15");
        foreach (float bad in new[] { float.NaN, -0.01f, 1.01f, float.PositiveInfinity })
        {
            var pixels = new float[16];
            pixels[5] = bad;
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => corruption.Corrupt(Square, pixels, 0, 0)).Message, "Pixel 5");
        }
    }

    private static float[] Corrupt(ImageCorruption corruption, ImageShape shape, float[] clean, long seed = 0, int index = 0)
    {
        float[] pixels = [.. clean];
        corruption.Corrupt(shape, pixels, seed, index);
        return pixels;
    }

    private static float[] Constant(ImageCorruption corruption, float value)
    {
        var shape = new ImageShape(3, 128, 128);
        return Corrupt(corruption, shape, [.. Enumerable.Repeat(value, shape.Size)], seed: 6);
    }

    private static float[] Clean(ImageSet images, int index) => [.. images.Image(index).ToArray().Select(value => value / 255f)];

    private static float[] Random(Random random, ImageShape shape) => [.. Enumerable.Range(0, shape.Size).Select(_ => random.NextSingle())];

    /// <summary>The weighted mean over all neighbours, in two dimensions at once, each looked up in an image mirrored by hand.</summary>
    private static double[] Convolve(ImageShape shape, float[] pixels, int reach, Func<int, int, double> weight)
    {
        var found = new double[shape.Size];
        int[] rows = Mirrored(shape.Height, reach), columns = Mirrored(shape.Width, reach);
        for (int i = 0; i < found.Length; i++)
        {
            int plane = i / shape.PlaneSize * shape.PlaneSize, row = i % shape.PlaneSize / shape.Width, column = i % shape.Width;
            double sum = 0, weights = 0;
            for (int y = -reach; y <= reach; y++)
            {
                for (int x = -reach; x <= reach; x++)
                {
                    weights += weight(y, x);
                    sum += weight(y, x) * pixels[plane + rows[row + y + reach] * shape.Width + columns[column + x + reach]];
                }
            }

            found[i] = sum / weights;
        }

        return found;
    }

    /// <summary>The coordinates of a line that runs beyond both ends of the image, bouncing off them.</summary>
    private static int[] Mirrored(int length, int reach)
    {
        var line = new List<int>(Enumerable.Range(0, length));
        for (int turn = 0; line.Count < 3 * reach + length; turn++)
        {
            line.AddRange(turn % 2 == 0 ? Enumerable.Range(0, length).Reverse() : Enumerable.Range(0, length));
        }

        // Bouncing is the same in both directions, so the part before the start is the part after it, reversed and one further on.
        return [.. line.Take(reach).Reverse(), .. line.Take(length + reach)];
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 1e-6, $"value {i}");
        }
    }
}
