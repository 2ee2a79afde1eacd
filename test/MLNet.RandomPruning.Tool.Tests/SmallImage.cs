using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>Image files: PNG or JPEG as ML.NET writes them, or BMP, which it only reads.</summary>
internal static class SmallImage
{
    /// <summary>Writes an image of the format that the file's extension names.</summary>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="rgba">Its pixels, [row][column][red, green, blue, opacity].</param>
    /// <param name="file">Where to.</param>
    /// <returns>The file.</returns>
    public static string Save(int width, int height, byte[] rgba, string file)
    {
        if (Path.GetExtension(file).Equals(".bmp", StringComparison.OrdinalIgnoreCase))
        {
            File.WriteAllBytes(file, Bmp(width, height, rgba));
            return file;
        }

        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, rgba);
        image.Save(file);
        return file;
    }

    /// <summary>Writes an image of one colour.</summary>
    public static string SaveColour(int width, int height, string file) =>
        Save(width, height, [.. Enumerable.Range(0, width * height).SelectMany(_ => new byte[] { 200, 90, 30, 255 })], file);

    /// <summary>24 bits a pixel, rows from the bottom up, each filled up to four bytes.</summary>
    private static byte[] Bmp(int width, int height, byte[] rgba)
    {
        const int Headers = 14 + 40;
        int row = (3 * width + 3) / 4 * 4;
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content);
        writer.Write("BM"u8);
        writer.Write(Headers + (row * height));
        writer.Write(0);
        writer.Write(Headers);
        writer.Write(40);
        writer.Write(width);
        writer.Write(height);
        writer.Write((short)1);
        writer.Write((short)24);
        writer.Write(new byte[24]);
        for (int y = height - 1; y >= 0; y--)
        {
            for (int x = 0; x < width; x++)
            {
                int at = 4 * ((y * width) + x);
                writer.Write([rgba[at + 2], rgba[at + 1], rgba[at]]);
            }

            writer.Write(new byte[row - (3 * width)]);
        }

        return content.ToArray();
    }
}
