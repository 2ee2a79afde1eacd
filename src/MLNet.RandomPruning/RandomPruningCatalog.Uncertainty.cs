using MLNet.RandomPruning;
using MLNet.RandomPruning.Evaluation;

namespace Microsoft.ML;

public static partial class RandomPruningCatalog
{
    /// <summary>
    /// Creates an <see cref="OutOfDistributionScoreEstimator"/>, which adds a score, a Single, that tells from a multiclass model's output
    /// how far each input is from what the model was trained on: the higher, the more out-of-distribution.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The column that is added.</param>
    /// <param name="scoreColumnName">The probabilities, a vector of Single of known size; not read when there are logits.</param>
    /// <param name="method">The score, for example "MaxSoftmax", "Entropy", "Margin", "Energy", "Energy(2)" or "MaxLogit"; null for MaxSoftmax.</param>
    /// <param name="logitsColumnName">The logits, a vector of Single of known size, which are then taken instead of the probabilities; null for none. Energy and MaxLogit need them.</param>
    /// <exception cref="ArgumentException">A column's name is empty, or the score needs logits and none are named.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var pipeline = mlContext.Transforms.ScoreOutOfDistribution(method: "Energy", logitsColumnName: "Logits")
    ///     .Append(mlContext.Transforms.ThresholdOutOfDistribution(truePositiveRate: 0.95));
    /// var network = model.WithLogits("Logits");
    /// var guard = pipeline.Fit(network.Transform(heldOut));
    /// mlContext.Model.Save(network.Append(guard), heldOut.Schema, "guarded.zip");
    /// ]]></code>
    /// </example>
    public static OutOfDistributionScoreEstimator ScoreOutOfDistribution(
        this TransformsCatalog catalog,
        string outputColumnName = "OutOfDistributionScore",
        string scoreColumnName = "Score",
        OutOfDistributionScore? method = null,
        string? logitsColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new OutOfDistributionScoreEstimator(
            MLNetInternals.EnvironmentOf(catalog), outputColumnName, scoreColumnName, method ?? OutOfDistributionScore.MaxSoftmax, logitsColumnName);
    }

    /// <summary>
    /// Creates an <see cref="OutOfDistributionThresholdEstimator"/>, which finds the threshold of an out-of-distribution score that accepts
    /// a wished share of in-distribution data, and adds a Boolean that is true above it.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The column that is added.</param>
    /// <param name="scoreColumnName">The out-of-distribution score, a Single, of <see cref="ScoreOutOfDistribution"/> for example.</param>
    /// <param name="truePositiveRate">The share of in-distribution rows to accept, above 0 and at most 1.</param>
    /// <param name="cancellationToken">Stops <see cref="OutOfDistributionThresholdEstimator.Fit"/>.</param>
    /// <exception cref="ArgumentException">A column's name is empty, or the share is out of range.</exception>
    /// <inheritdoc cref="ScoreOutOfDistribution" path="/example"/>
    public static OutOfDistributionThresholdEstimator ThresholdOutOfDistribution(
        this TransformsCatalog catalog,
        string outputColumnName = "IsOutOfDistribution",
        string scoreColumnName = "OutOfDistributionScore",
        double truePositiveRate = 0.95,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new OutOfDistributionThresholdEstimator(MLNetInternals.EnvironmentOf(catalog), outputColumnName, scoreColumnName, truePositiveRate, cancellationToken);
    }

    /// <summary>
    /// Creates a <see cref="TemperatureCalibrationEstimator"/>, which fits a temperature on held-out data and rescales a multiclass
    /// model's scores by it, so that its probabilities can be taken at their word. Predictions stay the same.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The column that is added; by default it takes the place of the scores.</param>
    /// <param name="scoreColumnName">The scores: a vector of Single of known size with a probability a class, or logits with <paramref name="softmax"/>.</param>
    /// <param name="labelColumnName">The true labels, for fitting only: a key, or class numbers from 0 on as Single.</param>
    /// <param name="softmax">Whether the scores are logits, of which the softmax is taken; otherwise the logarithms of the probabilities are the logits.</param>
    /// <param name="cancellationToken">Stops <see cref="TemperatureCalibrationEstimator.Fit"/>.</param>
    /// <exception cref="ArgumentException">A column's name is empty.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// // Fitted on data that the model was not trained on: on its training data it is too sure of itself.
    /// var calibration = mlContext.Transforms.CalibrateTemperature().Fit(model.Transform(heldOut));
    /// Console.WriteLine(calibration.Fit);
    /// var calibrated = model.Append(calibration);
    /// Console.WriteLine(mlContext.MulticlassClassification.EvaluateCalibration(calibrated.Transform(test)));
    /// ]]></code>
    /// </example>
    public static TemperatureCalibrationEstimator CalibrateTemperature(
        this TransformsCatalog catalog,
        string outputColumnName = "Score",
        string scoreColumnName = "Score",
        string labelColumnName = "Label",
        bool softmax = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new TemperatureCalibrationEstimator(
            MLNetInternals.EnvironmentOf(catalog), outputColumnName, scoreColumnName, labelColumnName, softmax, cancellationToken);
    }
}
