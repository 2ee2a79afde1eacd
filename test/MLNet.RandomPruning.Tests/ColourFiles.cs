using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tests;

/// <summary>An image file with a label.</summary>
public class FileRow
{
    public string File { get; set; } = "";

    public string Label { get; set; } = "";
}

/// <summary>The colour images as PNG files in a folder of their own, which goes with it.</summary>
public sealed class ColourFiles : IDisposable
{
    private const int Plane = ColourImages.Side * ColourImages.Side;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public ColourFiles(PixelRow[] rows) => Rows = [.. rows.Select((row, index) => new FileRow { File = Save(row, $"{index:d4}.png"), Label = row.Label })];

    public string Folder => _folder.FullName;

    /// <summary>The whole paths, with the labels.</summary>
    public FileRow[] Rows { get; }

    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>The rows with another file in one of them.</summary>
    public FileRow[] With(int index, string file)
    {
        var rows = Rows.ToArray();
        rows[index] = new FileRow { File = file, Label = rows[index].Label };
        return rows;
    }

    /// <summary>Files read as images in the column Features, which does not tell their size.</summary>
    public static IDataView Load(MLContext mlContext, FileRow[] rows)
    {
        var data = mlContext.Data.LoadFromEnumerable(rows);
        return mlContext.Transforms.LoadImages("Features", null, "File").Fit(data).Transform(data);
    }

    /// <summary>Writes a file of a row's pixels, or of some columns of them.</summary>
    public string Save(PixelRow row, string name, int width = ColourImages.Side)
    {
        using var image = Image(row, MLPixelFormat.Rgba32, width);
        image.Save(this[name]);
        return this[name];
    }

    /// <summary>A row's pixels as an image, or some columns of them, repeated where they end.</summary>
    public static MLImage Image(PixelRow row, MLPixelFormat format, int width = ColourImages.Side)
    {
        int red = format == MLPixelFormat.Rgba32 ? 0 : 2;
        var pixels = new byte[4 * ColourImages.Side * width];
        for (int y = 0; y < ColourImages.Side; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int to = 4 * ((y * width) + x), from = (y * ColourImages.Side) + (x % ColourImages.Side);
                pixels[to + red] = row.Features[from];
                pixels[to + 1] = row.Features[Plane + from];
                pixels[to + 2 - red] = row.Features[(2 * Plane) + from];
                pixels[to + 3] = 255;
            }
        }

        return MLImage.CreateFromPixels(width, ColourImages.Side, format, pixels);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
