using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Data;

/// <summary>Reads the image files that a text column names, as images or as their bytes.</summary>
public sealed class ImageLoadingEstimator : TrivialEstimator<ImageLoadingTransformer>
{
    private readonly (string Output, string Input) _columns;
    private readonly bool _rawBytes;

    internal ImageLoadingEstimator(IHostEnvironment env, string imageFolder, bool rawBytes, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(ImageLoadingEstimator)),
            new ImageLoadingTransformer(env, imageFolder, rawBytes, outputColumnName, inputColumnName ?? outputColumnName))
    {
        _columns = (outputColumnName, inputColumnName ?? outputColumnName);
        _rawBytes = rawBytes;
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column output = _rawBytes
            ? new SchemaShape.Column(_columns.Output, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.Byte, false)
            : ImageColumns.ImageShape(_columns.Output);
        return ImageColumns.Append(
            inputSchema, _columns.Input, TextDataViewType.Instance.ToString(),
            column => column.Kind == SchemaShape.Column.VectorKind.Scalar && column.ItemType is TextDataViewType, output);
    }
}
