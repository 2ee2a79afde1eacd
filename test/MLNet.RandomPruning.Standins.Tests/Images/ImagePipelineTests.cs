using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.RandomPruning.Standins.Tests.Images;

/// <summary>The image transforms in chains: saved and loaded, row by row, from many threads, and with images of the user's own.</summary>
[TestClass]
public class ImagePipelineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void ASavedChainComesBackAndGivesTheSameVectors()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, 5);
        ITransformer model = Chain(folder.Path).Fit(paths);
        List<VBuffer<float>> expected = Rows.Read<VBuffer<float>>(model.Transform(paths), "Features");

        string file = folder.File("model.zip");
        _ml.Model.Save(model, paths.Schema, file);
        var other = new MLContext();
        ITransformer loaded = other.Model.Load(file, out DataViewSchema schema);

        Assert.IsNotNull(schema.GetColumnOrNull("Path"));
        AssertSame(expected, Rows.Read<VBuffer<float>>(loaded.Transform(paths), "Features"));
        Assert.AreEqual(2 * 3 * 3, expected[0].Length);
    }

    [TestMethod]
    public void APredictionEngineGivesWhatACursorGives()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, 4);
        ITransformer model = Chain(folder.Path).Fit(paths);
        List<VBuffer<float>> expected = Rows.Read<VBuffer<float>>(model.Transform(paths), "Features");

        using PredictionEngine<PathRow, FeatureRow> engine = _ml.Model.CreatePredictionEngine<PathRow, FeatureRow>(model);
        for (int i = 0; i < expected.Count; i++)
        {
            CollectionAssert.AreEqual(expected[i].DenseValues().ToArray(), engine.Predict(new PathRow { Path = $"{i}.png" }).Features);
        }
    }

    [TestMethod]
    public void OneTransformerServesManyCursorsAtOnce()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, 12);
        IDataView transformed = Chain(folder.Path).Fit(paths).Transform(paths);
        List<VBuffer<float>> expected = Rows.Read<VBuffer<float>>(transformed, "Features");

        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 },
            _ => AssertSame(expected, Rows.Read<VBuffer<float>>(transformed, "Features")));
    }

    [TestMethod]
    [StandinsOnly]
    public void ImagesOfTheUsersOwnSurviveEveryPass()
    {
        var random = new Random(2);
        ImageRow[] rows = Enumerable.Range(0, 3).Select(_ => new ImageRow { Image = Rows.RandomImage(random, 7, 5) }).ToArray();
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        IDataView transformed = _ml.Transforms.ResizeImages("Small", 3, 2, "Image")
            .Append(_ml.Transforms.ExtractPixels("Features", "Small")).Fit(data).Transform(data);

        List<VBuffer<float>> first = Rows.Read<VBuffer<float>>(transformed, "Features");
        AssertSame(first, Rows.Read<VBuffer<float>>(transformed, "Features"));
        Assert.IsTrue(rows.All(row => row.Image!.Width == 7));
    }

    [TestMethod]
    [StandinsOnly]
    public void AnImageIsDisposedWhenItsHolderAsksForTheNext()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, 3);
        IDataView loaded = _ml.Transforms.LoadImages("Image", folder.Path, "Path").Fit(paths).Transform(paths);
        using DataViewRowCursor cursor = loaded.GetRowCursor(loaded.Schema);
        ValueGetter<MLImage> getter = cursor.GetGetter<MLImage>(loaded.Schema["Image"]);

        MLImage held = null!;
        Assert.IsTrue(cursor.MoveNext());
        getter(ref held);
        MLImage first = held;
        Assert.IsTrue(cursor.MoveNext());
        getter(ref held);

        Assert.Throws<ObjectDisposedException>(() => first.Width);
        Assert.IsGreaterThan(0, held.Width);
    }

    [TestMethod]
    public void RowsOfImagesCanBeEnumerated()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, 3);
        IDataView resized = _ml.Transforms.LoadImages("Image", folder.Path, "Path")
            .Append(_ml.Transforms.ResizeImages("Image", 3, 2)).Fit(paths).Transform(paths);

        ImageRow[] rows = _ml.Data.CreateEnumerable<ImageRow>(resized, reuseRowObject: false).ToArray();

        Assert.HasCount(3, rows);
        Assert.IsTrue(rows.All(row => row.Image!.Width == 3 && row.Image.Height == 2));
    }

    [TestMethod]
    public void TypesOfImagesAreEqualWhenTheirSizesAre()
    {
        Assert.IsTrue(new ImageDataViewType(2, 3).Equals(new ImageDataViewType(2, 3)));
        Assert.IsFalse(new ImageDataViewType(2, 3).Equals(new ImageDataViewType(3, 2)));
        Assert.IsFalse(new ImageDataViewType(2, 3).Equals(new ImageDataViewType()));
        Assert.IsFalse(new ImageDataViewType(2, 3).Equals(NumberDataViewType.Byte));
        Assert.AreEqual(new ImageDataViewType(2, 3).GetHashCode(), new ImageDataViewType(2, 3).GetHashCode());
        Assert.AreEqual(typeof(MLImage), new ImageDataViewType().RawType);
        Assert.IsTrue(new ImageTypeAttribute(2, 3).Equals(new ImageTypeAttribute(2, 3)));
        Assert.IsFalse(new ImageTypeAttribute(2, 3).Equals(new ImageTypeAttribute()));
        Assert.Throws<ArgumentException>(() => new ImageDataViewType(0, 3));
    }

    private IEstimator<ITransformer> Chain(string folder) =>
        _ml.Transforms.LoadImages("Image", folder, "Path")
            .Append(_ml.Transforms.ResizeImages("Image", 3, 2))
            .Append(_ml.Transforms.ConvertToGrayscale("Gray", "Image"))
            .Append(_ml.Transforms.ExtractPixels("Vector", "Gray", scaleImage: 1 / 255f))
            .Append(_ml.Transforms.ConvertToImage(2, 3, "Again", "Vector", scaleImage: 255))
            .Append(_ml.Transforms.ExtractPixels("Features", "Again", interleavePixelColors: true));

    private IDataView SaveImages(TemporaryFolder folder, int count)
    {
        var random = new Random(count);
        var rows = new List<PathRow>();
        for (int i = 0; i < count; i++)
        {
            using MLImage image = Rows.RandomImage(random, 4 + i, 3 + 2 * i);
            image.Save(folder.File($"{i}.png"));
            rows.Add(new PathRow { Path = $"{i}.png" });
        }

        return _ml.Data.LoadFromEnumerable(rows);
    }

    private static void AssertSame(List<VBuffer<float>> expected, List<VBuffer<float>> actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (int i = 0; i < expected.Count; i++)
        {
            CollectionAssert.AreEqual(expected[i].DenseValues().ToArray(), actual[i].DenseValues().ToArray(), $"row {i}");
        }
    }

    private sealed class FeatureRow
    {
        [VectorType(2, 3, 3)]
        public float[] Features { get; set; } = [];
    }
}
