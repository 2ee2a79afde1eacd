using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Images;

[TestClass]
public class MLImageTests
{
    private static readonly byte[] TwoPixels = [1, 2, 3, 255, 5, 6, 7, 255];

    [TestMethod]
    public void PixelsAreCopiedAndDescribed()
    {
        byte[] given = [.. TwoPixels];
        using MLImage image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Rgba32, given);
        given[0] = 99;

        Assert.AreEqual(2, image.Width);
        Assert.AreEqual(1, image.Height);
        Assert.AreEqual(32, image.BitsPerPixel);
        Assert.AreEqual(MLPixelFormat.Rgba32, image.PixelFormat);
        CollectionAssert.AreEqual(TwoPixels, image.Pixels.ToArray());
        CollectionAssert.AreEqual(new byte[] { 3, 2, 1, 7, 6, 5 }, image.GetBGRPixels);

        image.Tag = "here";
        Assert.AreEqual("here", image.Tag);
    }

    [TestMethod]
    public void BlueFirstPixelsKeepTheirOrder()
    {
        using MLImage image = MLImage.CreateFromPixels(1, 2, MLPixelFormat.Bgra32, TwoPixels);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 5, 6, 7 }, image.GetBGRPixels);
    }

    [TestMethod]
    public void ColorsAreGivenAsTheyAreBeforeAlpha()
    {
        using MLImage image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Bgra32, [20, 40, 100, 100, 7, 8, 9, 255]);
        CollectionAssert.AreEqual(new byte[] { 51, 102, 255, 7, 8, 9 }, image.GetBGRPixels);
    }

    [TestMethod]
    public void ImpossiblePixelsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromPixels(0, 1, MLPixelFormat.Rgba32, []));
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromPixels(1, -1, MLPixelFormat.Rgba32, []));
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromPixels(3, 1, MLPixelFormat.Rgba32, TwoPixels));
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromPixels(2, 1, MLPixelFormat.Unknown, TwoPixels));
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromFile("no such file.png"));
        Assert.Throws<ArgumentNullException>(() => MLImage.CreateFromFile(null));
        Assert.Throws<ArgumentNullException>(() => MLImage.CreateFromStream(null));
    }

    [TestMethod]
    public void NothingIsUsedAfterDispose()
    {
        MLImage image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Rgba32, TwoPixels);
        image.Dispose();
        image.Dispose();

        Assert.Throws<InvalidOperationException>(() => image.Tag);
        Assert.Throws<InvalidOperationException>(() => image.Width);
        Assert.Throws<InvalidOperationException>(() => image.Height);
        Assert.Throws<InvalidOperationException>(() => image.BitsPerPixel);
        Assert.Throws<InvalidOperationException>(() => image.PixelFormat);
        Assert.Throws<InvalidOperationException>(() => image.Pixels.Length);
        Assert.Throws<InvalidOperationException>(() => image.GetBGRPixels);
        Assert.Throws<InvalidOperationException>(() => image.Save("x.png"));
    }

    [TestMethod]
    public void FilesThatAreNoImagesAreRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("notes.png");
        foreach (string content in new[] { "", "B", "Only words." })
        {
            File.WriteAllText(path, content);
            Assert.ThrowsExactly<ArgumentException>(() => MLImage.CreateFromFile(path));
            using FileStream stream = File.OpenRead(path);
            Assert.ThrowsExactly<ArgumentException>(() => MLImage.CreateFromStream(stream));
        }
    }

    [TestMethod]
    public void AFailedSaveLeavesNothingBehind()
    {
        using var folder = new TemporaryFolder();
        using MLImage image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Rgba32, TwoPixels);

        foreach (string name in new[] { "a.gif", "a.bmp", "a.what", "a" })
        {
            Assert.ThrowsExactly<ArgumentException>(() => image.Save(folder.File(name)));
        }

        Assert.Throws<IOException>(() => image.Save(folder.File("no folder/a.png")));
        Directory.CreateDirectory(folder.File("taken.png"));
        Assert.Throws<Exception>(() => image.Save(folder.File("taken.png")));

        Assert.AreEqual("taken.png", Path.GetFileName(Directory.GetFileSystemEntries(folder.Path).Single()));
    }

    [TestMethod]
    public void SavingReplacesAFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("image.png");
        File.WriteAllText(path, "old");
        using MLImage image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Rgba32, TwoPixels);
        image.Save(path);

        using MLImage back = MLImage.CreateFromFile(path);
        ImageAssert.Pixels(back, 2, 1, (_, x) => (TwoPixels[x * 4], TwoPixels[x * 4 + 1], TwoPixels[x * 4 + 2], 255));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }
}
