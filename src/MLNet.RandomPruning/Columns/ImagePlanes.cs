using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>The pixels of ML.NET's images.</summary>
internal static class ImagePlanes
{
    /// <summary>
    /// Copies red, green and blue of an image as planes [channel][row][column], the values that ML.NET's ExtractPixels gives. Decoded images
    /// hold colours multiplied by their opacity, so that what is transparent in a file is black here.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="planes">Takes three planes of the image's size.</param>
    public static void Copy(MLImage image, Span<byte> planes)
    {
        int plane = image.Height * image.Width;
        bool isRgba = image.PixelFormat == MLPixelFormat.Rgba32;
        if ((isRgba || image.PixelFormat == MLPixelFormat.Bgra32) && image.Pixels.Length == 4 * plane)
        {
            Copy(image.Pixels, 4, isRgba ? 0 : 2, planes, plane);
        }
        else
        {
            Copy(image.GetBGRPixels, 3, 2, planes, plane);
        }
    }

    /// <summary>Sorts interleaved pixels with red at the given place, green next and blue across from it into planes.</summary>
    private static void Copy(ReadOnlySpan<byte> source, int step, int red, Span<byte> target, int plane)
    {
        for (int at = 0, from = 0; at < plane; at++, from += step)
        {
            target[at] = source[from + red];
            target[plane + at] = source[from + 1];
            target[2 * plane + at] = source[from + 2 - red];
        }
    }
}
