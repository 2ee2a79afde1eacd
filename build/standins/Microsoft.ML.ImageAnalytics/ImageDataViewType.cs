using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>The type of a column of images, all of one size, or of any sizes.</summary>
public sealed class ImageDataViewType : StructuredDataViewType
{
    /// <summary>Rows of every image; 0 when not known.</summary>
    public readonly int Height;

    /// <summary>Pixels in a row of every image; 0 when not known.</summary>
    public readonly int Width;

    /// <summary>Images of <paramref name="height"/>×<paramref name="width"/> pixels, each at least 1.</summary>
    public ImageDataViewType(int height, int width)
        : base(typeof(MLImage))
    {
        if (height <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(height), height, "The height of an image is at least 1.");
        }

        if (width <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(width), width, "The width of an image is at least 1.");
        }

        if ((long)height * width > int.MaxValue / 4)
        {
            throw new ArgumentOutOfRangeException(nameof(height), height, $"An image of {width}×{height} pixels is too large; at most {int.MaxValue / 4} pixels fit.");
        }

        Height = height;
        Width = width;
    }

    /// <summary>Images of any size.</summary>
    public ImageDataViewType()
        : base(typeof(MLImage))
    {
    }

    internal bool IsKnownSize => Height > 0;

    public override bool Equals(DataViewType other) =>
        other is ImageDataViewType image && image.Height == Height && image.Width == Width;

    public override int GetHashCode() => HashCode.Combine(Height, Width);

    public override string ToString() => IsKnownSize ? $"Image<{Height}, {Width}>" : "Image";
}
