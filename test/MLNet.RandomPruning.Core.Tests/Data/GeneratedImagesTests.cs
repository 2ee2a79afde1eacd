using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Core.Tests.Data;

[TestClass]
public sealed class GeneratedImagesTests
{
    [TestMethod]
    public void An_image_depends_on_the_seed_and_its_index_alone()
    {
        var all = GeneratedImages.Create(60, seed: 4);
        var part = GeneratedImages.Create(17, seed: 4, firstIndex: 23);
        for (int i = 0; i < 17; i++)
        {
            Assert.IsTrue(part.Image(i).SequenceEqual(all.Image(23 + i)));
            Assert.AreEqual(all.Label(23 + i), part.Label(i));
        }
    }

    [TestMethod]
    public void No_two_images_are_the_same_within_or_between_seeds()
    {
        var seen = new HashSet<string>();
        foreach (long seed in new long[] { 0, 1, -5 })
        {
            var set = GeneratedImages.Create(200, seed);
            for (int i = 0; i < set.Count; i++)
            {
                Assert.IsTrue(seen.Add(Convert.ToHexString(set.Image(i))));
            }
        }
    }

    [TestMethod]
    public void Classes_are_named_and_balanced()
    {
        var set = GeneratedImages.Create(200, firstIndex: 7);
        Assert.AreEqual(GeneratedImages.Shape, set.Shape);
        CollectionAssert.AreEqual(GeneratedImages.ClassNames.ToArray(), set.ClassNames.ToArray());
        Assert.AreEqual(10, GeneratedImages.ClassNames.Distinct().Count());
        Assert.IsTrue(set.CountByClass().All(count => count == 20));
    }

    [TestMethod]
    public void Impossible_ranges_are_refused_and_drawing_can_be_cancelled()
    {
        Assert.AreEqual(0, GeneratedImages.Create(0).Count);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GeneratedImages.Create(-1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GeneratedImages.Create(1, firstIndex: -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GeneratedImages.Create(2, firstIndex: int.MaxValue - 1));
        Assert.ThrowsExactly<OperationCanceledException>(() => GeneratedImages.Create(1, cancellationToken: new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void A_linear_model_stays_under_sixty_percent()
    {
        var images = GeneratedImages.Create(1500, seed: 1);
        Assert.IsLessThan(0.6, BestSoftmaxAccuracy(images.Slice(0, 1000), images.Slice(1000, 500)));
    }

    /// <summary>That the linear model of these tests can learn what is linear: each class brightens rows of its own, under noise.</summary>
    [TestMethod]
    public void The_linear_model_passes_ninety_percent_where_classes_are_linear()
    {
        var random = new Random(1);
        var builder = new ImageSetBuilder(GeneratedImages.Shape, GeneratedImages.ClassNames);
        var pixels = new byte[GeneratedImages.Shape.Size];
        for (int i = 0; i < 1500; i++)
        {
            for (int at = 0; at < pixels.Length; at++)
            {
                int row = at / 32 % 32;
                pixels[at] = (byte)(random.Next(200) + (row / 3 == i % 10 ? 20 : 0));
            }

            builder.Add(pixels, i % 10);
        }

        var images = builder.Build();
        Assert.IsGreaterThan(0.9, BestSoftmaxAccuracy(images.Slice(0, 1000), images.Slice(1000, 500)));
    }

    /// <summary>The best test accuracy that a softmax regression on the pixels reaches at any of several learning rates and epochs.</summary>
    private static double BestSoftmaxAccuracy(ImageSet train, ImageSet test)
    {
        var (trainData, testData) = (Centred(train), Centred(test));
        return new[] { 3e-3f, 3e-4f }.Max(rate => TrainSoftmax(trainData, testData, rate));
    }

    private static (float[][] Pixels, int[] Labels) Centred(ImageSet set) =>
        ([.. Enumerable.Range(0, set.Count).Select(i => set.Image(i).ToArray().Select(value => value / 64f - 2f).ToArray())],
            [.. Enumerable.Range(0, set.Count).Select(set.Label)]);

    private static double TrainSoftmax((float[][] Pixels, int[] Labels) train, (float[][] Pixels, int[] Labels) test, float rate)
    {
        const int epochs = 3;
        int classes = GeneratedImages.ClassNames.Count, size = GeneratedImages.Shape.Size;
        var weights = Enumerable.Range(0, classes).Select(_ => new float[size]).ToArray();
        var biases = new float[classes];
        double[] Logits(float[] pixels) => [.. weights.Select((row, c) => (double)Dot(row, pixels) + biases[c])];
        double best = 0;
        var order = Enumerable.Range(0, train.Labels.Length).ToArray();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            new Random(epoch).Shuffle(order);
            foreach (int i in order)
            {
                double[] logits = Logits(train.Pixels[i]);
                double peak = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - peak));
                for (int c = 0; c < classes; c++)
                {
                    float step = rate * (float)((train.Labels[i] == c ? 1 : 0) - Math.Exp(logits[c] - peak) / sum);
                    biases[c] += step;
                    AddScaled(weights[c], train.Pixels[i], step);
                }
            }

            int correct = test.Labels.Where((label, i) =>
            {
                double[] logits = Logits(test.Pixels[i]);
                return Array.IndexOf(logits, logits.Max()) == label;
            }).Count();
            best = Math.Max(best, correct / (double)test.Labels.Length);
        }

        return best;
    }

    private static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sum = System.Numerics.Vector<float>.Zero;
        for (int i = 0; i < left.Length; i += System.Numerics.Vector<float>.Count)
        {
            sum += new System.Numerics.Vector<float>(left[i..]) * new System.Numerics.Vector<float>(right[i..]);
        }

        return System.Numerics.Vector.Sum(sum);
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        for (int i = 0; i < target.Length; i += System.Numerics.Vector<float>.Count)
        {
            (new System.Numerics.Vector<float>(target[i..]) + factor * new System.Numerics.Vector<float>(source[i..])).CopyTo(target[i..]);
        }
    }
}
