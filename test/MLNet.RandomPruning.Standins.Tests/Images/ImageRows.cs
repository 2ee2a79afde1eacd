using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.RandomPruning.Standins.Tests.Pipeline;

namespace MLNet.RandomPruning.Standins.Tests.Images;

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

/// <summary>Makes random images and views of images, and reads columns.</summary>
internal static class Rows
{
    /// <summary>A view with the column Image, of any sizes, which the attribute of a row class cannot say.</summary>
    public static ColumnarView AnySize(params MLImage[] images) => new ColumnarView().Add("Image", new ImageDataViewType(), images);

    public static MLImage RandomImage(Random random, int width, int height, MLPixelFormat format = MLPixelFormat.Bgra32, bool opaque = true)
    {
        var pixels = new byte[width * height * 4];
        random.NextBytes(pixels);
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = opaque ? (byte)255 : pixels[i];

            // Colours are premultiplied.
            for (int c = 1; c <= 3; c++)
            {
                pixels[i - c] = Math.Min(pixels[i - c], pixels[i]);
            }
        }

        return MLImage.CreateFromPixels(width, height, format, pixels);
    }

    public static MLImage Copy(MLImage image) => MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels);

    /// <summary>The value of channel 'A', 'R', 'G' or 'B'.</summary>
    public static byte Channel(MLImage image, int y, int x, char channel)
    {
        string order = image.PixelFormat == MLPixelFormat.Bgra32 ? "BGRA" : "RGBA";
        return image.Pixels[(y * image.Width + x) * 4 + order.IndexOf(channel)];
    }

    public static (int Red, int Green, int Blue, int Alpha) Color(MLImage image, int y, int x) =>
        (Channel(image, y, x, 'R'), Channel(image, y, x, 'G'), Channel(image, y, x, 'B'), Channel(image, y, x, 'A'));

    /// <summary>All values of a column, each read into a variable of its own.</summary>
    public static List<T> Read<T>(IDataView data, string column) => Read<T, T>(data, column, value => value);

    /// <summary>Copies of all images of a column, since the images themselves may go with the cursor.</summary>
    public static List<MLImage> ReadImages(IDataView data, string column) => Read<MLImage, MLImage>(data, column, Copy);

    public static List<TResult> Read<T, TResult>(IDataView data, string column, Func<T, TResult> use)
    {
        var result = new List<TResult>();
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema[column]]);
        ValueGetter<T> getter = cursor.GetGetter<T>(data.Schema[column]);
        while (cursor.MoveNext())
        {
            T value = default!;
            getter(ref value);
            result.Add(use(value));
        }

        return result;
    }

    /// <summary>Whether the image is disposed, which everything that is asked of it then says.</summary>
    public static bool IsDisposed(MLImage image)
    {
        try
        {
            return image.Width < 0;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
