using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.RandomPruning.Standins.Tests.Images;

/// <summary>Images of any size.</summary>
public class ImageRow
{
    [ImageType]
    public MLImage? Image { get; set; }
}

/// <summary>Images of 4 columns and 3 rows.</summary>
public class SmallImageRow
{
    public const int Width = 4;
    public const int Height = 3;

    [ImageType(Height, Width)]
    public MLImage? Image { get; set; }
}

public class PathRow
{
    public string Path { get; set; } = "";
}

/// <summary>Makes random images and reads columns.</summary>
internal static class Rows
{
    public static MLImage RandomImage(Random random, int width, int height, MLPixelFormat format = MLPixelFormat.Bgra32, bool opaque = true)
    {
        var pixels = new byte[width * height * 4];
        random.NextBytes(pixels);
        for (int i = 3; opaque && i < pixels.Length; i += 4)
        {
            pixels[i] = 255;
        }

        return MLImage.CreateFromPixels(width, height, format, pixels);
    }

    /// <summary>The value of channel 'A', 'R', 'G' or 'B'.</summary>
    public static byte Channel(MLImage image, int y, int x, char channel)
    {
        string order = image.PixelFormat == MLPixelFormat.Bgra32 ? "BGRA" : "RGBA";
        return image.Pixels[(y * image.Width + x) * 4 + order.IndexOf(channel)];
    }

    /// <summary>All values of a column, each read into a variable of its own.</summary>
    public static List<T> Read<T>(IDataView data, string column)
    {
        var result = new List<T>();
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema[column]]);
        ValueGetter<T> getter = cursor.GetGetter<T>(data.Schema[column]);
        while (cursor.MoveNext())
        {
            T value = default!;
            getter(ref value);
            result.Add(value);
        }

        return result;
    }
}
