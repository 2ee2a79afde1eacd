using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Rows;
using MLNet.RandomPruning.Scoring;

namespace MLNet.RandomPruning;

/// <summary>
/// Fits the temperature under which a classifier's probabilities are most likely on held-out data, and rescales its scores by it
/// (Guo et al., "On calibration of modern neural networks", ICML 2017).
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [CalibrateTemperature](xref:Microsoft.ML.RandomPruningCatalog.CalibrateTemperature*).
///
/// ### Input and Output Columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Input scores | Known-size vector of <xref:System.Single> | A probability a class, or a logit; of any multiclass model. |
/// | Input label | [key](xref:Microsoft.ML.Data.KeyDataViewType) or <xref:System.Single> | The class; for fitting only. |
/// | Output | Known-size vector of <xref:System.Single> | A probability a class, with the annotations of the input. |
///
/// ### Estimator Characteristics
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes: data that the model was not trained on |
/// | Required NuGet in addition to Microsoft.ML | MLNet.RandomPruning |
/// | Exportable to ONNX | No |
/// ]]></format>
/// </remarks>
public sealed class TemperatureCalibrationEstimator : IEstimator<TemperatureCalibrationTransformer>
{
    private readonly IHost _host;
    private readonly string _outputColumnName, _scoreColumnName, _labelColumnName;
    private readonly bool _softmax;
    private readonly CancellationToken _cancellationToken;

    internal TemperatureCalibrationEstimator(
        IHostEnvironment environment, string outputColumnName, string scoreColumnName, string labelColumnName, bool softmax, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        _host = environment.Register(nameof(TemperatureCalibrationEstimator));
        _outputColumnName = outputColumnName;
        _scoreColumnName = scoreColumnName;
        _labelColumnName = labelColumnName;
        _softmax = softmax;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Fits the temperature. Rows without a label are left out.</summary>
    /// <param name="input">Scored data that the model was not trained on: on data that it was trained on it is too sure of itself.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or one has scores or a label that nothing can be fitted to; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TemperatureCalibrationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = _host.Start("Fitting a temperature");
        var scores = ScoreColumn.Find(input.Schema, _scoreColumnName);
        var rows = new RowSink(scores, _softmax);
        ScorePass.Run(_host, input, "The held-out data", TrueLabelColumn.Find(input.Schema, _labelColumnName, scores), [rows], _cancellationToken);
        var fit = TemperatureScaling.Fit(
            rows.Scores, rows.Labels, scores.ClassCount, new TemperatureOptions { Probabilities = !_softmax }, _cancellationToken);
        string result = FormattableString.Invariant(
            $"Temperature {fit.Temperature:G4} on {rows.Count} rows: NLL {fit.LossBefore:F4} to {fit.LossAfter:F4}, ECE {fit.CalibrationErrorBefore:F4} to {fit.CalibrationErrorAfter:F4}.");
        switch (fit.Limit)
        {
            case TemperatureLimit.Lowest:
                channel.Warning(MessageSensitivity.None, $"{result} This is the lowest temperature tried, and a lower one would be no worse: no row is wrong. Fit it to more rows.");
                break;
            case TemperatureLimit.Highest:
                channel.Warning(MessageSensitivity.None, $"{result} This is the highest temperature tried, and a higher one would be no worse: the scores tell no more than chance.");
                break;
            case TemperatureLimit.Anywhere:
                channel.Warning(MessageSensitivity.None, $"{result} No temperature changes anything: in each row all scores are equal.");
                break;
            default:
                channel.Info(MessageSensitivity.None, result);
                break;
        }

        return new TemperatureCalibrationTransformer(_host, _outputColumnName, _scoreColumnName, _softmax, fit);
    }

    /// <summary>The schema with the rescaled scores.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var scores = ScoreColumn.Check(inputSchema, _scoreColumnName);
        TrueLabelColumn.Check(inputSchema, _labelColumnName);
        var annotations = scores.Annotations.Where(annotation => annotation.Name is not (ScoreSchema.ScoreColumnKind or ScoreSchema.ScoreValueKind));
        return inputSchema.With(MLNetInternals.ShapeColumn(
            _outputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false, [.. annotations, .. ScoreSchema.Kinds()]));
    }
}
