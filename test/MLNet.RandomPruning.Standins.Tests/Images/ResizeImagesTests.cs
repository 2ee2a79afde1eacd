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
        IDataView data = Rows.AnySize(Rows.RandomImage(new Random(1), 9, 4));

        IDataView resized = _ml.Transforms.ResizeImages("Small", 5, 3, "Image").Fit(data).Transform(data);

        Assert.AreEqual(new ImageDataViewType(3, 5), resized.Schema["Small"].Type);
        Assert.AreEqual((5, 3), Rows.Read<MLImage, (int, int)>(resized, "Small", image => (image.Width, image.Height)).Single());
    }

    [TestMethod]
    public void AnImageOfTheNewSizeIsHandedOnItself()
    {
        foreach (ResizingKind kind in Enum.GetValues<ResizingKind>())
        {
            MLImage source = Rows.RandomImage(new Random(2), 6, 5, MLPixelFormat.Rgba32);
            IDataView data = Rows.AnySize(source);
            IDataView resized = _ml.Transforms.ResizeImages("Out", 6, 5, "Image", kind).Fit(data).Transform(data);
            Assert.AreSame(source, Rows.Read<MLImage>(resized, "Out").Single());
        }
    }

    [TestMethod]
    public void ANewImageHasBlueFirstAndTheTagOfTheOld()
    {
        MLImage source = Rows.RandomImage(new Random(2), 6, 5, MLPixelFormat.Rgba32);
        source.Tag = "tag";
        IDataView data = Rows.AnySize(source);
        IDataView resized = _ml.Transforms.ResizeImages("Out", 3, 3, "Image").Fit(data).Transform(data);
        Assert.AreEqual((MLPixelFormat.Bgra32, "tag"), Rows.Read<MLImage, (MLPixelFormat, string)>(resized, "Out", image => (image.PixelFormat, image.Tag)).Single());
    }

    [TestMethod]
    public void StretchedPixelsAreTheOldOnesUnderTheirCentres()
    {
        var random = new Random(3);

        // None of these sizes puts a centre between two pixels.
        foreach ((int width, int height, int newWidth, int newHeight) in new[]
        {
            (7, 5, 3, 2), (3, 2, 7, 8), (15, 15, 5, 23), (1, 1, 4, 3), (31, 2, 2, 2), (11, 11, 1, 1), (13, 9, 12, 7),
        })
        {
            using MLImage source = Rows.RandomImage(random, width, height, opaque: false);
            using MLImage image = Resize(source, newWidth, newHeight, ResizingKind.Fill);
            ImageAssert.Pixels(image, newWidth, newHeight, (y, x) =>
                Rows.Color(source, (int)((y + 0.5) * height / newHeight), (int)((x + 0.5) * width / newWidth)));
        }
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(4)]
    [DataRow(8)]
    public void AFinePatternShrinksToItsMean(int factor)
    {
        var pixels = new byte[64 * 64 * 4];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = i % 4 == 3 || (i / 4 % 64 + i / 256) % 2 == 0 ? (byte)255 : (byte)0;
        }

        using MLImage source = MLImage.CreateFromPixels(64, 64, MLPixelFormat.Bgra32, pixels);
        foreach (ResizingKind kind in new[] { ResizingKind.IsoCrop, ResizingKind.IsoPad })
        {
            using MLImage image = Resize(source, 64 / factor, 64 / factor, kind);
            ImageAssert.Pixels(image, 64 / factor, 64 / factor, (_, _) => (127, 127, 127, 255), tolerance: 1);
        }
    }

    [TestMethod]
    [DataRow(Anchor.Left, 0.0, 0.5)]
    [DataRow(Anchor.Right, 1.0, 0.5)]
    [DataRow(Anchor.Top, 0.5, 0.0)]
    [DataRow(Anchor.Bottom, 0.5, 1.0)]
    [DataRow(Anchor.Center, 0.5, 0.5)]
    public void CroppingKeepsTheAnchoredPart(Anchor anchor, double shareX, double shareY)
    {
        var random = new Random((int)anchor);
        foreach ((int width, int height, int newWidth, int newHeight) in new[] { (12, 6, 6, 6), (6, 14, 6, 4), (9, 5, 3, 5), (4, 9, 4, 1) })
        {
            using MLImage source = Rows.RandomImage(random, width, height);
            using MLImage image = Resize(source, newWidth, newHeight, ResizingKind.IsoCrop, anchor);
            int left = (int)((width - newWidth) * shareX + 0.5);
            int top = (int)((height - newHeight) * shareY + 0.5);
            ImageAssert.Pixels(image, newWidth, newHeight, (y, x) => Rows.Color(source, top + y, left + x));
        }
    }

    [TestMethod]
    [DataRow(Anchor.Left, 0.0, 0.5)]
    [DataRow(Anchor.Right, 1.0, 0.5)]
    [DataRow(Anchor.Top, 0.5, 0.0)]
    [DataRow(Anchor.Bottom, 0.5, 1.0)]
    [DataRow(Anchor.Center, 0.5, 0.5)]
    public void ASmoothImageStaysThatWhenItsPartIsScaled(Anchor anchor, double shareX, double shareY)
    {
        foreach ((int width, int height, int side) in new[] { (60, 40, 20), (40, 60, 30), (64, 64, 48), (50, 30, 60), (80, 50, 10) })
        {
            using MLImage source = Gradient(width, height);
            using MLImage image = Resize(source, side, side, ResizingKind.IsoCrop, anchor);
            double scale = Math.Min(width, height) / (double)side;

            // At the border the filters differ, and the crop may be half a pixel off.
            double tolerance = 3 * scale + 3;
            for (int y = 0; y < side; y++)
            {
                for (int x = 0; x < side; x++)
                {
                    double column = (width - side * scale) * shareX + (x + 0.5) * scale - 0.5;
                    double row = (height - side * scale) * shareY + (y + 0.5) * scale - 0.5;
                    Assert.AreEqual(3 * column, Rows.Channel(image, y, x, 'R'), tolerance, $"red of row {y}, column {x}, of {width}×{height}");
                    Assert.AreEqual(3 * row, Rows.Channel(image, y, x, 'G'), tolerance, $"green of row {y}, column {x}, of {width}×{height}");
                }
            }
        }
    }

    [TestMethod]
    [DataRow(Anchor.Left)]
    [DataRow(Anchor.Right)]
    [DataRow(Anchor.Top)]
    [DataRow(Anchor.Bottom)]
    [DataRow(Anchor.Center)]
    public void PaddingLeavesTheRestEmptyAndTheImageInTheMiddleWhateverTheAnchor(Anchor anchor)
    {
        // 16×8 becomes 8×4 in a square of 8.
        using MLImage source = Rows.RandomImage(new Random(9), 16, 8);
        using MLImage image = Resize(source, 8, 8, ResizingKind.IsoPad, anchor);
        ImageAssert.Pixels(image, 8, 8, (y, x) => y is < 2 or >= 6 ? (0, 0, 0, 0) : Mean(source, 2 * (y - 2), 2 * x), tolerance: 1);
    }

    /// <summary>Sizes are Singles without their fraction: 31 / 7 · 7 is not quite 31.</summary>
    [TestMethod]
    [DataRow(7, 31, true)]
    [DataRow(11, 26, true)]
    [DataRow(23, 7, true)]
    [DataRow(8, 31, false)]
    [DataRow(32, 7, false)]
    public void ForSomeSizesTheLastRowAndColumnOfACropStayEmpty(int side, int newSide, bool areEmpty)
    {
        using MLImage source = Rows.RandomImage(new Random(side), side, side);
        using MLImage image = Resize(source, newSide, newSide, ResizingKind.IsoCrop);
        for (int i = 0; i < newSide; i++)
        {
            Assert.AreEqual(areEmpty ? 0 : 255, Rows.Channel(image, newSide - 1, i, 'A'));
            Assert.AreEqual(areEmpty ? 0 : 255, Rows.Channel(image, i, newSide - 1, 'A'));
        }
    }

    [TestMethod]
    public void OneColorStaysThatColorWhateverTheSize()
    {
        var pixels = new byte[12 * 6 * 4];
        for (int i = 0; i < pixels.Length; i += 4)
        {
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (33, 144, 211, 255);
        }

        using MLImage source = MLImage.CreateFromPixels(12, 6, MLPixelFormat.Bgra32, pixels);
        foreach ((int width, int height) in new[] { (1, 1), (5, 5), (36, 3) })
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
        IDataView data = Rows.AnySize(source);
        IDataView resized = _ml.Transforms.ResizeImages("Out", width, height, "Image", kind, anchor).Fit(data).Transform(data);
        return Rows.ReadImages(resized, "Out").Single();
    }

    /// <summary>Red rises by 3 a column, green by 3 a row.</summary>
    private static MLImage Gradient(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (int i = 0; i < pixels.Length; i += 4)
        {
            (pixels[i], pixels[i + 1], pixels[i + 3]) = ((byte)(i / 4 % width * 3), (byte)(i / 4 / width * 3), 255);
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    /// <summary>The mean of two by two pixels, without its fraction.</summary>
    private static (int Red, int Green, int Blue, int Alpha) Mean(MLImage image, int y, int x)
    {
        int[] sums = new int[4];
        foreach ((int dy, int dx) in new[] { (0, 0), (0, 1), (1, 0), (1, 1) })
        {
            for (int c = 0; c < 4; c++)
            {
                sums[c] += Rows.Channel(image, y + dy, x + dx, "RGBA"[c]);
            }
        }

        return (sums[0] / 4, sums[1] / 4, sums[2] / 4, sums[3] / 4);
    }
}
