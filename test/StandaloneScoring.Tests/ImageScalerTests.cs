using StandaloneScoring.Images;

namespace StandaloneScoring.Tests;

/// <summary>Scaling against the definition, pixel by pixel in two dimensions.</summary>
[TestClass]
public sealed class ImageScalerTests
{
    [TestMethod]
    public void EachPixel_IsTheMeanOfThoseAroundItsCentre()
    {
        var random = new Random(4);
        for (int trial = 0; trial < 60; trial++)
        {
            var image = RgbImage.Create(random.Next(1, 40), random.Next(1, 40));
            random.NextBytes(image.Pixels);
            int width = random.Next(1, 20), height = random.Next(1, 20);
            byte[] actual = ImageScaler.Cover(image, width, height);
            Assert.HasCount(width * height * 3, actual);
            for (int i = 0; i < actual.Length; i++)
            {
                double expected = Naive(image, width, height, i / 3 % width, i / 3 / width, i % 3);
                Assert.AreEqual(expected, actual[i], 0.51, $"{image.Width}×{image.Height} to {width}×{height}, value {i}");
            }
        }
    }

    [TestMethod]
    public void AnImageOfTheRightSize_StaysAsItIs()
    {
        var image = RgbImage.Create(7, 5);
        new Random(1).NextBytes(image.Pixels);
        CollectionAssert.AreEqual(image.Pixels, ImageScaler.Cover(image, 7, 5));
    }

    [TestMethod]
    public void WhatIsTooWide_IsCutOffOnBothSides()
    {
        // Ten columns, of which the middle four are white.
        var image = RgbImage.Create(10, 4);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = i / 3 % 10 is >= 3 and < 7 ? (byte)255 : (byte)0;
        }

        Assert.IsTrue(ImageScaler.Cover(image, 4, 4).All(value => value == 255));
        Assert.IsTrue(ImageScaler.Cover(image, 1, 1).All(value => value > 180));
    }

    // The weight of an old pixel falls in a straight line from 1 at the new pixel's centre to 0 at the distance of a step, or of a pixel
    // where the image grows.
    private static double Naive(RgbImage image, int width, int height, int x, int y, int channel)
    {
        double step = Math.Min((double)image.Width / width, (double)image.Height / height), reach = Math.Max(1, step);
        double centreX = image.Width / 2.0 + (x + 0.5 - width / 2.0) * step, centreY = image.Height / 2.0 + (y + 0.5 - height / 2.0) * step;
        double sum = 0, weights = 0;
        for (int row = 0; row < image.Height; row++)
        {
            for (int column = 0; column < image.Width; column++)
            {
                double weight = Math.Max(0, 1 - Math.Abs(column + 0.5 - centreX) / reach) * Math.Max(0, 1 - Math.Abs(row + 0.5 - centreY) / reach);
                weights += weight;
                sum += weight * image.Pixels[(row * image.Width + column) * 3 + channel];
            }
        }

        return sum / weights;
    }
}
