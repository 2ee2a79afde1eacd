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
            using MLImage image = Rows.RandomImage(random, Width, Height, format, opaque: false);
            foreach ((ColorBits colors, ColorsOrder order, bool interleaved) in Layouts())
            {
                IDataView asFloats = Transform(Data(image), _ml.Transforms.ExtractPixels("Out", "Image", colors, order, interleaved, 3, 0.5f));

                // Bytes are taken as they are, whatever the offset and the scale.
                IDataView asBytes = Transform(Data(image), _ml.Transforms.ExtractPixels("Out", "Image", colors, order, interleaved, 3, 0.5f, outputAsFloatArray: false));
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
        foreach ((ColorBits colors, ColorsOrder order, bool interleaved) in Layouts())
        {
            foreach (bool asFloat in new[] { true, false })
            {
                IDataView vectors = Transform(Data(image), _ml.Transforms.ExtractPixels(
                    "Vector", "Image", colors, order, interleaved, scaleImage: asFloat ? 0.25f : 1, outputAsFloatArray: asFloat));
                IDataView images = Transform(vectors, _ml.Transforms.ConvertToImage(
                    Height, Width, "Out", "Vector", colors, order, interleaved, scaleImage: asFloat ? 4 : 1,
                    defaultAlpha: 200, defaultRed: 12, defaultGreen: 13, defaultBlue: 14));

                Assert.AreEqual(new ImageDataViewType(Height, Width), images.Schema["Out"].Type);
                using MLImage back = Rows.ReadImages(images, "Out").Single();

                // The defaults of absent channels say nothing: colours are 0, and alpha is 255 unless there is a scale, then 0.
                ImageAssert.Pixels(back, Width, Height, (y, x) => (
                    colors.HasFlag(ColorBits.Red) ? Rows.Channel(image, y, x, 'R') : 0,
                    colors.HasFlag(ColorBits.Green) ? Rows.Channel(image, y, x, 'G') : 0,
                    colors.HasFlag(ColorBits.Blue) ? Rows.Channel(image, y, x, 'B') : 0,
                    colors.HasFlag(ColorBits.Alpha) || !asFloat ? 255 : 0));
            }
        }
    }

    [TestMethod]
    public void OfValuesOutsideTheRangeTheLowestEightBitsRemain()
    {
        (float[] Vector, (int, int, int, int) Color)[] cases =
        [
            ([-50, 300, 99.6f], (206, 44, 99, 255)),
            ([0.5f, 1.5f, 255.9f], (0, 1, 255, 255)),
            ([-0.6f, 256, float.NaN], (0, 0, 0, 255)),
        ];
        foreach ((float[] vector, (int, int, int, int) color) in cases)
        {
            IDataView data = _ml.Data.LoadFromEnumerable([new OnePixelRow { Vector = vector }]);
            using MLImage image = Rows.ReadImages(Transform(data, _ml.Transforms.ConvertToImage(1, 1, "Out", "Vector")), "Out").Single();
            ImageAssert.Pixels(image, 1, 1, (_, _) => color);
        }
    }

    [TestMethod]
    public void TheOffsetIsTakenOffTheScaledValue()
    {
        IDataView data = _ml.Data.LoadFromEnumerable([new OnePixelRow { Vector = [1, 2, 3] }]);
        using MLImage image = Rows.ReadImages(Transform(data, _ml.Transforms.ConvertToImage(1, 1, "Out", "Vector", scaleImage: 10, offsetImage: 5)), "Out").Single();
        ImageAssert.Pixels(image, 1, 1, (_, _) => (5, 15, 25, 0));
    }

    [TestMethod]
    public void WrongColumnsAreRefused()
    {
        IDataView anySize = Rows.AnySize(Rows.RandomImage(new Random(3), 2, 2));
        IDataView vectors = _ml.Data.LoadFromEnumerable([new OnePixelRow { Vector = [1, 2, 3] }]);

        Assert.Throws<ArgumentOutOfRangeException>(() => Transform(anySize, _ml.Transforms.ExtractPixels("Out", "Image")));
        Assert.Contains("'Vector'", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractPixels("Out", "Vector").Fit(vectors)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Transform(vectors, _ml.Transforms.ConvertToImage(2, 1, "Out", "Vector")));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ConvertToImage(0, 1, "Out", "Vector"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractPixels("Out", "Image", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractPixels("Out", "Image", scaleImage: 0));
    }

    [TestMethod]
    public void AnImageOfAnotherSizeThanItsColumnIsRefused()
    {
        var random = new Random(4);
        IDataView data = _ml.Data.LoadFromEnumerable(
        [
            new SmallImageRow { Image = Rows.RandomImage(random, Width, Height) },
            new SmallImageRow { Image = Rows.RandomImage(random, Width + 1, Height) },
        ]);

        Assert.Throws<InvalidOperationException>(
            () => Rows.Read<VBuffer<float>>(Transform(data, _ml.Transforms.ExtractPixels("Out", "Image")), "Out"));
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
    [DataRow(MLPixelFormat.Rgba32)]
    [DataRow(MLPixelFormat.Bgra32)]
    public void GrayHasTheLumaOfTheColor(MLPixelFormat format)
    {
        using MLImage image = Rows.RandomImage(new Random(5), Width, Height, format, opaque: false);

        using MLImage gray = Rows.ReadImages(Transform(Data(image), _ml.Transforms.ConvertToGrayscale("Out", "Image")), "Out").Single();

        Assert.AreEqual(MLPixelFormat.Bgra32, gray.PixelFormat);
        ImageAssert.Pixels(gray, Width, Height, (y, x) =>
        {
            (int red, int green, int blue, int alpha) = Rows.Color(image, y, x);
            int value = (int)Math.Round(0.299 * red + 0.587 * green + 0.114 * blue);
            return (value, value, value, alpha);
        }, tolerance: 1);
    }

    /// <summary>A view of one copy of the image, which may go with the cursor.</summary>
    private IDataView Data(MLImage image) => _ml.Data.LoadFromEnumerable([new SmallImageRow { Image = Rows.Copy(image) }]);

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
