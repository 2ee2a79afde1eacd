using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Columns;

/// <summary>The images and labels of some data, in memory.</summary>
/// <param name="Images">The images with their classes.</param>
/// <param name="Labels">What the classes are.</param>
/// <param name="FeatureType">The type of the feature column.</param>
internal sealed record LabelledImages(ImageSet Images, ClassLabels Labels, DataViewType FeatureType)
{
    /// <summary>Reads all rows, once, in their order.</summary>
    /// <param name="data">The data.</param>
    /// <param name="featureName">The name of the column of images.</param>
    /// <param name="labelName">The name of the label column.</param>
    /// <param name="pixelOptions">How feature values are read as pixels.</param>
    /// <param name="expected">The shape of the images where it is known.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <param name="classes">The classes that the labels must be of; null for those of the label column.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or one has no label or no image of the right shape.</exception>
    public static LabelledImages Read(
        IDataView data, string featureName, string labelName, PixelOptions pixelOptions, ImageShape? expected, CancellationToken cancellationToken,
        ClassLabels? classes = null)
    {
        var feature = FeatureColumn.Find(data.Schema, featureName, pixelOptions, expected);
        var label = LabelColumn.Find(data.Schema, labelName);
        if (classes is not null && label.Labels.FirstDifference(classes) is { } different)
        {
            throw new ArgumentException(
                $"Label column '{labelName}' is a key whose value {different + 1} stands for '{label.Labels.Names[different]}', but in the training data it stands for '{classes.Names[different]}'. Map both with one MapValueToKey.");
        }

        classes ??= label.Labels;
        using var cursor = data.GetRowCursor([feature.Column, label.Column]);
        var pixels = PixelReader.Open(cursor, feature);
        var readLabel = LabelColumn.Reader(cursor, label.Column);
        ImageSetBuilder? builder = null;
        while (cursor.MoveNextOrExplain())
        {
            cancellationToken.ThrowIfCancellationRequested();
            long labelIndex = readLabel();
            if (labelIndex < 0)
            {
                throw new InvalidDataException(
                    $"Row {cursor.Position} (counted from 0): column '{labelName}' holds no label. Leave such rows out, for example with mlContext.Data.FilterRowsByMissingValues(data, \"{labelName}\").");
            }

            if (labelIndex >= classes.Count)
            {
                throw new InvalidDataException(
                    $"Row {cursor.Position} (counted from 0): the label in column '{labelName}' is key {labelIndex + 1}, but there are {classes.Count} classes.");
            }

            var image = pixels.Read();
            builder ??= new ImageSetBuilder(pixels.Shape!.Value, classes.Names);
            builder.Add(image, (int)labelIndex);
        }

        if (builder is null)
        {
            throw new InvalidDataException("The data has no rows.");
        }

        pixels.ThrowIfRangeUnlikely();
        return new LabelledImages(builder.Build(), classes, feature.Column.Type);
    }
}
