using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.RandomPruning.Standins.Tests.Pipeline;

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
    public void ImagesOfTheUsersOwnThatAreResizedSurviveEveryPass()
    {
        var random = new Random(2);
        MLImage[] images = [.. Enumerable.Range(0, 3).Select(_ => Rows.RandomImage(random, 7, 5))];
        IDataView data = Rows.AnySize(images);
        IDataView transformed = _ml.Transforms.ResizeImages("Small", 3, 2, "Image")
            .Append(_ml.Transforms.ExtractPixels("Features", "Small")).Fit(data).Transform(data);

        List<VBuffer<float>> first = Rows.Read<VBuffer<float>>(transformed, "Features");
        AssertSame(first, Rows.Read<VBuffer<float>>(transformed, "Features"));
        Assert.IsFalse(images.Any(Rows.IsDisposed));
    }

    [TestMethod]
    public void OfImagesOfTheUsersOwnThatAreExtractedTheLastGoesWithTheCursor()
    {
        var random = new Random(3);
        foreach (IEstimator<ITransformer> estimator in new IEstimator<ITransformer>[] { _ml.Transforms.ExtractPixels("Out", "Image"), _ml.Transforms.ConvertToGrayscale("Out", "Image") })
        {
            SmallImageRow[] rows = [.. Enumerable.Range(0, 3).Select(_ => new SmallImageRow { Image = Rows.RandomImage(random, SmallImageRow.Width, SmallImageRow.Height) })];
            IDataView data = _ml.Data.LoadFromEnumerable(rows);
            IDataView transformed = estimator.Fit(data).Transform(data);
            using (DataViewRowCursor cursor = transformed.GetRowCursor([transformed.Schema["Out"]]))
            {
                if (transformed.Schema["Out"].Type is ImageDataViewType)
                {
                    ReadAll<MLImage>(cursor);
                }
                else
                {
                    ReadAll<VBuffer<float>>(cursor);
                }

                Assert.IsFalse(rows.Any(row => Rows.IsDisposed(row.Image!)));
            }

            CollectionAssert.AreEqual(new[] { false, false, true }, rows.Select(row => Rows.IsDisposed(row.Image!)).ToArray());
        }

        static void ReadAll<T>(DataViewRowCursor cursor)
        {
            ValueGetter<T> getter = cursor.GetGetter<T>(cursor.Schema["Out"]);
            T value = default!;
            while (cursor.MoveNext())
            {
                getter(ref value);
            }
        }
    }

    [TestMethod]
    public void AnEngineLeavesTheImagesOfItsExamplesAlone()
    {
        var random = new Random(4);
        IDataView data = _ml.Data.LoadFromEnumerable([new SmallImageRow()]);
        ITransformer model = _ml.Transforms.ExtractPixels("Features", "Image").Fit(data);
        MLImage[] images = [Rows.RandomImage(random, SmallImageRow.Width, SmallImageRow.Height), Rows.RandomImage(random, SmallImageRow.Width, SmallImageRow.Height)];
        using (PredictionEngine<SmallImageRow, SmallFeatureRow> engine = _ml.Model.CreatePredictionEngine<SmallImageRow, SmallFeatureRow>(model))
        {
            foreach (MLImage image in images)
            {
                Assert.AreEqual(Rows.Channel(image, 0, 0, 'R'), engine.Predict(new SmallImageRow { Image = image }).Features[0]);
            }
        }

        Assert.IsFalse(images.Any(Rows.IsDisposed));
    }

    [TestMethod]
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

        Assert.Throws<InvalidOperationException>(() => first.Width);
        Assert.IsGreaterThan(0, held.Width);

        // The last goes with the cursor.
        cursor.Dispose();
        Assert.IsTrue(Rows.IsDisposed(held));
    }

    [TestMethod]
    public void AnImageIsDisposedWhoeverMadeItWhenItsVariableIsGivenToAGetter()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, 2);
        var random = new Random(5);
        foreach (IEstimator<ITransformer> estimator in new IEstimator<ITransformer>[]
        {
            _ml.Transforms.LoadImages("Image", folder.Path, "Path"),
            _ml.Transforms.LoadImages("Any", folder.Path, "Path").Append(_ml.Transforms.ResizeImages("Image", 3, 2, "Any")),
            _ml.Transforms.LoadImages("Any", folder.Path, "Path").Append(_ml.Transforms.ConvertToGrayscale("Image", "Any")),
        })
        {
            IDataView images = estimator.Fit(paths).Transform(paths);
            using DataViewRowCursor cursor = images.GetRowCursor([images.Schema["Image"]]);
            ValueGetter<MLImage> getter = cursor.GetGetter<MLImage>(images.Schema["Image"]);
            MLImage mine = Rows.RandomImage(random, 2, 2);
            MLImage variable = mine;
            Assert.IsTrue(cursor.MoveNext());
            getter(ref variable);

            Assert.IsTrue(Rows.IsDisposed(mine));
            Assert.IsFalse(Rows.IsDisposed(variable));
        }
    }

    [TestMethod]
    public void RowsOfImagesCanBeEnumerated()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, 3);
        IDataView resized = _ml.Transforms.LoadImages("Image", folder.Path, "Path")
            .Append(_ml.Transforms.ResizeImages("Image", 3, 2)).Fit(paths).Transform(paths);

        var images = new List<MLImage>();
        foreach (SmallerImageRow row in _ml.Data.CreateEnumerable<SmallerImageRow>(resized, reuseRowObject: false))
        {
            Assert.AreEqual((3, 2), (row.Image!.Width, row.Image.Height));
            images.Add(row.Image);
        }

        // All rows share one variable, so the image of a row goes when the next is asked for.
        CollectionAssert.AreEqual(new[] { true, true, false }, images.Select(Rows.IsDisposed).ToArray());
    }

    [TestMethod]
    public void ARowOfImagesHasASizeThatIsTheColumns()
    {
        IDataView anySize = Rows.AnySize(Rows.RandomImage(new Random(6), 3, 2));
        Assert.Throws<SystemException>(() => _ml.Data.CreateEnumerable<SmallerImageRow>(anySize, reuseRowObject: false).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.CreateEnumerable<UnsizedImageRow>(anySize, reuseRowObject: false).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable([new UnsizedImageRow()]));
    }

    [TestMethod]
    public void ImagesAreNeitherCachedNorShuffled()
    {
        IDataView images = Rows.AnySize(Rows.RandomImage(new Random(7), 3, 2)).Add("Number", NumberDataViewType.Int32, new[] { 1 });

        CollectionAssert.AreEqual(new[] { "Number" }, _ml.Data.Cache(images).Schema.Names());
        CollectionAssert.AreEqual(new[] { "Number" }, _ml.Data.ShuffleRows(images).Schema.Names());
        CollectionAssert.AreEqual(new[] { 1 }, _ml.Data.ShuffleRows(images).Column<int>("Number"));
        Assert.Throws<InvalidOperationException>(() => _ml.Data.Cache(images, "Image"));
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

    public sealed class SmallerImageRow
    {
        [ImageType(2, 3)]
        public MLImage? Image { get; set; }
    }

    public sealed class UnsizedImageRow
    {
        [ImageType]
        public MLImage? Image { get; set; }
    }

    private sealed class SmallFeatureRow
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class FeatureRow
    {
        [VectorType(2, 3, 3)]
        public float[] Features { get; set; } = [];
    }
}
