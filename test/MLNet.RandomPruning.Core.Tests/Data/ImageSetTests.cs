using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Core.Tests.Data;

[TestClass]
public sealed class ImageSetTests
{
    private static readonly string[] TwoClasses = ["cat", "dog"];

    /// <summary>Images whose bytes and labels are told by the index alone.</summary>
    private static ImageSet Numbered(ImageShape shape, int count)
    {
        var builder = new ImageSetBuilder(shape, ["a", "b", "c"]);
        var pixels = new byte[shape.Size];
        for (int index = 0; index < count; index++)
        {
            FillNumbered(pixels, index);
            builder.Add(pixels, index % 3);
        }

        return builder.Build();
    }

    private static void FillNumbered(Span<byte> pixels, int index)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(index * 31 + i * 7 + (index >> 8));
        }
    }

    private static void AssertImage(ImageSet set, int at, int expected)
    {
        var pixels = new byte[set.Shape.Size];
        FillNumbered(pixels, expected);
        Assert.IsTrue(set.Image(at).SequenceEqual(pixels), $"image {at} of the set is not image {expected}");
        Assert.AreEqual(expected % 3, set.Label(at));
    }

    [TestMethod]
    [DataRow(1, 1, 1, 1)]
    [DataRow(3, 32, 32, 1)]
    [DataRow(3, 32, 32, 1024)] // one full page
    [DataRow(3, 32, 32, 3000)] // several pages
    [DataRow(3, 30, 31, 4000)]
    [DataRow(3, 1200, 1200, 3)] // an image larger than a page
    public void Images_come_back_from_every_page(int channels, int height, int width, int count)
    {
        var set = Numbered(new ImageShape(channels, height, width), count);
        Assert.AreEqual(count, set.Count);
        for (int index = 0; index < count; index++)
        {
            AssertImage(set, index, index);
        }
    }

    [TestMethod]
    public void An_image_is_copied_when_added()
    {
        var builder = new ImageSetBuilder(new ImageShape(1, 1, 2), TwoClasses);
        byte[] pixels = [1, 2];
        builder.Add(pixels, 1);
        pixels[0] = 9;
        CollectionAssert.AreEqual(new byte[] { 1, 2 }, builder.Build().Image(0).ToArray());
    }

    [TestMethod]
    public void Slices_and_selections_of_each_other_are_views_of_the_same_bytes()
    {
        var set = Numbered(new ImageShape(3, 32, 32), 2000);
        var slice = set.Slice(900, 500);
        var taken = slice.Take([499, 0, 0, 123]);
        var part = taken.Slice(1, 3);
        Assert.AreEqual(500, slice.Count);
        AssertImage(slice, 0, 900);
        AssertImage(slice, 499, 1399);
        AssertImage(taken, 0, 1399);
        Assert.AreEqual(3, part.Count);
        AssertImage(part, 0, 900);
        AssertImage(part, 1, 900);
        AssertImage(part, 2, 1023);
        Assert.IsTrue(part.Image(2).Overlaps(set.Image(1023)), "a view must not copy the bytes");
        CollectionAssert.AreEqual(new[] { 3, 1, 0 }, taken.CountByClass()); // images 1399, 900, 900, 1023
        Assert.AreEqual(0, set.Slice(2000, 0).Count);
    }

    [TestMethod]
    [DataRow(50000, 0.1, 5000)]
    [DataRow(10, 0.25, 3)] // round(2.5) away from zero
    [DataRow(7, 0.1, 1)]
    [DataRow(4, 0, 0)]
    public void A_split_holds_out_the_last_images(int count, double fraction, int held)
    {
        var (train, validation) = Numbered(new ImageShape(1, 1, 1), count).SplitLast(fraction);
        Assert.AreEqual(count - held, train.Count);
        Assert.AreEqual(held, validation.Count);
        AssertImage(train, 0, 0);
        AssertImage(train, train.Count - 1, count - held - 1);
        if (held > 0)
        {
            AssertImage(validation, 0, count - held);
        }
    }

    [TestMethod]
    [DataRow(-0.1)]
    [DataRow(1.0)]
    [DataRow(double.NaN)]
    public void A_share_outside_its_range_is_refused(double fraction)
    {
        var set = Numbered(new ImageShape(1, 1, 1), 10);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.SplitLast(fraction));
    }

    [TestMethod]
    public void A_split_that_leaves_a_part_empty_is_refused()
    {
        var set = Numbered(new ImageShape(1, 1, 1), 4);
        var error = Assert.ThrowsExactly<ArgumentException>(() => set.SplitLast(0.1));
        StringAssert.Contains(error.Message, "0.1 of 4 images leaves 4 for training and 0 for validation");
        Assert.ThrowsExactly<ArgumentException>(() => set.SplitLast(0.9));
    }

    [TestMethod]
    public void Indices_outside_the_set_are_refused()
    {
        var set = Numbered(new ImageShape(1, 1, 1), 10).Slice(2, 5);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.Image(5).Length);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.Image(-1).Length);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.Label(5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.Slice(3, 3));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.Slice(-1, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.Slice(1, int.MaxValue));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => set.Take([0, 5]));
    }

    [TestMethod]
    public void The_builder_names_the_image_that_does_not_fit()
    {
        var builder = new ImageSetBuilder(new ImageShape(3, 2, 2), TwoClasses);
        builder.Add(new byte[12], 0);
        var size = Assert.ThrowsExactly<ArgumentException>(() => builder.Add(new byte[11], 0));
        StringAssert.Contains(size.Message, "Image 1 has 11 values; an image of 3×2×2 has 12.");
        var label = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => builder.Add(new byte[12], 2));
        StringAssert.Contains(label.Message, "Image 1 has label 2; with 2 classes the labels go from 0 to 1.");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => builder.Add(new byte[12], -1));
        Assert.AreEqual(1, builder.Build().Count);
        Assert.ThrowsExactly<InvalidOperationException>(() => builder.Add(new byte[12], 0));
        Assert.ThrowsExactly<InvalidOperationException>(builder.Build);
    }

    [TestMethod]
    public void Impossible_shapes_and_classes_are_refused()
    {
        foreach (var shape in new[] { new ImageShape(0, 2, 2), new ImageShape(3, -1, 2), new ImageShape(1024, 65536, 65536) })
        {
            Assert.ThrowsExactly<ArgumentException>(() => new ImageSetBuilder(shape, TwoClasses));
        }

        Assert.ThrowsExactly<ArgumentException>(() => new ImageSetBuilder(new ImageShape(1, 1, 1), []));
        Assert.ThrowsExactly<ArgumentException>(() => new ImageSetBuilder(new ImageShape(1, 1, 1), ["a", null!]));
    }

    [TestMethod]
    public void Normalisation_is_estimated_from_all_pixels_of_a_channel()
    {
        // Channel 0: 0, 255, 255, 0 → mean 1/2, deviation 1/2. Channel 1: 51 everywhere → mean 1/5. Channel 2: 0, 0, 0, 255.
        var builder = new ImageSetBuilder(new ImageShape(3, 1, 2), TwoClasses);
        builder.Add([0, 255, 51, 51, 0, 0], 0);
        builder.Add([255, 0, 51, 51, 0, 255], 1);
        var set = builder.Build();
        var estimate = PixelNormalization.Estimate(set);
        Assert.AreEqual(0.5f, estimate.Mean[0]);
        Assert.AreEqual(0.5f, estimate.StandardDeviation[0]);
        Assert.AreEqual(0.2f, estimate.Mean[1]);
        Assert.AreEqual(1f, estimate.StandardDeviation[1]);
        Assert.AreEqual(0.25f, estimate.Mean[2]);
        Assert.AreEqual((float)Math.Sqrt(3.0 / 16), estimate.StandardDeviation[2]);
        Assert.ThrowsExactly<ArgumentException>(() => PixelNormalization.Estimate(set.Slice(0, 0)));
    }

    [TestMethod]
    public void Normalisation_does_not_depend_on_the_order_and_agrees_with_the_definition()
    {
        var set = Numbered(new ImageShape(2, 5, 7), 300);
        var estimate = PixelNormalization.Estimate(set);
        var reversed = PixelNormalization.Estimate(set.Take([.. Enumerable.Range(0, 300).Reverse()]));
        for (int channel = 0; channel < 2; channel++)
        {
            double[] values = [.. Enumerable.Range(0, 300).SelectMany(i => set.Image(i).Slice(channel * 35, 35).ToArray()).Select(b => b / 255.0)];
            double mean = values.Average();
            Assert.AreEqual(mean, estimate.Mean[channel], 1e-7);
            Assert.AreEqual(Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), estimate.StandardDeviation[channel], 1e-7);
            Assert.AreEqual(estimate.Mean[channel], reversed.Mean[channel]);
            Assert.AreEqual(estimate.StandardDeviation[channel], reversed.StandardDeviation[channel]);
        }
    }
}
