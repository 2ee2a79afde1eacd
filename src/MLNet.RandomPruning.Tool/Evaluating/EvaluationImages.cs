using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Rows;
using MLNet.RandomPruning.Tool.Scoring;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>Loads the images that a model is evaluated on, and refuses those that do not fit it.</summary>
internal sealed class EvaluationImages(MLContext mlContext, Network network, IReadOnlyList<string> classNames)
{
    private static readonly string[] Extensions = [".png", ".bmp", ".jpg", ".jpeg"];

    /// <summary>Loads labelled images.</summary>
    /// <param name="path">What <c>--data</c> says.</param>
    /// <param name="split">Which of the images.</param>
    /// <exception cref="InvalidDataException">They are of another size or of other classes than the model's.</exception>
    public ImageSet Labelled(string path, CifarSplit split)
    {
        var images = new Images(mlContext, path).Set(split);
        ThrowIfOtherShape(images.Shape, path);
        for (int label = 0; label < Math.Max(images.ClassCount, classNames.Count); label++)
        {
            if (label >= images.ClassCount || label >= classNames.Count || images.ClassNames[label] != classNames[label])
            {
                throw new InvalidDataException(
                    $"The images of '{path}' are of other classes than the model's: class {label} (counted from 0) is {Name(images.ClassNames, label)} there and {Name(classNames, label)} in the model. As images of unknown classes they can be given to --ood.");
            }
        }

        return images;
    }

    /// <summary>Loads images whose labels do not matter.</summary>
    /// <param name="path">What <c>--ood</c> says.</param>
    /// <param name="resize">Whether image files are scaled to the model's size.</param>
    /// <exception cref="InvalidDataException">They are of another size than the model's, or none could be read.</exception>
    public ImageSet Unlabelled(string path, bool resize)
    {
        if (Directory.Exists(path) && !Directory.EnumerateFiles(path, "*.bin").Any())
        {
            return OfFiles(path, resize);
        }

        var images = new Images(mlContext, path).Set(CifarSplit.Test);
        ThrowIfOtherShape(images.Shape, path);
        return images;
    }

    private ImageSet OfFiles(string folder, bool resize)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
        var shape = network.InputShape;
        if (files.Length == 0)
        {
            throw new InvalidDataException($"The folder '{folder}' holds neither CIFAR files (.bin) nor, in it or below it, images ({string.Join(", ", Extensions)}).");
        }

        if (shape.Channels != 3)
        {
            throw new InvalidDataException($"The images of '{folder}' have 3 channels, but the model takes {shape}.");
        }

        IDataView rows = new ImageFiles(files, skipped: null);
        const string Column = ImageFiles.ImageName;
        if (resize)
        {
            rows = mlContext.Transforms.ResizeImages(Column, shape.Width, shape.Height, Column).Fit(rows).Transform(rows);
        }

        var builder = new ImageSetBuilder(shape, ["unknown"]);
        using var cursor = rows.GetRowCursor([rows.Schema[Column]]);
        var getter = cursor.GetGetter<MLImage>(rows.Schema[Column]);
        MLImage image = null!;
        byte[] pixels = new byte[shape.Size];
        while (cursor.MoveNextOrExplain())
        {
            getter(ref image);
            string file = files[builder.Count];
            ThrowIfOtherShape(new ImageShape(3, image.Height, image.Width), file, "; --resize scales image files");
            ImagePlanes.Copy(image, pixels);
            builder.Add(pixels, 0);
        }

        return builder.Build();
    }

    private void ThrowIfOtherShape(ImageShape shape, string path, string remedy = "")
    {
        if (shape != network.InputShape)
        {
            throw new InvalidDataException($"The images of '{path}' are {shape} (channels×rows×columns), but the model, {network.Name}, takes {network.InputShape}{remedy}.");
        }
    }

    private static string Name(IReadOnlyList<string> names, int label) => label < names.Count ? $"'{names[label]}'" : "missing";
}
