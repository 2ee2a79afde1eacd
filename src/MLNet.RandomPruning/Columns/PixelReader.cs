using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Columns;

/// <summary>
/// Reads a row's image as bytes [channel][row][column] from 0 to 255, whatever the column holds. Features of type Single are
/// rounded to the nearest of the 256 steps of their range, so that every form of one image gives the same bytes.
/// Belongs to one row or cursor.
/// </summary>
internal abstract class PixelReader
{
    private byte[] _pixels = [];

    private protected PixelReader(DataViewRow row, FeatureColumn column)
    {
        Row = row;
        Column = column;
        Shape = column.Shape;
        if (Shape is { } shape)
        {
            _pixels = new byte[shape.Size];
        }
    }

    /// <summary>The shape of the images; null until the first has been read when the schema does not tell.</summary>
    public ImageShape? Shape { get; private set; }

    private protected DataViewRow Row { get; }

    private protected FeatureColumn Column { get; }

    private protected string Name => Column.Column.Name;

    /// <summary>Opens the column in a row or cursor, in which it must be active.</summary>
    public static PixelReader Open(DataViewRow row, FeatureColumn column) => column.Kind switch
    {
        FeatureKind.Bytes => new BytePixelReader(row, column),
        FeatureKind.Singles => new SinglePixelReader(row, column),
        FeatureKind.Image => new ImagePixelReader(row, column),
        _ => new EncodedImagePixelReader(row, column),
    };

    /// <summary>The current row's image; valid until the next call.</summary>
    /// <exception cref="InvalidDataException">The row holds no image, one of another shape, values that are no pixels, or what a stage before cannot read.</exception>
    public ReadOnlySpan<byte> Read()
    {
        try
        {
            ReadInto(ref _pixels);
        }
        catch (Exception e) when (e is not (InvalidDataException or OperationCanceledException or OutOfMemoryException))
        {
            // The stages that make the value are asked for it here, and what they say of a bad file names no row, and often no file.
            throw Bad($"cannot be read: {e.Message.TrimEnd('.')}", e);
        }

        return _pixels;
    }

    /// <summary>Checks that there is something to learn from the values seen so far.</summary>
    /// <exception cref="InvalidDataException">The values cannot be pixels of the range that was declared.</exception>
    public virtual void ThrowIfRangeUnlikely()
    {
    }

    private protected abstract void ReadInto(ref byte[] pixels);

    /// <summary>Brings an image into planes, [channel][row][column].</summary>
    private protected void Separate(MLImage image, ref byte[] pixels)
    {
        SetOrCheckSize(image.Height, image.Width, ref pixels);
        ImagePlanes.Copy(image, pixels);
    }

    /// <summary>Takes note of an image's rows and columns; the first image sets the shape when nothing else does.</summary>
    private void SetOrCheckSize(int height, int width, ref byte[] pixels)
    {
        var shape = new ImageShape(FeatureColumn.ImageChannels, height, width);
        if (Shape is null)
        {
            Shape = shape;
            pixels = new byte[shape.Size];
        }
        else if (Shape != shape)
        {
            throw Bad(
                $"is an image of {height} rows and {width} columns, but {Shape.Value.Height} rows and {Shape.Value.Width} columns are expected. Put mlContext.Transforms.ResizeImages(\"{Name}\", imageWidth: {Shape.Value.Width}, imageHeight: {Shape.Value.Height}) before it");
        }
    }

    private protected void CheckLength(int length)
    {
        var shape = Shape!.Value;
        if (length != shape.Size)
        {
            throw Bad($"has {length} values, but {shape.Size} ({shape}, channels×rows×columns) are expected");
        }
    }

    private protected InvalidDataException Bad(string what, Exception? inner = null) =>
        new($"Row {Row.Position} (counted from 0): column '{Name}' {what}.", inner);

    /// <summary>Brings [row][column][channel] into [channel][row][column].</summary>
    private protected static void Separate(ReadOnlySpan<byte> interleaved, Span<byte> planes, ImageShape shape)
    {
        int plane = shape.PlaneSize;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            var target = planes.Slice(channel * plane, plane);
            for (int at = 0, from = channel; at < plane; at++, from += shape.Channels)
            {
                target[at] = interleaved[from];
            }
        }
    }
}
