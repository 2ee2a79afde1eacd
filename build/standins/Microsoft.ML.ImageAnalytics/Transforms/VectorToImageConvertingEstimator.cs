using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Makes images of vectors of numbers.</summary>
public sealed class VectorToImageConvertingEstimator : TrivialEstimator<VectorToImageConvertingTransformer>
{
    private readonly (string Output, string Input) _columns;
    private readonly ImageDataViewType _type;

    internal VectorToImageConvertingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, VectorToImageOptions options)
        : base(env.Register(nameof(VectorToImageConvertingEstimator)),
            new VectorToImageConvertingTransformer(env, outputColumnName, inputColumnName ?? outputColumnName, options))
    {
        _columns = (outputColumnName, inputColumnName ?? outputColumnName);
        _type = new ImageDataViewType(options.Height, options.Width);
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => ImageColumns.Append(
        inputSchema, _columns.Input, "a known-size vector of Single, Double or Byte",
        column => column.Kind == SchemaShape.Column.VectorKind.Vector && !column.IsKey
            && VectorToImageConvertingTransformer.IsItemType(column.ItemType),
        new SchemaShape.Column(_columns.Output, SchemaShape.Column.VectorKind.Scalar, _type, false));
}
