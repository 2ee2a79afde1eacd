using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Core.Tests.Evaluation.Robustness;

/// <summary>Where attacks move images: against finite differences, the definition of the ball, and models known on paper.</summary>
[TestClass]
public sealed class AdversarialAttackTests
{
    private static readonly Network Network = RobustnessSamples.Network;

    [TestMethod]
    [DataRow("fgsm:0.01")]
    [DataRow("pgd:0.01:1:0.01:no random start")]
    public void One_step_goes_where_finite_differences_of_the_loss_say(string text)
    {
        const double Epsilon = 0.01, Step = 1e-6;
        var images = RobustnessSamples.Images(Network.InputShape, 4, Network.ClassCount);
        using var engine = RobustnessSamples.Engine(batchSize: 4);
        var attacked = RobustnessSamples.Perturb(engine, images, AdversarialAttack.Parse(text), batchSize: 4);
        var oracle = new NaiveNetwork(TestNetworks.RandomState(Network, 0.5, seed: 4), TestNetworks.Normalization, training: false);
        var random = new Random(6);
        int compared = 0;
        for (int image = 0; image < images.Count; image++)
        {
            double[] pixels = [.. RobustnessSamples.Clean(images)[image].Select(pixel => (double)pixel)];
            int[] label = [images.Label(image)];
            for (int trial = 0; trial < 40; trial++)
            {
                int at = random.Next(pixels.Length);
                double clean = pixels[at];
                pixels[at] = clean + Step;
                double above = oracle.Loss([pixels], label, 0);
                pixels[at] = clean - Step;
                double slope = (above - oracle.Loss([pixels], label, 0)) / (2 * Step);
                pixels[at] = clean;

                // Where the loss is all but flat the sign belongs to rounding.
                if (Math.Abs(slope) > 1e-3)
                {
                    compared++;
                    Assert.AreEqual(Math.Clamp(clean + Epsilon * Math.Sign(slope), 0, 1), attacked[image][at], 1e-6, $"image {image}, value {at}, slope {slope}");
                }
            }
        }

        Assert.IsTrue(compared > 80, $"only {compared} slopes were steep enough");
    }

    [TestMethod]
    public void No_pixel_leaves_the_ball_or_the_range_at_any_strength_size_or_number_of_steps()
    {
        var random = new Random(3);
        double[] epsilons = [0, 1e-12, 1e-9, 1e-7, 1 / 255.0, 0.1, 8 / 255.0, 0.3, 0.7, 1, .. Enumerable.Range(0, 12).Select(_ => random.NextDouble())];
        foreach (double epsilon in epsilons)
        {
            var shape = new ImageShape(3, random.Next(4, 10), random.Next(4, 10));
            var network = ResNet.Parse("ResNet-8-2").Build(shape, 3);
            var images = RobustnessSamples.Images(shape, 5, 3, seed: random.Next());
            using var engine = new SparseTrainingEngine(TestNetworks.RandomState(network, 0.6, random.Next()), TestNetworks.Normalization, 5, 1);
            var clean = RobustnessSamples.Clean(images);
            AdversarialAttack[] attacks =
            [
                AdversarialAttack.FastGradientSign(epsilon),
                AdversarialAttack.ProjectedGradient(epsilon),
                AdversarialAttack.ProjectedGradient(epsilon, random.Next(1, 6), stepSize: 0.001 + random.NextDouble(), randomStart: random.Next(2) == 0),
                AdversarialAttack.ProjectedGradient(epsilon, 2, stepSize: 1e6),
            ];
            foreach (var attack in attacks)
            {
                var attacked = RobustnessSamples.Perturb(engine, images, attack, batchSize: 5, seed: random.Next());
                for (int image = 0; image < clean.Length; image++)
                {
                    for (int i = 0; i < clean[image].Length; i++)
                    {
                        float before = clean[image][i], after = attacked[image][i];
                        Assert.IsTrue(after is >= 0 and <= 1, $"{attack}: pixel {after}");
                        Assert.IsTrue(Math.Abs((double)after - before) <= epsilon, $"{attack}: from {before:R} to {after:R}");
                        Assert.IsTrue(MathF.Abs(after - before) <= (float)epsilon, $"{attack}: from {before:R} to {after:R} in float");
                    }
                }
            }
        }
    }

    [TestMethod]
    [DataRow("fgsm:0")]
    [DataRow("pgd:0:7")]
    [DataRow("PGD(0, steps=2, step=0.1, random start)")]
    [DataRow("noise:0")]
    public void Strength_0_leaves_images_as_they_are(string text)
    {
        var images = RobustnessSamples.Images(Network.InputShape, 6, Network.ClassCount);
        using var engine = RobustnessSamples.Engine(batchSize: 4);
        var attacked = RobustnessSamples.Perturb(engine, images, AdversarialAttack.Parse(text), batchSize: 4);
        AssertSame(RobustnessSamples.Clean(images), attacked, text);
    }

    [TestMethod]
    [DataRow("fgsm:8/255")]
    [DataRow("pgd:8/255:4")]
    [DataRow("noise:0.1")]
    public void Attacked_images_do_not_depend_on_batch_size_threads_or_vector_width(string text)
    {
        var attack = AdversarialAttack.Parse(text);
        var images = RobustnessSamples.Images(Network.InputShape, 37, Network.ClassCount);
        using var first = RobustnessSamples.Engine(batchSize: 37);
        var expected = RobustnessSamples.Perturb(first, images, attack, batchSize: 37, seed: 9);
        foreach (var (width, batchSize, threads) in new[]
        {
            (VectorWidth.Scalar, 5, 1), (VectorWidth.Vector128, 16, 3), (VectorWidth.Vector256, 1, 2), (VectorWidth.Vector512, 33, 2),
        })
        {
            using var engine = RobustnessSamples.Engine(batchSize, threads, width);
            AssertSame(expected, RobustnessSamples.Perturb(engine, images, attack, batchSize, seed: 9, threads), $"{width}, batches of {batchSize}");
        }
    }

    [TestMethod]
    public void Random_starts_and_noise_are_functions_of_the_seed_and_the_index()
    {
        var images = RobustnessSamples.Images(Network.InputShape, 2, Network.ClassCount).Take([0, 0, 1]);
        using var engine = RobustnessSamples.Engine(batchSize: 3);
        foreach (string text in new[] { "PGD(0.2, steps=1, step=0.0001)", "noise:0.05" })
        {
            var attack = AdversarialAttack.Parse(text);
            var once = RobustnessSamples.Perturb(engine, images, attack, batchSize: 3, seed: 1);
            AssertSame(once, RobustnessSamples.Perturb(engine, images, attack, batchSize: 3, seed: 1), text);
            CollectionAssert.AreNotEqual(once[0], once[1], "The same image at another index.");
            CollectionAssert.AreNotEqual(once[0], RobustnessSamples.Perturb(engine, images, attack, batchSize: 3, seed: 2)[0], "Another seed.");
        }
    }

    [TestMethod]
    public void A_random_start_is_spread_evenly_over_the_ball()
    {
        // A model that is blind to its input leaves PGD where it started.
        var shape = new ImageShape(1, 8, 8);
        var images = Grey(shape, 200, value: 128);
        using var engine = new LinearEngine(ResNet.Parse("ResNet-8-2").Build(shape, 3), new float[64]);
        float[] moves = [.. RobustnessSamples.Perturb(engine, images, AdversarialAttack.ProjectedGradient(0.1), batchSize: 50).SelectMany(x => x).Select(x => x - 128 / 255f)];
        Assert.AreEqual(0, moves.Average(), 0.0025);
        Assert.AreEqual(0.1 * 0.1 / 3, moves.Average(x => x * x), 1e-4);
        Assert.IsTrue(moves.Max() > 0.0999 && moves.Min() < -0.0999);
    }

    [TestMethod]
    public void Noise_has_the_standard_deviation_that_was_asked_for()
    {
        var shape = new ImageShape(1, 8, 8);
        var images = Grey(shape, 200, value: 128);
        using var engine = new LinearEngine(ResNet.Parse("ResNet-8-2").Build(shape, 3), new float[64]);
        float[] moves = [.. RobustnessSamples.Perturb(engine, images, AdversarialAttack.GaussianNoise(0.05), batchSize: 64).SelectMany(x => x).Select(x => x - 128 / 255f)];
        Assert.AreEqual(0, moves.Average(), 0.002);
        Assert.AreEqual(0.05, Math.Sqrt(moves.Average(x => x * x)), 0.001);
    }

    [TestMethod]
    public void On_a_linear_model_every_attack_finds_the_worst_case()
    {
        var shape = new ImageShape(1, 8, 8);
        var random = new Random(5);
        float[] weights = [.. Enumerable.Range(0, 64).Select(_ => (float)(random.NextDouble() - 0.5))];
        using var engine = new LinearEngine(ResNet.Parse("ResNet-8-2").Build(shape, 3), weights);
        var images = RobustnessSamples.Images(shape, 20, 2);
        const double Epsilon = 0.07;
        foreach (var attack in new[]
        {
            AdversarialAttack.FastGradientSign(Epsilon), AdversarialAttack.ProjectedGradient(Epsilon), AdversarialAttack.ProjectedGradient(Epsilon, 3, randomStart: false),
        })
        {
            var attacked = RobustnessSamples.Perturb(engine, images, attack, batchSize: 7);
            for (int image = 0; image < images.Count; image++)
            {
                // Each pixel goes as far as the ball and [0, 1] let it, against the true class.
                var worst = RobustnessSamples.Clean(images)[image].Select((x, i) =>
                    (float)Math.Clamp(x + Epsilon * Math.Sign(weights[i]) * (images.Label(image) == 1 ? -1 : 1), 0, 1)).ToArray();
                Assert.AreEqual(engine.Margin(worst), engine.Margin(attacked[image]), 1e-5, $"{attack}, image {image}");
            }
        }
    }

    [TestMethod]
    public void A_gradient_that_is_not_a_number_is_told_with_its_image()
    {
        var shape = new ImageShape(1, 8, 8);
        using var engine = new LinearEngine(ResNet.Parse("ResNet-8-2").Build(shape, 3), [.. Enumerable.Repeat(float.NaN, 64)]);
        var images = RobustnessSamples.Images(shape, 3, 2);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => RobustnessSamples.Perturb(engine, images, AdversarialAttack.FastGradientSign(0.1), 3));
        StringAssert.Contains(error.Message, "image 0");
    }

    [TestMethod]
    public void Cancellation_is_heard_between_steps()
    {
        var shape = new ImageShape(1, 8, 8);
        using var engine = new LinearEngine(ResNet.Parse("ResNet-8-2").Build(shape, 3), new float[64]);
        using var source = new CancellationTokenSource();
        int steps = 0;
        engine.BeforeGradients = () =>
        {
            if (++steps == 3)
            {
                source.Cancel();
            }
        };
        using var context = new PerturbationContext(engine, RobustnessSamples.Images(shape, 3, 2), 3) { CancellationToken = source.Token };
        context.Batch.Fill([0, 1, 2]);
        Assert.ThrowsExactly<OperationCanceledException>(() => AdversarialAttack.ProjectedGradient(0.1, steps: 100).Perturb(context));
        Assert.AreEqual(3, steps);
    }

    private static ImageSet Grey(ImageShape shape, int count, byte value)
    {
        var builder = new ImageSetBuilder(shape, ["zero", "one"]);
        byte[] pixels = [.. Enumerable.Repeat(value, shape.Size)];
        for (int image = 0; image < count; image++)
        {
            builder.Add(pixels, image % 2);
        }

        return builder.Build();
    }

    private static void AssertSame(float[][] expected, float[][] actual, string what)
    {
        Assert.AreEqual(expected.Length, actual.Length, what);
        for (int image = 0; image < expected.Length; image++)
        {
            CollectionAssert.AreEqual(
                Array.ConvertAll(expected[image], BitConverter.SingleToInt32Bits), Array.ConvertAll(actual[image], BitConverter.SingleToInt32Bits), $"{what}, image {image}");
        }
    }
}
