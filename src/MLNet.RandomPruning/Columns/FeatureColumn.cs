using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Columns;

/// <summary>What a feature column holds.</summary>
internal enum FeatureKind
{
    /// <summary>A vector of Byte of known size: pixels from 0 to 255.</summary>
    Bytes,

    /// <summary>A vector of Single of known size: pixels in a range that the options give.</summary>
    Singles,

    /// <summary>An image.</summary>
    Image,

    /// <summary>A vector of Byte of any size: a PNG, JPEG or BMP file.</summary>
    EncodedImage,
}

/// <summary>A column of images in one of the forms that can be read, checked against its schema.</summary>
/// <param name="Column">The column.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Shape">The shape of its images; null when only the first row can tell.</param>
/// <param name="Pixels">How its values are read as pixels.</param>
internal sealed record FeatureColumn(DataViewSchema.Column Column, FeatureKind Kind, ImageShape? Shape, PixelOptions Pixels)
{
    /// <summary>The channels of an image column: red, green and blue.</summary>
    public const int ImageChannels = 3;

    private const string LostImages = " Columns of images get lost in ML.NET's caches (Cache, AppendCacheCheckpoint) and in ShuffleRows; put those before the images are loaded, or leave them out: the trainer keeps the images in memory itself.";

    private const string Allowed =
        "a vector of Byte or Single of known size, an image, or a vector of Byte of any size that holds a PNG, JPEG or BMP file";

    /// <summary>Finds and checks the column.</summary>
    /// <param name="schema">The schema of the data.</param>
    /// <param name="name">The name of the column.</param>
    /// <param name="pixels">How its values are read as pixels.</param>
    /// <param name="expected">The shape that the images must have, where already known.</param>
    /// <exception cref="ArgumentException">There is no such column, or it cannot be read as images of the shape.</exception>
    public static FeatureColumn Find(DataViewSchema schema, string name, PixelOptions pixels, ImageShape? expected)
    {
        var column = schema.FindWithHint("Feature", name, LostImages);
        var kind = column.Type is VectorDataViewType vector
            ? KindOf(name, vector.ItemType, isVector: true, vector.IsKnownSize)
            : KindOf(name, column.Type, isVector: false, isKnownSize: true);
        var shape = kind switch
        {
            FeatureKind.Image => ShapeOfImages(name, (ImageDataViewType)column.Type, expected),
            FeatureKind.EncodedImage => expected,
            _ => VectorShape.Of(name, (VectorDataViewType)column.Type, pixels.Interleaved, expected),
        };

        if (kind is FeatureKind.Image or FeatureKind.EncodedImage && expected is { Channels: not ImageChannels })
        {
            throw new ArgumentException(
                $"Column '{name}' holds images, which have {ImageChannels} channels, but images of {expected} (channels×rows×columns) are expected.");
        }

        return new FeatureColumn(column, kind, shape, pixels);
    }

    /// <summary>Checks what the shape of a schema tells of the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it cannot be read as images.</exception>
    public static void Check(SchemaShape schema, string name)
    {
        var column = schema.Find("Feature", name);
        var itemType = column.IsKey ? new KeyDataViewType(column.ItemType.RawType, int.MaxValue) : column.ItemType;
        KindOf(name, itemType, column.Kind != SchemaShape.Column.VectorKind.Scalar, column.Kind == SchemaShape.Column.VectorKind.Vector);
    }

    private static FeatureKind KindOf(string name, DataViewType itemType, bool isVector, bool isKnownSize)
    {
        if (!isVector && itemType is ImageDataViewType)
        {
            return FeatureKind.Image;
        }

        if (isVector && itemType is NumberDataViewType && itemType.RawType == typeof(byte))
        {
            return isKnownSize ? FeatureKind.Bytes : FeatureKind.EncodedImage;
        }

        if (isVector && itemType is NumberDataViewType && itemType.RawType == typeof(float))
        {
            return isKnownSize
                ? FeatureKind.Singles
                : throw new ArgumentException(
                    $"Column '{name}' is a vector of Single of unknown size, so its images have no known shape. Declare the size, for example with [VectorType(3, 32, 32)] on the property or in the schema definition.");
        }

        string found = isVector ? $"a vector of {itemType}" : $"{itemType}";
        string hint = itemType is TextDataViewType
            ? " To read image files, put mlContext.Transforms.LoadImages and ResizeImages before the trainer."
            : isVector && itemType is NumberDataViewType
                ? $" To convert it, put mlContext.Transforms.Conversion.ConvertType(\"{name}\") before the trainer."
                : "";
        throw new ArgumentException($"Column '{name}' is {found}, but features must be {Allowed}.{hint}");
    }

    private static ImageShape? ShapeOfImages(string name, ImageDataViewType type, ImageShape? expected)
    {
        if (type.Height <= 0 || type.Width <= 0)
        {
            return expected;
        }

        var shape = new ImageShape(ImageChannels, type.Height, type.Width);
        return expected is null || expected == shape
            ? shape
            : throw new ArgumentException(
                $"Column '{name}' holds images of {shape} (channels×rows×columns), but {expected} is expected. Put mlContext.Transforms.ResizeImages(\"{name}\", imageWidth: {expected.Value.Width}, imageHeight: {expected.Value.Height}) before it.");
    }
}
