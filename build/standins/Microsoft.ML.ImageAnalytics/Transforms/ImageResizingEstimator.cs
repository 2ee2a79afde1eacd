using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Brings images to one size.</summary>
public sealed class ImageResizingEstimator : TrivialEstimator<ImageResizingTransformer>
{
    /// <summary>What becomes of an image whose sides have another ratio than the new size.</summary>
    public enum ResizingKind : byte
    {
        /// <summary>The whole image, as large as fits, with empty (transparent black) borders.</summary>
        IsoPad = 0,

        /// <summary>The new size filled, with what sticks out cut off.</summary>
        IsoCrop = 1,

        /// <summary>Stretched.</summary>
        Fill = 2,
    }

    /// <summary>Which part is kept when cropping, or where the image goes when padding; "Center" for the side that it does not name.</summary>
    public enum Anchor : byte
    {
        Right = 0,
        Left = 1,
        Top = 2,
        Bottom = 3,
        Center = 4,
    }

    private readonly (string Output, string Input) _columns;
    private readonly ImageDataViewType _type;

    internal ImageResizingEstimator(
        IHostEnvironment env, string outputColumnName, int imageWidth, int imageHeight, string inputColumnName, ResizingKind resizing, Anchor cropAnchor)
        : base(env.Register(nameof(ImageResizingEstimator)),
            new ImageResizingTransformer(env, outputColumnName, imageWidth, imageHeight, inputColumnName ?? outputColumnName, resizing, cropAnchor))
    {
        _columns = (outputColumnName, inputColumnName ?? outputColumnName);
        _type = new ImageDataViewType(imageHeight, imageWidth);
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => ImageColumns.Append(
        inputSchema, _columns.Input, "image", ImageColumns.IsImage,
        new SchemaShape.Column(_columns.Output, SchemaShape.Column.VectorKind.Scalar, _type, false));
}
