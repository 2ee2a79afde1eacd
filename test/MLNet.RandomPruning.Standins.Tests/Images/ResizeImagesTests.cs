using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using static Microsoft.ML.Transforms.Image.ImageResizingEstimator;

namespace MLNet.RandomPruning.Standins.Tests.Images;

[TestClass]
public class ResizeImagesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void TheColumnHasTheNewSize()
    {
        using MLImage source = Rows.RandomImage(new Random(1), 9, 4);
        IDataView data = _ml.Data.LoadFromEnumerable([new ImageRow { Image = source }]);

        IDataView resized = _ml.Transforms.ResizeImages("Small", 5, 3, "Image").Fit(data).Transform(data);

        Assert.AreEqual(new ImageDataViewType(3, 5), resized.Schema["Small"].Type);
        using MLImage image = Rows.Read<MLImage>(resized, "Small").Single();
        Assert.AreEqual((5, 3), (image.Width, image.Height));
    }

    [TestMethod]
    public void ImagesOfTheNewSizeStayAsTheyAre()
    {
        using MLImage source = Rows.RandomImage(new Random(2), 6, 5);
        foreach (ResizingKind kind in Enum.GetValues<ResizingKind>())
        {
            using MLImage image = Resize(source, 6, 5, kind);
            ImageAssert.Pixels(image, 6, 5, (y, x) => Color(source, y, x));
        }
    }

    [TestMethod]
    [StandinsOnly]
    public void StretchedPixelsAreTheWeightedMeanOfTheirNeighbours()
    {
        var random = new Random(3);
        foreach ((int width, int height, int newWidth, int newHeight) in new[]
        {
            (7, 5, 3, 2), (3, 2, 7, 9), (16, 16, 5, 23), (1, 1, 4, 3), (31, 2, 2, 2), (10, 10, 1, 1), (13, 8, 12, 7),
        })
        {
            using MLImage source = Rows.RandomImage(random, width, height);
            using MLImage image = Resize(source, newWidth, newHeight, ResizingKind.Fill);
            ImageAssert.Pixels(image, newWidth, newHeight, (y, x) => Naive(source, 0, 0, width, height, newWidth, newHeight, y, x), tolerance: 1);
        }
    }

    [TestMethod]
    [StandinsOnly]
    public void AFinePatternShrinksToItsMean()
    {
        var pixels = new byte[64 * 64 * 4];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = i % 4 == 3 || (i / 4 % 64 + i / 256) % 2 == 0 ? (byte)255 : (byte)0;
        }

        using MLImage source = MLImage.CreateFromPixels(64, 64, MLPixelFormat.Bgra32, pixels);
        using MLImage image = Resize(source, 8, 8, ResizingKind.Fill);
        ImageAssert.Pixels(image, 8, 8, (_, _) => (128, 128, 128, 255), tolerance: 1);
    }

    [TestMethod]
    [StandinsOnly]
    [DataRow(Anchor.Left, 0.0, 0.5)]
    [DataRow(Anchor.Right, 1.0, 0.5)]
    [DataRow(Anchor.Top, 0.5, 0.0)]
    [DataRow(Anchor.Bottom, 0.5, 1.0)]
    [DataRow(Anchor.Center, 0.5, 0.5)]
    public void CroppingKeepsTheAnchoredPart(Anchor anchor, double shareX, double shareY)
    {
        var random = new Random((int)anchor);
        foreach ((int width, int height, int side) in new[] { (12, 6, 6), (6, 14, 3), (9, 5, 4), (5, 5, 8), (4, 9, 10) })
        {
            using MLImage source = Rows.RandomImage(random, width, height);
            int shown = Math.Min(width, height);
            using MLImage image = Resize(source, side, side, ResizingKind.IsoCrop, anchor);
            ImageAssert.Pixels(
                image, side, side,
                (y, x) => Naive(source, (width - shown) * shareX, (height - shown) * shareY, shown, shown, side, side, y, x), tolerance: 1);
        }
    }

    [TestMethod]
    [StandinsOnly]
    [DataRow(Anchor.Left, 0, 2)]
    [DataRow(Anchor.Right, 0, 2)]
    [DataRow(Anchor.Top, 0, 0)]
    [DataRow(Anchor.Bottom, 0, 4)]
    [DataRow(Anchor.Center, 0, 2)]
    public void PaddingLeavesTheRestEmpty(Anchor anchor, int left, int top)
    {
        // 16×8 becomes 8×4 in a square of 8.
        using MLImage source = Rows.RandomImage(new Random(9), 16, 8);
        using MLImage image = Resize(source, 8, 8, ResizingKind.IsoPad, anchor);
        ImageAssert.Pixels(
            image, 8, 8,
            (y, x) => y < top || y >= top + 4 ? (0, 0, 0, 0) : Naive(source, 0, 0, 16, 8, 8, 4, y - top, x - left), tolerance: 1);
    }

    [TestMethod]
    [StandinsOnly]
    public void TransparentPixelsLendNoColor()
    {
        byte[] pixels = [10, 20, 30, 255, 200, 210, 220, 0];
        using MLImage source = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Rgba32, pixels);
        using MLImage image = Resize(source, 1, 1, ResizingKind.Fill);
        ImageAssert.Pixels(image, 1, 1, (_, _) => (10, 20, 30, 128), tolerance: 1);
    }

    [TestMethod]
    public void OneColorStaysThatColorWhateverTheSize()
    {
        var pixels = new byte[11 * 6 * 4];
        for (int i = 0; i < pixels.Length; i += 4)
        {
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (33, 144, 211, 255);
        }

        using MLImage source = MLImage.CreateFromPixels(11, 6, MLPixelFormat.Bgra32, pixels);
        foreach ((int width, int height) in new[] { (1, 1), (5, 5), (40, 3) })
        {
            foreach (ResizingKind kind in new[] { ResizingKind.Fill, ResizingKind.IsoCrop })
            {
                using MLImage image = Resize(source, width, height, kind);
                ImageAssert.Pixels(image, width, height, (_, _) => (211, 144, 33, 255), tolerance: 1);
            }
        }
    }

    [TestMethod]
    public void WrongColumnsAndSizesAreRefused()
    {
        IDataView paths = _ml.Data.LoadFromEnumerable([new PathRow { Path = "a" }]);
        Assert.Contains("'Path'", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ResizeImages("Out", 2, 2, "Path").Fit(paths)).Message);
        Assert.Throws<ArgumentException>(() => _ml.Transforms.ResizeImages("Out", 0, 2, "Image"));
        Assert.Throws<ArgumentException>(() => _ml.Transforms.ResizeImages("Out", 2, -2, "Image"));
    }

    private MLImage Resize(MLImage source, int width, int height, ResizingKind kind, Anchor anchor = Anchor.Center)
    {
        IDataView data = _ml.Data.LoadFromEnumerable([new ImageRow { Image = source }]);
        IDataView resized = _ml.Transforms.ResizeImages("Out", width, height, "Image", kind, anchor).Fit(data).Transform(data);
        return Rows.Read<MLImage>(resized, "Out").Single();
    }

    private static (int Red, int Green, int Blue, int Alpha) Color(MLImage image, int y, int x) =>
        (Rows.Channel(image, y, x, 'R'), Rows.Channel(image, y, x, 'G'), Rows.Channel(image, y, x, 'B'), Rows.Channel(image, y, x, 'A'));

    /// <summary>The mean over all pixels of the image, weighted by triangles in both directions around the new pixel's centre.</summary>
    private static (int Red, int Green, int Blue, int Alpha) Naive(
        MLImage image, double left, double top, double shownWidth, double shownHeight, int newWidth, int newHeight, int y, int x)
    {
        double scaleX = shownWidth / newWidth;
        double scaleY = shownHeight / newHeight;
        double total = 0;
        var sums = new double[3];
        for (int v = 0; v < image.Height; v++)
        {
            for (int u = 0; u < image.Width; u++)
            {
                double weight = Triangle(u + 0.5 - left - (x + 0.5) * scaleX, scaleX) * Triangle(v + 0.5 - top - (y + 0.5) * scaleY, scaleY);
                total += weight;
                for (int c = 0; c < 3; c++)
                {
                    sums[c] += weight * Rows.Channel(image, v, u, "RGB"[c]);
                }
            }
        }

        return ((int)Math.Round(sums[0] / total), (int)Math.Round(sums[1] / total), (int)Math.Round(sums[2] / total), 255);
    }

    private static double Triangle(double distance, double scale) => Math.Max(0, 1 - Math.Abs(distance) / Math.Max(1, scale));
}
