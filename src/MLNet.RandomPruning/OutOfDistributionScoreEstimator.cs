using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning;

/// <summary>
/// Adds a score that tells from a classifier's output how far an input is from what the classifier was trained on; looks at no data.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [ScoreOutOfDistribution](xref:Microsoft.ML.RandomPruningCatalog.ScoreOutOfDistribution*).
///
/// ### Input and Output Columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Input scores or logits | Known-size vector of <xref:System.Single> | A probability, or a logit, a class; of any multiclass model. |
/// | Output | <xref:System.Single> | The score: the higher, the more out-of-distribution. |
///
/// ### Estimator Characteristics
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Required NuGet in addition to Microsoft.ML | MLNet.RandomPruning |
/// | Exportable to ONNX | No |
/// ]]></format>
/// </remarks>
public sealed class OutOfDistributionScoreEstimator : IEstimator<OutOfDistributionScoreTransformer>
{
    private readonly OutOfDistributionScoreTransformer _transformer;

    internal OutOfDistributionScoreEstimator(
        IHostEnvironment environment, string outputColumnName, string scoreColumnName, OutOfDistributionScore method, string? logitsColumnName) =>
        _transformer = new OutOfDistributionScoreTransformer(environment, outputColumnName, scoreColumnName, method, logitsColumnName);

    /// <summary>The transformer; of the data only the columns are looked at.</summary>
    /// <exception cref="ArgumentException">The column is missing, or is no vector of Single with a slot a class.</exception>
    public OutOfDistributionScoreTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ScoreColumn.Find(input.Schema, _transformer.InputColumnName);
        return _transformer;
    }

    /// <summary>The schema with the score.</summary>
    /// <exception cref="ArgumentException">The column is missing, or is no vector of Single.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ScoreColumn.Check(inputSchema, _transformer.InputColumnName);
        return inputSchema.With(MLNetInternals.ShapeColumn(
            _transformer.OutputColumnName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, isKey: false));
    }
}
