using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using static Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator;

namespace MLNet.RandomPruning.Standins.Tests.Images;

/// <summary>ExtractPixels, ConvertToImage and ConvertToGrayscale.</summary>
[TestClass]
public class PixelsAndVectorsTests
{
    private const int Width = SmallImageRow.Width;
    private const int Height = SmallImageRow.Height;

    private static readonly ColorBits[] Choices =
    [
        ColorBits.Rgb, ColorBits.All, ColorBits.Alpha, ColorBits.Red, ColorBits.Green | ColorBits.Blue, ColorBits.Alpha | ColorBits.Blue,
    ];

    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void EveryChoiceOrderAndLayoutOfChannels()
    {
        var random = new Random(1);
        foreach (MLPixelFormat format in new[] { MLPixelFormat.Bgra32, MLPixelFormat.Rgba32 })
        {
            using MLImage image = Rows.RandomImage(random, Width, Height, format);
            IDataView data = _ml.Data.LoadFromEnumerable([new SmallImageRow { Image = image }]);
            foreach ((ColorBits colors, ColorsOrder order, bool interleaved) in Layouts())
            {
                IDataView asFloats = Transform(data, _ml.Transforms.ExtractPixels("Out", "Image", colors, order, interleaved, 3, 0.5f));
                IDataView asBytes = Transform(data, _ml.Transforms.ExtractPixels("Out", "Image", colors, order, interleaved, outputAsFloatArray: false));
                byte[] expected = Flatten(image, colors, order, interleaved);
                int channels = expected.Length / (Width * Height);

                CollectionAssert.AreEqual(
                    expected.Select(value => (value - 3) * 0.5f).ToArray(), Rows.Read<VBuffer<float>>(asFloats, "Out").Single().DenseValues().ToArray());
                CollectionAssert.AreEqual(expected, Rows.Read<VBuffer<byte>>(asBytes, "Out").Single().DenseValues().ToArray());
                var type = (VectorDataViewType)asFloats.Schema["Out"].Type;
                CollectionAssert.AreEqual(
                    interleaved ? new[] { Height, Width, channels } : new[] { channels, Height, Width }, type.Dimensions.ToArray());
            }
        }
    }

    [TestMethod]
    public void VectorsBecomeTheImagesTheyWereExtractedFrom()
    {
        using MLImage image = Rows.RandomImage(new Random(2), Width, Height);
        IDataView data = _ml.Data.LoadFromEnumerable([new SmallImageRow { Image = image }]);
        foreach ((ColorBits colors, ColorsOrder order, bool interleaved) in Layouts())
        {
            foreach (bool asFloat in new[] { true, false })
            {
                IDataView vectors = Transform(data, _ml.Transforms.ExtractPixels(
                    "Vector", "Image", colors, order, interleaved, scaleImage: asFloat ? 0.25f : 1, outputAsFloatArray: asFloat));
                IDataView images = Transform(vectors, _ml.Transforms.ConvertToImage(
                    Height, Width, "Out", "Vector", colors, order, interleaved, scaleImage: asFloat ? 4 : 1,
                    defaultAlpha: 255, defaultRed: 12, defaultGreen: 13, defaultBlue: 14));

                Assert.AreEqual(new ImageDataViewType(Height, Width), images.Schema["Out"].Type);
                using MLImage back = Rows.Read<MLImage>(images, "Out").Single();
                ImageAssert.Pixels(back, Width, Height, (y, x) => (
                    colors.HasFlag(ColorBits.Red) ? Rows.Channel(image, y, x, 'R') : 12,
                    colors.HasFlag(ColorBits.Green) ? Rows.Channel(image, y, x, 'G') : 13,
                    colors.HasFlag(ColorBits.Blue) ? Rows.Channel(image, y, x, 'B') : 14,
                    255));
            }
        }
    }

    [TestMethod]
    [StandinsOnly]
    public void ValuesOutsideTheRangeAreHeldAndNanIsRefused()
    {
        IDataView Data(float value) => _ml.Data.LoadFromEnumerable([new OnePixelRow { Vector = [-50, 300, value] }]);
        IEstimator<ITransformer> convert = _ml.Transforms.ConvertToImage(1, 1, "Out", "Vector", offsetImage: 10);

        using MLImage image = Rows.Read<MLImage>(Transform(Data(99.6f), convert), "Out").Single();
        ImageAssert.Pixels(image, 1, 1, (_, _) => (0, 255, 110, 255));
        Assert.Contains("NaN", Assert.Throws<InvalidOperationException>(() => Rows.Read<MLImage>(Transform(Data(float.NaN), convert), "Out")).Message);
    }

    [TestMethod]
    public void WrongColumnsAreRefused()
    {
        using MLImage image = Rows.RandomImage(new Random(3), 2, 2);
        IDataView anySize = _ml.Data.LoadFromEnumerable([new ImageRow { Image = image }]);
        IDataView vectors = _ml.Data.LoadFromEnumerable([new OnePixelRow { Vector = [1, 2, 3] }]);

        Assert.Throws<Exception>(() => Transform(anySize, _ml.Transforms.ExtractPixels("Out", "Image")).Schema);
        Assert.Contains("'Vector'", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractPixels("Out", "Vector").Fit(vectors)).Message);
        Assert.Throws<Exception>(() => Transform(vectors, _ml.Transforms.ConvertToImage(2, 1, "Out", "Vector")).Schema);
        Assert.Throws<ArgumentException>(() => _ml.Transforms.ConvertToImage(0, 1, "Out", "Vector"));
    }

    [TestMethod]
    [StandinsOnly]
    public void AnImageOfAnotherSizeThanItsColumnIsNamedByRow()
    {
        var random = new Random(4);
        IDataView data = _ml.Data.LoadFromEnumerable(
        [
            new SmallImageRow { Image = Rows.RandomImage(random, Width, Height) },
            new SmallImageRow { Image = Rows.RandomImage(random, Width + 1, Height) },
        ]);

        Exception error = Assert.Throws<InvalidOperationException>(
            () => Rows.Read<VBuffer<float>>(Transform(data, _ml.Transforms.ExtractPixels("Out", "Image")), "Out"));
        Assert.Contains("row 1", error.Message);
        Assert.Contains("'Image'", error.Message);
    }

    [TestMethod]
    public void AMissingImageIsAVectorOfZeros()
    {
        IDataView data = _ml.Data.LoadFromEnumerable([new SmallImageRow()]);

        VBuffer<float> vector = Rows.Read<VBuffer<float>>(Transform(data, _ml.Transforms.ExtractPixels("Out", "Image", offsetImage: 5)), "Out").Single();

        Assert.AreEqual(Width * Height * 3, vector.Length);
        Assert.IsTrue(vector.DenseValues().All(value => value == 0));
    }

    [TestMethod]
    public void GrayHasTheLuminanceOfTheColor()
    {
        using MLImage image = Rows.RandomImage(new Random(5), Width, Height, MLPixelFormat.Rgba32);
        IDataView data = _ml.Data.LoadFromEnumerable([new SmallImageRow { Image = image }]);

        using MLImage gray = Rows.Read<MLImage>(Transform(data, _ml.Transforms.ConvertToGrayscale("Out", "Image")), "Out").Single();

        ImageAssert.Pixels(gray, Width, Height, (y, x) =>
        {
            double luminance = 0.2126 * Rows.Channel(image, y, x, 'R') + 0.7152 * Rows.Channel(image, y, x, 'G') + 0.0722 * Rows.Channel(image, y, x, 'B');
            int value = (int)Math.Round(luminance);
            return (value, value, value, 255);
        }, tolerance: 1);
    }

    private static IEnumerable<(ColorBits Colors, ColorsOrder Order, bool Interleaved)> Layouts() =>
        from colors in Choices
        from order in Enum.GetValues<ColorsOrder>()
        from interleaved in new[] { false, true }
        select (colors, order, interleaved);

    private static byte[] Flatten(MLImage image, ColorBits colors, ColorsOrder order, bool interleaved)
    {
        var bits = new Dictionary<char, ColorBits> { ['A'] = ColorBits.Alpha, ['R'] = ColorBits.Red, ['G'] = ColorBits.Green, ['B'] = ColorBits.Blue };
        char[] channels = order.ToString().Where(channel => colors.HasFlag(bits[channel])).ToArray();
        var pixels = (from y in Enumerable.Range(0, Height) from x in Enumerable.Range(0, Width) select (y, x)).ToArray();
        return interleaved
            ? (from pixel in pixels from channel in channels select Rows.Channel(image, pixel.y, pixel.x, channel)).ToArray()
            : (from channel in channels from pixel in pixels select Rows.Channel(image, pixel.y, pixel.x, channel)).ToArray();
    }

    private static IDataView Transform(IDataView data, IEstimator<ITransformer> estimator) => estimator.Fit(data).Transform(data);

    private sealed class OnePixelRow
    {
        [VectorType(3)]
        public float[] Vector { get; set; } = [];
    }
}
