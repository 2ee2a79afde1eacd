namespace StandaloneScoring.Images;

/// <summary>Reads image files with nothing but the base class library: PNG, BMP, PPM and PGM.</summary>
internal static class ImageFile
{
    private const long LargestFile = 1L << 28;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no image that can be read; the message names the file and says why.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static RgbImage Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"The image '{path}' is a folder; name files.");
        }

        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new InvalidDataException($"There is no image file '{path}'.");
        }

        try
        {
            return file.Length > LargestFile
                ? throw new InvalidDataException($"it has {file.Length} bytes, and this program reads at most {LargestFile}")
                : Decode(File.ReadAllBytes(path));
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"The image '{path}' cannot be read: {error.Message.TrimEnd('.')}.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"The image '{path}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads a file's bytes, of whichever kind they say they are.</summary>
    /// <exception cref="InvalidDataException">They are no image that can be read; the message says why, as part of a sentence.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file)
    {
        if (PngReader.Knows(file))
        {
            return PngReader.Read(file);
        }

        if (BmpReader.Knows(file))
        {
            return BmpReader.Read(file);
        }

        if (NetpbmReader.Knows(file))
        {
            return NetpbmReader.Read(file);
        }

        // The base class library has no decoder for JPEG. An app that has an image library calls it here, and makes an RgbImage of
        // its RGB24 pixels; for example with ImageSharp: Image.Load<Rgb24>(file).CopyPixelDataTo(pixels).
        throw new InvalidDataException(file.StartsWith<byte>([0xFF, 0xD8, 0xFF])
            ? "it is a JPEG file, which takes an image library to decode: convert it to PNG, or call a library in ImageFile.Decode"
            : "it is no PNG, BMP, PPM or PGM file");
    }
}
