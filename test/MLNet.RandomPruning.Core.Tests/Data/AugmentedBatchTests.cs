using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Core.Tests.Data;

[TestClass]
public sealed class AugmentedBatchTests
{
    private static ImageSet RandomImages(ImageShape shape, int count)
    {
        var random = new Random(shape.Size);
        var builder = new ImageSetBuilder(shape, ["a", "b"]);
        var pixels = new byte[shape.Size];
        for (int index = 0; index < count; index++)
        {
            random.NextBytes(pixels);
            builder.Add(pixels, index & 1);
        }

        return builder.Build();
    }

    /// <summary>Pads for real, crops, mirrors and divides, one pixel at a time.</summary>
    private static float[] Reference(ReadOnlySpan<byte> image, ImageShape shape, int padding, PaddingMode mode, AugmentedView view)
    {
        int tall = shape.Height + 2 * padding, wide = shape.Width + 2 * padding;
        var result = new float[shape.Size];
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            var padded = new byte[tall, wide];
            for (int row = 0; row < tall; row++)
            {
                for (int column = 0; column < wide; column++)
                {
                    int y = row - padding, x = column - padding;
                    bool inside = y >= 0 && y < shape.Height && x >= 0 && x < shape.Width;
                    if (!inside && mode == PaddingMode.Zero)
                    {
                        continue;
                    }

                    y = y < 0 ? -y : y >= shape.Height ? shape.Height - 2 - (y - shape.Height) : y;
                    x = x < 0 ? -x : x >= shape.Width ? shape.Width - 2 - (x - shape.Width) : x;
                    padded[row, column] = image[(channel * shape.Height + y) * shape.Width + x];
                }
            }

            for (int row = 0; row < shape.Height; row++)
            {
                for (int column = 0; column < shape.Width; column++)
                {
                    int from = view.Flip ? shape.Width - 1 - column : column;
                    result[(channel * shape.Height + row) * shape.Width + column] =
                        padded[row + padding + view.RowOffset, from + padding + view.ColumnOffset] / 255f;
                }
            }
        }

        return result;
    }

    [TestMethod]
    [DataRow(1, 1, 1, 0)]
    [DataRow(1, 2, 2, 1)]
    [DataRow(3, 5, 3, 2)]
    [DataRow(2, 9, 16, 3)]
    [DataRow(1, 17, 15, 14)]
    [DataRow(3, 32, 32, 0)]
    [DataRow(3, 32, 32, 1)]
    [DataRow(3, 32, 32, 4)]
    [DataRow(3, 28, 28, 4)]
    [DataRow(4, 33, 31, 30)]
    [DataRow(1, 7, 67, 6)]
    [DataRow(3, 64, 64, 8)]
    [DataRow(3, 20, 101, 5)]
    public void Every_pixel_is_that_of_a_padded_cropped_and_mirrored_image(int channels, int height, int width, int padding)
    {
        var shape = new ImageShape(channels, height, width);
        var set = RandomImages(shape, 24);
        int[] indices = [.. Enumerable.Range(0, 24)];
        foreach (var mode in Enum.GetValues<PaddingMode>())
        {
            foreach (bool flip in new[] { false, true })
            {
                var batch = new AugmentedBatch(set, 24);
                batch.Fill(indices, new Augmentation(padding, mode, flip), 7, 3);
                for (int i = 0; i < batch.Count; i++)
                {
                    // Surrounded by a mark, so that a write beyond the image shows.
                    var pixels = new float[shape.Size + 8];
                    Array.Fill(pixels, -1);
                    batch.CopyPixels(i, pixels);
                    var expected = Reference(set.Image(i), shape, padding, mode, batch.Views[i]);
                    Assert.IsTrue(pixels.AsSpan(0, shape.Size).SequenceEqual(expected), $"image {i}, {mode}, {batch.Views[i]}");
                    Assert.IsFalse(pixels.AsSpan(shape.Size).ContainsAnyExcept(-1f));
                }
            }
        }
    }

    [TestMethod]
    public void Without_augmentation_images_are_only_divided()
    {
        for (int width = 1; width <= 100; width++)
        {
            var set = RandomImages(new ImageShape(1, 1, width), 2);
            var batch = new AugmentedBatch(set, 5);
            batch.Fill([1, 0]);
            var pixels = new float[width];
            batch.CopyPixels(0, pixels);
            CollectionAssert.AreEqual(set.Image(1).ToArray().Select(value => value / 255f).ToArray(), pixels);
            CollectionAssert.AreEqual(new[] { 1, 0 }, batch.Labels.ToArray());
            CollectionAssert.AreEqual(new[] { 1, 0 }, batch.Indices.ToArray());
        }
    }

    [TestMethod]
    public void Offsets_are_uniform_independent_and_half_of_the_images_flip()
    {
        const int padding = 2, side = 2 * padding + 1, draws = 100_000;
        var counts = new int[side, side, 2];
        var augmentation = new Augmentation(padding);
        for (int image = 0; image < draws; image++)
        {
            var view = AugmentedView.Choose(augmentation, 17, image / 50_000, image % 50_000);
            counts[view.RowOffset + padding, view.ColumnOffset + padding, view.Flip ? 1 : 0]++;
        }

        // χ² with 49 degrees of freedom lies below 85.4 with probability 99.9 %.
        double expected = draws / (double)counts.Length;
        double chiSquare = counts.Cast<int>().Sum(count => (count - expected) * (count - expected) / expected);
        Assert.IsLessThan(85.4, chiSquare);
    }

    [TestMethod]
    public void A_view_depends_on_seed_epoch_and_image_alone()
    {
        var set = RandomImages(new ImageShape(3, 32, 32), 200);
        int[] indices = [.. Enumerable.Range(0, 200)];
        AugmentedView[] Views(int[] order, long seed, int epoch)
        {
            var batch = new AugmentedBatch(set, 300);
            batch.Fill(order, Augmentation.Cifar10, seed, epoch);
            var views = new AugmentedView[200];
            for (int i = 0; i < order.Length; i++)
            {
                views[order[i]] = batch.Views[i];
            }

            return views;
        }

        var first = Views(indices, 5, 2);
        CollectionAssert.AreEqual(first, Views([.. indices.Reverse()], 5, 2));
        Assert.AreEqual(first[77], Views([77], 5, 2)[77]);
        foreach (var other in new[] { Views(indices, 6, 2), Views(indices, 5, 3) })
        {
            // Of 162 views each is met by chance about once in 200 images.
            Assert.IsLessThan(15, first.Zip(other).Count(pair => pair.First == pair.Second));
        }
    }

    [TestMethod]
    public void Filling_and_reading_allocate_nothing()
    {
        var set = RandomImages(new ImageShape(3, 32, 32), 100);
        var batch = new AugmentedBatch(set, 100);
        int[] indices = [.. Enumerable.Range(0, 100)];
        var pixels = new float[set.Shape.Size];
        void Step(int epoch)
        {
            batch.Fill(indices, Augmentation.Cifar10, 1, epoch);
            for (int i = 0; i < batch.Count; i++)
            {
                batch.CopyPixels(i, pixels);
            }
        }

        Step(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step(1);
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Many_threads_read_the_same_pixels_as_one()
    {
        var set = RandomImages(new ImageShape(3, 32, 32), 256);
        var batch = new AugmentedBatch(set, 256);
        batch.Fill([.. Enumerable.Range(0, 256)], Augmentation.Cifar100, 1, 1);
        var one = new float[256 * set.Shape.Size];
        var many = new float[one.Length];
        for (int i = 0; i < 256; i++)
        {
            batch.CopyPixels(i, one.AsSpan(i * set.Shape.Size, set.Shape.Size));
        }

        Parallel.For(0, 256, i => batch.CopyPixels(i, many.AsSpan(i * set.Shape.Size, set.Shape.Size)));
        Assert.IsTrue(one.AsSpan().SequenceEqual(many));
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var set = RandomImages(new ImageShape(3, 4, 8), 10);
        var batch = new AugmentedBatch(set, 2);
        Assert.ThrowsExactly<ArgumentException>(() => batch.Fill([0, 1, 2]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => batch.Fill([0, 10]));
        var padding = Assert.ThrowsExactly<ArgumentException>(() => batch.Fill([0], Augmentation.Cifar10, 0, 0));
        StringAssert.Contains(padding.Message, "A padding of 4 takes images with more than 4 rows and columns, but they are 3×4×8");
        batch.Fill([3]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => batch.CopyPixels(1, new float[96]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => batch.CopyPixels(0, new float[95]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new AugmentedBatch(set, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Augmentation(-1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Augmentation(1, (PaddingMode)9));
    }
}
