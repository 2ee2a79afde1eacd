using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Says of an <see cref="MLImage"/> member that it is a column of images, and of which size.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ImageTypeAttribute : DataViewTypeAttribute
{
    private readonly ImageDataViewType _type;

    /// <summary>Images of any size.</summary>
    public ImageTypeAttribute() => _type = new ImageDataViewType();

    /// <summary>Images of one size.</summary>
    public ImageTypeAttribute(int height, int width) => _type = new ImageDataViewType(height, width);

    public override bool Equals(DataViewTypeAttribute other) => other is ImageTypeAttribute image && image._type.Equals(_type);

    public override int GetHashCode() => _type.GetHashCode();

    public override void Register() => DataViewTypeManager.Register(_type, typeof(MLImage), this);
}
