using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.RandomPruning.Tests;

/// <summary>One image in any form gives the same bytes, and so the same model and the same scores.</summary>
[TestClass]
public sealed class FeatureKindTests
{
    private const int Plane = ColourImages.Side * ColourImages.Side;
    private static readonly PixelRow[] Rows = ColourImages.Rows(45);

    private readonly MLContext _mlContext = new(seed: 1);

    private sealed class FlatBytes
    {
        [VectorType(ColourImages.Size)]
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class InterleavedBytes
    {
        [VectorType(ColourImages.Side, ColourImages.Side, 3)]
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class Singles
    {
        [VectorType(3, ColourImages.Side, ColourImages.Side)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class SparseSingles
    {
        [VectorType(ColourImages.Size)]
        public VBuffer<float> Features { get; set; }

        public string Label { get; set; } = "";
    }

    private sealed class Images
    {
        [ImageType(ColourImages.Side, ColourImages.Side)]
        public MLImage? Features { get; set; }

        public string Label { get; set; } = "";
    }

    private sealed class ImagesOfUnknownSize
    {
        [ImageType]
        public MLImage? Features { get; set; }

        public string Label { get; set; } = "";
    }

    private sealed class Files
    {
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    [TestMethod]
    public void FlatBytesGiveTheSame() => AssertSame(Rows.Select(row => new FlatBytes { Features = row.Features, Label = row.Label }));

    [TestMethod]
    public void SinglesFrom0To255GiveTheSame() =>
        AssertSame(Rows.Select(row => new Singles { Features = [.. row.Features.Select(value => (float)value)], Label = row.Label }));

    [TestMethod]
    public void SinglesOfAnotherRangeGiveTheSame() =>
        AssertSame(
            Rows.Select(row => new Singles { Features = [.. row.Features.Select(value => value / 127.5f - 1)], Label = row.Label }),
            options =>
            {
                options.PixelMinimum = -1;
                options.PixelMaximum = 1;
            });

    [TestMethod]
    public void SparseVectorsGiveTheSame() =>
        AssertSame(Rows.Select(row => new SparseSingles
        {
            Features = new VBuffer<float>(
                ColourImages.Size, row.Features.Count(value => value != 0), [.. row.Features.Where(value => value != 0).Select(value => (float)value)],
                [.. Enumerable.Range(0, ColourImages.Size).Where(at => row.Features[at] != 0)]),
            Label = row.Label,
        }));

    [TestMethod]
    public void InterleavedPixelsGiveTheSame() =>
        AssertSame(
            Rows.Select(row => new InterleavedBytes { Features = [.. Enumerable.Range(0, ColourImages.Size).Select(at => row.Features[at % 3 * Plane + at / 3])], Label = row.Label }),
            options => options.InterleavePixelColors = true);

    [TestMethod]
    [DataRow(MLPixelFormat.Rgba32)]
    [DataRow(MLPixelFormat.Bgra32)]
    public void ImagesGiveTheSame(MLPixelFormat format) =>
        AssertSame(Rows.Select(row => new Images { Features = Image(row, format), Label = row.Label }).ToArray());

    [TestMethod]
    public void ImagesOfUnknownSizeGiveTheSame() =>
        AssertSame(Rows.Select(row => new ImagesOfUnknownSize { Features = Image(row, MLPixelFormat.Bgra32), Label = row.Label }).ToArray());

    [TestMethod]
    public void ImageFilesGiveTheSame()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            AssertSame(Rows.Select((row, index) =>
            {
                string path = Path.Combine(folder, $"{index}.png");
                using var image = Image(row, MLPixelFormat.Rgba32);
                image.Save(path);
                return new Files { Features = File.ReadAllBytes(path), Label = row.Label };
            }).ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Gray
    {
        [VectorType(ColourImages.Side, ColourImages.Side)]
        public byte[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }

    [TestMethod]
    public void GrayImagesHaveOneChannel()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Rows.Select(row => new Gray { Features = row.Features[..Plane], Label = row.Label }));
        var model = ColourImages.Pipeline(_mlContext).Fit(data);
        Assert.AreEqual(new Networks.ImageShape(1, 8, 8), model.LastTransformer.Model.Network.InputShape);
        Assert.HasCount(Rows.Length, ColourImages.Scores(_mlContext, model.Transform(data)));
    }

    private static MLImage Image(PixelRow row, MLPixelFormat format)
    {
        var pixels = new byte[4 * Plane];
        for (int at = 0; at < Plane; at++)
        {
            int red = format == MLPixelFormat.Rgba32 ? 0 : 2;
            pixels[4 * at + red] = row.Features[at];
            pixels[4 * at + 1] = row.Features[Plane + at];
            pixels[4 * at + 2 - red] = row.Features[2 * Plane + at];
            pixels[4 * at + 3] = 255;
        }

        return MLImage.CreateFromPixels(ColourImages.Side, ColourImages.Side, format, pixels);
    }

    /// <summary>Trained on either form, both models are the same, and each scores the other form as its own.</summary>
    private void AssertSame<TRow>(IEnumerable<TRow> rows, Action<RandomPrunedResNetTrainer.Options>? change = null) where TRow : class
    {
        var bytes = _mlContext.Data.LoadFromEnumerable(Rows);
        var other = _mlContext.Data.LoadFromEnumerable(rows);
        var options = ColourImages.Options();
        var expected = ColourImages.Pipeline(_mlContext, options).Fit(bytes);
        change?.Invoke(options);
        var model = ColourImages.Pipeline(_mlContext, options).Fit(other);

        CollectionAssert.AreEqual(ColourImages.Bytes(expected.LastTransformer), ColourImages.Bytes(model.LastTransformer));
        var scores = ColourImages.Scores(_mlContext, expected.Transform(bytes));
        ColourImages.AssertSame(scores, ColourImages.Scores(_mlContext, model.Transform(other)));
        if (change is null)
        {
            ColourImages.AssertSame(scores, ColourImages.Scores(_mlContext, expected.Transform(other)));
        }
    }
}
