namespace MLNet.RandomPruning.Columns;

/// <summary>The formats of image files, told apart by how a file begins.</summary>
internal enum ImageFileFormat
{
    /// <summary>None of the others.</summary>
    Other,
    Png,
    Jpeg,
    Bmp,
}

/// <summary>Tells the formats apart.</summary>
internal static class ImageFileFormats
{
    /// <summary>The format that a file begins as; the rest of it is not looked at.</summary>
    public static ImageFileFormat Of(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) ? ImageFileFormat.Png
        : file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? ImageFileFormat.Jpeg
        : file.StartsWith("BM"u8) ? ImageFileFormat.Bmp
        : ImageFileFormat.Other;
}
