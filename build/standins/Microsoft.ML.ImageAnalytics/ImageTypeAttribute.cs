using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Says of an <see cref="MLImage"/> member that it is a column of images, and of which size.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ImageTypeAttribute : DataViewTypeAttribute
{
    // Plain numbers, which the equality of attributes that .NET gives compares by value.
    private readonly int _height;
    private readonly int _width;

    /// <summary>Images of any size. A row class with it is refused when it is read: there an image has a size.</summary>
    public ImageTypeAttribute()
    {
    }

    /// <summary>Images of one size, each side at least 1.</summary>
    public ImageTypeAttribute(int height, int width)
    {
        var type = new ImageDataViewType(height, width);
        _height = type.Height;
        _width = type.Width;
    }

    public override bool Equals(DataViewTypeAttribute other) =>
        other is ImageTypeAttribute image && image._height == _height && image._width == _width;

    public override int GetHashCode() => HashCode.Combine(_height, _width);

    public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(_height, _width), typeof(MLImage), this);
}
