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
        AssertSame(Rows.Select(row => new Images { Features = ColourFiles.Image(row, format), Label = row.Label }).ToArray());

    [TestMethod]
    public void LoadedImagesGiveTheSame()
    {
        using var files = new ColourFiles(Rows);
        var data = ColourFiles.Load(_mlContext, files.Rows);
        Assert.AreEqual(new ImageDataViewType(), data.Schema["Features"].Type);
        AssertSame(data);
        AssertSame(_mlContext.Transforms.ResizeImages("Features", ColourImages.Side, ColourImages.Side).Fit(data).Transform(data));
    }

    [TestMethod]
    [DataRow(true, false)]
    [DataRow(false, false)]
    [DataRow(true, true)]
    public void ExtractedPixelsGiveTheSame(bool floats, bool interleaved)
    {
        using var files = new ColourFiles(Rows);
        var data = ColourFiles.Load(_mlContext, files.Rows);
        var pipeline = _mlContext.Transforms.ResizeImages("Features", ColourImages.Side, ColourImages.Side)
            .Append(_mlContext.Transforms.ExtractPixels("Features", interleavePixelColors: interleaved, outputAsFloatArray: floats));
        AssertSame(pipeline.Fit(data).Transform(data), interleaved ? options => options.InterleavePixelColors = true : null);
    }

    [TestMethod]
    public void ImageFilesGiveTheSame()
    {
        using var files = new ColourFiles(Rows);
        AssertSame(files.Rows.Select(row => new Files { Features = File.ReadAllBytes(row.File), Label = row.Label }).ToArray());
        var data = _mlContext.Data.LoadFromEnumerable(files.Rows);
        AssertSame(_mlContext.Transforms.LoadRawImageBytes("Features", null, "File").Fit(data).Transform(data));
    }

    [TestMethod]
    public void PixelsOfPartlyTransparentImagesAreThoseThatExtractPixelsGives()
    {
        // ExtractPixels disposes of the images that it has read, so that each form has its own.
        IDataView Data() => _mlContext.Data.LoadFromEnumerable([new Images { Features = MLImage.CreateFromPixels(ColourImages.Side, ColourImages.Side, MLPixelFormat.Rgba32, Pixels()), Label = "red" }]);
        byte[] Pixels() => [.. Enumerable.Range(0, 4 * Plane).Select(at => (byte)(at % 4 == 3 ? 4 * (at / 4) : Math.Min(4 * (at / 4), Rows[0].Features[at / 4])))];
        var data = Data();
        var extracted = _mlContext.Transforms.ExtractPixels("Features").Fit(data).Transform(data);
        var model = ColourImages.Pipeline(_mlContext).Fit(_mlContext.Data.LoadFromEnumerable(Rows)).LastTransformer;
        ColourImages.AssertSame(ColourImages.Scores(_mlContext, model.Transform(extracted)), ColourImages.Scores(_mlContext, model.Transform(Data())));
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

    /// <summary>Trained on either form, both models are the same, and each scores the other form as its own.</summary>
    private void AssertSame<TRow>(IEnumerable<TRow> rows, Action<RandomPrunedResNetTrainer.Options>? change = null) where TRow : class =>
        AssertSame(_mlContext.Data.LoadFromEnumerable(rows), change);

    private void AssertSame(IDataView other, Action<RandomPrunedResNetTrainer.Options>? change = null)
    {
        var bytes = _mlContext.Data.LoadFromEnumerable(Rows);
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
