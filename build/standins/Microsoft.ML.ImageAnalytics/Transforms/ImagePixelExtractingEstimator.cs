using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Makes vectors of numbers of images of a known size.</summary>
public sealed class ImagePixelExtractingEstimator : TrivialEstimator<ImagePixelExtractingTransformer>
{
    /// <summary>Channels of an image.</summary>
    [Flags]
    public enum ColorBits : byte
    {
        Alpha = 1,
        Red = 2,
        Green = 4,
        Blue = 8,
        Rgb = Red | Green | Blue,
        All = Alpha | Rgb,
    }

    /// <summary>The order of the channels in the vector; those that are not asked for are passed over.</summary>
    public enum ColorsOrder : byte
    {
        ARGB = 1,
        ARBG = 2,
        ABRG = 3,
        ABGR = 4,
        AGRB = 5,
        AGBR = 6,
    }

    private readonly (string Output, string Input) _columns;
    private readonly bool _asFloat;

    internal ImagePixelExtractingEstimator(
        IHostEnvironment env, string outputColumnName, string inputColumnName, ChannelLayout layout, float offset, float scale, bool asFloat)
        : base(env.Register(nameof(ImagePixelExtractingEstimator)),
            new ImagePixelExtractingTransformer(env, outputColumnName, inputColumnName ?? outputColumnName, layout, offset, scale, asFloat))
    {
        _columns = (outputColumnName, inputColumnName ?? outputColumnName);
        _asFloat = asFloat;
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => ImageColumns.Append(
        inputSchema, _columns.Input, "image", ImageColumns.IsImage,
        new SchemaShape.Column(
            _columns.Output, SchemaShape.Column.VectorKind.Vector, _asFloat ? NumberDataViewType.Single : NumberDataViewType.Byte, false));
}
