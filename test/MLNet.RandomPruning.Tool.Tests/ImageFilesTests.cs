using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Tool.Scoring;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>Image files as data: in their order, each in its own size, and each image its reader's.</summary>
[TestClass]
public class ImageFilesTests
{
    [TestMethod]
    public void EachFileIsARowWithItsImage()
    {
        using var folder = new TestFolder();
        string[] files = [SmallImage.SaveColour(3, 4, folder["a.png"]), SmallImage.SaveColour(9, 2, folder["b.bmp"]), SmallImage.SaveColour(3, 4, folder["c.png"])];
        var view = new ImageFiles(files, skipped: null);
        Assert.AreEqual(3, view.GetRowCount());
        using var cursor = view.GetRowCursor(view.Schema);
        var getFile = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema[ImageFiles.FileName]);
        var getImage = cursor.GetGetter<MLImage>(view.Schema[ImageFiles.ImageName]);
        ReadOnlyMemory<char> file = default;
        MLImage image = null!;
        var kept = new List<MLImage>();
        foreach (string expected in files)
        {
            Assert.IsTrue(cursor.MoveNext());
            getFile(ref file);
            Assert.AreEqual(expected, file.ToString());
            MLImage before = image, own = null!;
            getImage(ref image);
            getImage(ref own);
            Assert.AreNotSame(image, own);
            if (before is not null)
            {
                Assert.Throws<InvalidOperationException>(() => _ = before.Width);
            }

            kept.Add(own);
        }

        Assert.IsFalse(cursor.MoveNext());
        CollectionAssert.AreEqual(new[] { (3, 4), (9, 2), (3, 4) }, kept.Select(one => (one.Width, one.Height)).ToArray());
        Assert.AreEqual((byte)200, kept[1].GetBGRPixels[2]);
        Assert.Throws<InvalidOperationException>(() => getFile(ref file));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema[ImageFiles.FileName]));
    }

    [TestMethod]
    public void WhatIsNoImageIsLeftOutWhenThatIsAskedFor()
    {
        using var folder = new TestFolder();
        string good = SmallImage.SaveColour(3, 4, folder["good.png"]);
        var told = new List<string>();
        var view = new ImageFiles([folder["none.png"], good, folder.Path, good], told.Add);
        Assert.IsNull(view.GetRowCount());
        string[] files = [.. view.GetColumn<string>(ImageFiles.FileName)];
        CollectionAssert.AreEqual(new[] { good, good }, files);
        Assert.HasCount(2, told);
        StringAssert.Contains(told[0], "none.png");

        var failing = new ImageFiles([good, folder["none.png"]], skipped: null);
        StringAssert.Contains(Assert.Throws<InvalidDataException>(() => failing.GetColumn<string>(ImageFiles.FileName).Count()).Message, "There is no image file");
    }

    [TestMethod]
    public void ManyImagesAreScaledInTheirOrder()
    {
        using var folder = new TestFolder();
        string[] files = [.. Enumerable.Range(0, 300).Select(index => SmallImage.Save(4 + index % 3, 5, [.. Enumerable.Range(0, 4 * 5 * (4 + index % 3)).Select(at => at % 4 == 3 ? (byte)255 : (byte)(index / 2))], folder[$"{index}.png"]))];
        var mlContext = new MLContext(seed: 1);
        var view = new ImageFiles(files, skipped: null);
        var scaled = mlContext.Transforms.ResizeImages("Small", 2, 2, ImageFiles.ImageName).Fit(view).Transform(view);
        var pixels = mlContext.Transforms.ExtractPixels("Pixels", "Small").Fit(scaled).Transform(scaled);
        float[] first = [.. pixels.GetColumn<float[]>("Pixels").Select(values => values[0])];
        for (int index = 0; index < files.Length; index++)
        {
            Assert.AreEqual(index / 2, first[index], 1, $"image {index}");
        }
    }
}
