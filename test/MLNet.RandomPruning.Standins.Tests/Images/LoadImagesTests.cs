using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.RandomPruning.Standins.Tests.Images;

[TestClass]
public class LoadImagesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void FilesBecomeImagesOfAnySize()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, relative: true, out MLImage[] saved);

        IDataView loaded = _ml.Transforms.LoadImages("Image", folder.Path, "Path").Fit(paths).Transform(paths);

        Assert.AreEqual(new ImageDataViewType(), loaded.Schema["Image"].Type);
        List<MLImage> images = Rows.ReadImages(loaded, "Image");
        Assert.HasCount(saved.Length, images);
        for (int i = 0; i < saved.Length; i++)
        {
            ImageAssert.Pixels(images[i], saved[i].Width, saved[i].Height, (y, x) =>
                (Rows.Channel(saved[i], y, x, 'R'), Rows.Channel(saved[i], y, x, 'G'), Rows.Channel(saved[i], y, x, 'B'), 255));
        }
    }

    [TestMethod]
    public void FilesBecomeTheirBytes()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, relative: false, out MLImage[] saved);

        IDataView loaded = _ml.Transforms.LoadRawImageBytes("Bytes", null, "Path").Fit(paths).Transform(paths);

        var type = (VectorDataViewType)loaded.Schema["Bytes"].Type;
        Assert.IsFalse(type.IsKnownSize);
        Assert.AreEqual(NumberDataViewType.Byte, type.ItemType);
        List<VBuffer<byte>> bytes = Rows.Read<VBuffer<byte>>(loaded, "Bytes");
        List<ReadOnlyMemory<char>> names = Rows.Read<ReadOnlyMemory<char>>(loaded, "Path");
        for (int i = 0; i < saved.Length; i++)
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(names[i].ToString()), bytes[i].DenseValues().ToArray());
        }
    }

    [TestMethod]
    public void NothingIsReadBeforeARowIsAskedFor()
    {
        IDataView paths = _ml.Data.LoadFromEnumerable([new PathRow { Path = "there is no such file.png" }]);
        IDataView loaded = _ml.Transforms.LoadImages("Image", null, "Path").Fit(paths).Transform(paths);

        Assert.HasCount(1, Rows.Read<ReadOnlyMemory<char>>(loaded, "Path"));
        Exception missing = Assert.Throws<Exception>(() => Rows.Read<MLImage>(loaded, "Image"));
        Assert.Contains("there is no such file.png", missing.ToString());
    }

    [TestMethod]
    public void TheTagIsThePath()
    {
        using var folder = new TemporaryFolder();
        IDataView paths = SaveImages(folder, relative: true, out _);
        IDataView loaded = _ml.Transforms.LoadImages("Image", folder.Path, "Path").Fit(paths).Transform(paths);
        CollectionAssert.AreEqual(
            new[] { folder.File("0.png"), folder.File("1.png"), folder.File("2.png") },
            Rows.Read<MLImage, string>(loaded, "Image", image => image.Tag));
    }

    [TestMethod]
    public void DamagedFilesAreRefusedAndEmptyNamesGiveNoImage()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("words.jpg"), "words");
        IDataView paths = _ml.Data.LoadFromEnumerable([new PathRow { Path = "" }, new PathRow { Path = "words.jpg" }]);
        ITransformer transformer = _ml.Transforms.LoadImages("Image", folder.Path, "Path").Fit(paths);

        Assert.Throws<ArgumentException>(() => Rows.Read<MLImage>(transformer.Transform(paths), "Image"));
        Assert.IsNull(Rows.Read<MLImage>(transformer.Transform(_ml.Data.TakeRows(paths, 1)), "Image").Single());
    }

    [TestMethod]
    public void AColumnThatIsNoTextIsRefused()
    {
        IDataView images = Rows.AnySize(Rows.RandomImage(new Random(1), 2, 2));

        Exception wrong = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.LoadImages("Out", null, "Image").Fit(images));
        Assert.Contains("'Image'", wrong.Message);
        Exception missing = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.LoadImages("Out", null, "Nowhere").Fit(images));
        Assert.Contains("'Nowhere'", missing.Message);
    }

    private IDataView SaveImages(TemporaryFolder folder, bool relative, out MLImage[] images)
    {
        var random = new Random(7);
        images = [Rows.RandomImage(random, 3, 5), Rows.RandomImage(random, 8, 2), Rows.RandomImage(random, 1, 1)];
        var rows = new List<PathRow>();
        foreach (MLImage image in images)
        {
            string name = $"{rows.Count}.png";
            image.Save(folder.File(name));
            rows.Add(new PathRow { Path = relative ? name : folder.File(name) });
        }

        return _ml.Data.LoadFromEnumerable(rows);
    }
}
