using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning;

/// <summary>
/// Finds the threshold of an out-of-distribution score that accepts a wished share of in-distribution rows, and adds a Boolean that is
/// true above it.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [ThresholdOutOfDistribution](xref:Microsoft.ML.RandomPruningCatalog.ThresholdOutOfDistribution*).
///
/// ### Input and Output Columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Input score | <xref:System.Single> | The higher, the more out-of-distribution. |
/// | Output | <xref:System.Boolean> | Whether the row is taken for out-of-distribution. |
///
/// ### Estimator Characteristics
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes: in-distribution data that the model was not trained on |
/// | Required NuGet in addition to Microsoft.ML | MLNet.RandomPruning |
/// | Exportable to ONNX | No |
/// ]]></format>
/// </remarks>
public sealed class OutOfDistributionThresholdEstimator : IEstimator<OutOfDistributionThresholdTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly string _outputColumnName, _scoreColumnName;
    private readonly double _truePositiveRate;
    private readonly CancellationToken _cancellationToken;

    internal OutOfDistributionThresholdEstimator(
        IHostEnvironment environment, string outputColumnName, string scoreColumnName, double truePositiveRate, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        if (!(truePositiveRate > 0 && truePositiveRate <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(truePositiveRate), FormattableString.Invariant(
                $"The wished true positive rate is {truePositiveRate}; it must be above 0 and at most 1, such as 0.95."));
        }

        _environment = environment;
        _outputColumnName = outputColumnName;
        _scoreColumnName = scoreColumnName;
        _truePositiveRate = truePositiveRate;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Finds the lowest of the scores such that at least the wished share of the rows has no higher one.</summary>
    /// <param name="input">In-distribution data that the model was not trained on.</param>
    /// <exception cref="ArgumentException">The column is missing, or is no Single.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or a score is not a finite number; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public OutOfDistributionThresholdTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        double[] scores = SingleColumn.ReadAll(input, _scoreColumnName, "The in-distribution data", _cancellationToken);
        return new OutOfDistributionThresholdTransformer(
            _environment, _outputColumnName, _scoreColumnName, _truePositiveRate, OutOfDistributionMetrics.ThresholdFor(scores, _truePositiveRate));
    }

    /// <summary>The schema with the Boolean.</summary>
    /// <exception cref="ArgumentException">The column is missing, or is no Single.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SingleColumn.Check(inputSchema, _scoreColumnName);
        return inputSchema.With(MLNetInternals.ShapeColumn(
            _outputColumnName, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, isKey: false));
    }
}
