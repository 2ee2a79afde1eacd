using System.Buffers.Binary;
using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Tests;

/// <summary>Image files that end too early, of each format, and whole ones of every kind that is about.</summary>
[TestClass]
public sealed class ImageFileEndTests
{
    /// <summary>A JPEG file of 8×8 black pixels.</summary>
    private static readonly byte[] Jpeg = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/2wBDAQEBAQEBAQEB"
        + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAr/xAAUEAEA"
        + "AAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AINwAf/Z");

    [TestMethod]
    public void PngFilesEndWithTheirLastChunk()
    {
        using var files = new ColourFiles(ColourImages.Rows(1));
        AssertEnds(File.ReadAllBytes(files.Rows[0].File), shortest: 4);
    }

    [TestMethod]
    public void JpegFilesEndWithTheirMarker()
    {
        AssertEnds(Jpeg, shortest: 2);

        // A thumbnail has an end of its own; before a marker there may be more of 0xFF; and a segment may promise more than there is.
        byte[] thumbnail = [0xFF, 0xE1, 0, 8, 0xFF, 0xD8, 0xFF, 0xD9, 0, 0, 0xFF];
        AssertEnds([.. Jpeg[..2], .. thumbnail, .. Jpeg[2..]], shortest: 2);
    }

    [TestMethod]
    [DataRow(24, 0, 3)]
    [DataRow(24, 0, -3)]
    [DataRow(1, 0, 3)]
    [DataRow(32, 3, 3)]
    public void BmpFilesEndWithTheirLastRow(int bits, int compression, int height)
    {
        const int Width = 5, Start = 54 + 8;
        var file = new byte[Start + (Width * bits + 31) / 32 * 4 * Math.Abs(height)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), Start);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), Width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), (short)bits);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(30), compression);
        AssertEnds(file, shortest: 54);

        // What is compressed is for the decoder to judge.
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(30), 1);
        Assert.IsFalse(ImageFileEnd.IsMissing(file.AsSpan(..^1)));
    }

    [TestMethod]
    public void OtherContentIsLeftAlone()
    {
        foreach (byte[] content in new byte[][] { [], [0xFF], [.. "BM"u8], [.. "words"u8], [.. "RIFF"u8] })
        {
            Assert.IsFalse(ImageFileEnd.IsMissing(content));
        }
    }

    /// <summary>The file is whole, with anything after it too, and no start of it is.</summary>
    private static void AssertEnds(byte[] file, int shortest)
    {
        Assert.IsFalse(ImageFileEnd.IsMissing(file));
        Assert.IsFalse(ImageFileEnd.IsMissing([.. file, 1, 2, 3]));
        for (int length = shortest; length < file.Length; length++)
        {
            Assert.IsTrue(ImageFileEnd.IsMissing(file.AsSpan(0, length)), $"{length} of {file.Length} bytes");
        }
    }
}
