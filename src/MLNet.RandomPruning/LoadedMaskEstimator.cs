using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Masks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning;

/// <summary>
/// Adds a column that carries masks that are there already, of a file or of another model; looks at no data.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [LoadMask](xref:Microsoft.ML.RandomPruningCatalog.LoadMask*).
///
/// ### Input and Output Columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Output | [text](xref:Microsoft.ML.Data.TextDataViewType) | The network's name in each row; its annotation `RandomMask` carries the masks. |
///
/// ### Estimator Characteristics
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Required NuGet in addition to Microsoft.ML | MLNet.RandomPruning |
/// | Exportable to ONNX | No |
/// ]]></format>
/// </remarks>
public sealed class LoadedMaskEstimator : IEstimator<RandomMaskTransformer>
{
    private readonly RandomMaskTransformer _transformer;

    internal LoadedMaskEstimator(IHostEnvironment environment, NetworkMask masks, string outputColumnName)
    {
        ArgumentNullException.ThrowIfNull(masks);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        _transformer = new RandomMaskTransformer(environment, masks, outputColumnName);
    }

    /// <summary>The masks.</summary>
    public NetworkMask Masks => _transformer.Masks;

    /// <summary>The transformer with the masks; the data is not looked at.</summary>
    public RandomMaskTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _transformer;
    }

    /// <summary>The schema with the mask column.</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return MaskColumn.Add(inputSchema, _transformer.OutputColumnName);
    }
}
