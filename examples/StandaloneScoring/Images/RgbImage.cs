namespace StandaloneScoring.Images;

/// <summary>An image in memory. Whatever an image library decodes comes in here.</summary>
/// <param name="Width">The number of columns, at least 1.</param>
/// <param name="Height">The number of rows, at least 1.</param>
/// <param name="Pixels">[row][column][red, green, blue], a byte each.</param>
internal sealed record RgbImage(int Width, int Height, byte[] Pixels)
{
    /// <summary>Red, green and blue.</summary>
    public const int Channels = 3;

    // 192 MB in memory: a small file may claim to hold any number of pixels.
    private const long MostPixels = 1L << 26;

    /// <summary>A black image.</summary>
    /// <exception cref="InvalidDataException">It has no pixels, or too many.</exception>
    public static RgbImage Create(long width, long height)
    {
        CheckSize(width, height);
        return new RgbImage((int)width, (int)height, new byte[width * height * Channels]);
    }

    /// <summary>Throws unless there can be an image of this size.</summary>
    /// <exception cref="InvalidDataException">It has no pixels, or too many.</exception>
    public static void CheckSize(long width, long height)
    {
        if (width < 1 || height < 1)
        {
            throw new InvalidDataException($"it says it has {width}×{height} pixels");
        }

        if (width > MostPixels / height)
        {
            throw new InvalidDataException($"it says it has {width}×{height} pixels, and this program reads images of at most {MostPixels}");
        }
    }
}
