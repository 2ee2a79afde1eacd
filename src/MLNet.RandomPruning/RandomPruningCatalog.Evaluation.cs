using MLNet.RandomPruning;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;

namespace Microsoft.ML;

public static partial class RandomPruningCatalog
{
    /// <summary>
    /// Measures how far a multiclass model's probabilities can be taken at their word: calibration errors (ECE, MCE), Brier score,
    /// log-likelihood and the reliability diagram. Rows without a label are left out, with a warning in the log.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="data">Scored data, of any multiclass model.</param>
    /// <param name="labelColumnName">The true labels: a key, or class numbers from 0 on as Single.</param>
    /// <param name="scoreColumnName">The scores: a vector of Single of known size with a probability a class, or logits with <paramref name="softmax"/>.</param>
    /// <param name="bins">The number of bins, from 1 to 10,000.</param>
    /// <param name="softmax">Whether the scores are logits, of which the softmax is taken.</param>
    /// <param name="bootstrap">How bootstrap intervals of all figures are made; null for none. With intervals all probabilities are kept in memory.</param>
    /// <param name="cancellationToken">Heard between rows and between resamples.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, the label's key stands for other classes than the scores, or an argument is out of range.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or one holds no probabilities or a label that there is no score of; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var metrics = mlContext.MulticlassClassification.EvaluateCalibration(model.Transform(test));
    /// Console.WriteLine(metrics);
    /// foreach (var bin in metrics.ReliabilityDiagram)
    /// {
    ///     Console.WriteLine(bin);
    /// }
    /// ]]></code>
    /// </example>
    public static CalibrationMetrics EvaluateCalibration(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        int bins = 15,
        bool softmax = false,
        BootstrapOptions? bootstrap = null,
        CancellationToken cancellationToken = default)
    {
        var (scores, label) = Columns(catalog, data, labelColumnName, scoreColumnName);
        var sink = new CalibrationSink(scores, new CalibrationOptions { Bins = bins, Softmax = softmax, Bootstrap = bootstrap });
        ScorePass.Run(MLNetInternals.EnvironmentOf(catalog), data, "The data", label, [sink], cancellationToken);
        return sink.Compute(cancellationToken);
    }

    /// <summary>
    /// Measures how well a multiclass model's confidence, its largest probability, tells its right from its wrong predictions: the
    /// risk–coverage curve and the area under it (AURC). Rows without a label are left out, with a warning in the log.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="data">Scored data, of any multiclass model.</param>
    /// <param name="labelColumnName">The true labels: a key, or class numbers from 0 on as Single.</param>
    /// <param name="scoreColumnName">The scores: a vector of Single of known size with a probability a class, or logits with <paramref name="softmax"/>.</param>
    /// <param name="softmax">Whether the scores are logits, of which the softmax is taken, in double precision.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="cancellationToken">Heard between rows and between resamples.</param>
    /// <inheritdoc cref="EvaluateCalibration" path="/exception"/>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var metrics = mlContext.MulticlassClassification.EvaluateSelective(model.Transform(test));
    /// var half = metrics.RiskCoverageCurve.First(point => point.Coverage >= 0.5);
    /// Console.WriteLine($"AURC {metrics.AreaUnderRiskCoverageCurve:F4}; of the surer half {half.Risk:P1} are wrong");
    /// ]]></code>
    /// </example>
    public static SelectiveMetrics EvaluateSelective(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        bool softmax = false,
        SelectiveOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var (scores, label) = Columns(catalog, data, labelColumnName, scoreColumnName);
        var sink = new SelectiveSink(scores, softmax);
        ScorePass.Run(MLNetInternals.EnvironmentOf(catalog), data, "The data", label, [sink], cancellationToken);
        return sink.Compute(options ?? new SelectiveOptions(), cancellationToken);
    }

    /// <summary>
    /// Measures how well a score tells inputs like those of the training from others: ROC-AUC, areas under precision–recall curves, false
    /// positive rate at 95 % true positive rate, detection error, the ROC curve and histograms. Labels are not looked at.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="inDistribution">Scored data of the kind that the model was trained on, and that it has not seen.</param>
    /// <param name="outOfDistribution">Data of another kind, scored by the same model.</param>
    /// <param name="scoring">The score, for example "MaxSoftmax", "Entropy", "Margin", "Energy" or "MaxLogit"; null for MaxSoftmax.</param>
    /// <param name="scoreColumnName">
    /// The probabilities, a vector of Single of known size. Or a Single that is an out-of-distribution score already, such as
    /// <see cref="ScoreOutOfDistribution"/> adds; then <paramref name="scoring"/> is null.
    /// </param>
    /// <param name="logitsColumnName">The logits, a vector of Single of known size, which are then taken instead of the probabilities; null for none. Energy and MaxLogit need them.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="cancellationToken">Heard between rows and between resamples.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, the score needs logits and none are named, or the two sets have other numbers of classes.</exception>
    /// <exception cref="InvalidDataException">A set has no rows, or a row holds no probabilities or no finite logits; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var network = model.WithLogits("Logits");
    /// var metrics = mlContext.MulticlassClassification.EvaluateOutOfDistribution(
    ///     network.Transform(test), network.Transform(others), scoring: "Energy", logitsColumnName: "Logits");
    /// Console.WriteLine($"ROC-AUC {metrics.AreaUnderRocCurve:F4}");
    /// ]]></code>
    /// </example>
    public static OutOfDistributionMetrics EvaluateOutOfDistribution(
        this MulticlassClassificationCatalog catalog,
        IDataView inDistribution,
        IDataView outOfDistribution,
        OutOfDistributionScore? scoring = null,
        string scoreColumnName = "Score",
        string? logitsColumnName = null,
        OutOfDistributionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(inDistribution);
        ArgumentNullException.ThrowIfNull(outOfDistribution);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        if (scoring is null && logitsColumnName is null && inDistribution.Schema.GetColumnOrNull(scoreColumnName) is { } column && SingleColumn.Is(column.Type))
        {
            return OutOfDistributionMetrics.Compute(
                SingleColumn.ReadAll(inDistribution, scoreColumnName, "The in-distribution data", cancellationToken),
                OutOfDistributionColumns.Named("", () => SingleColumn.ReadAll(outOfDistribution, scoreColumnName, "It", cancellationToken)), options, cancellationToken);
        }

        var environment = MLNetInternals.EnvironmentOf(catalog);
        scoring ??= OutOfDistributionScore.MaxSoftmax;
        var insider = OutOfDistributionColumns.Open(inDistribution.Schema, scoring, scoreColumnName, logitsColumnName, expected: null);
        var outsider = OutOfDistributionColumns.Named(
            "", () => OutOfDistributionColumns.Open(outOfDistribution.Schema, scoring, scoreColumnName, logitsColumnName, insider.Column));
        ScorePass.Run(environment, inDistribution, "The in-distribution data", label: null, [insider], cancellationToken);
        OutOfDistributionColumns.Run(environment, outOfDistribution, "", [outsider], cancellationToken);
        return OutOfDistributionMetrics.Compute(insider.Scores, outsider.Scores, options, cancellationToken);
    }

    /// <summary>
    /// Measures calibration, selective prediction and the detection of out-of-distribution inputs in one pass over each data set, so that
    /// each row is scored once whatever is measured on it. Rows without a label are left out of <paramref name="data"/>, with a warning in
    /// the log.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="data">Scored and labelled in-distribution data, of any multiclass model.</param>
    /// <param name="outOfDistribution">Data sets of other kinds, scored by the same model, by name; they need no labels. Null for none.</param>
    /// <param name="options">What is measured and of which columns.</param>
    /// <param name="cancellationToken">Heard between rows and between resamples.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, a score needs logits and none are named, or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">A set has no rows, or a row holds scores or a label that nothing can be measured on; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var network = model.WithLogits("Logits");
    /// var metrics = mlContext.MulticlassClassification.EvaluateUncertainty(
    ///     network.Transform(test),
    ///     new Dictionary<string, IDataView> { ["CIFAR-100"] = network.Transform(cifar100), ["SVHN"] = network.Transform(svhn) },
    ///     new UncertaintyOptions { LogitsColumnName = "Logits", Bootstrap = new BootstrapOptions { Seed = 1 } });
    /// Console.WriteLine(metrics);
    /// ]]></code>
    /// </example>
    public static UncertaintyMetrics EvaluateUncertainty(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        IReadOnlyDictionary<string, IDataView>? outOfDistribution = null,
        UncertaintyOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return UncertaintyEvaluation.Run(
            MLNetInternals.EnvironmentOf(catalog), data, outOfDistribution ?? new Dictionary<string, IDataView>(), options ?? new UncertaintyOptions(), cancellationToken);
    }

    private static (ScoreColumn Scores, TrueLabelColumn Label) Columns(
        MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName, string scoreColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        var scores = ScoreColumn.Find(data.Schema, scoreColumnName);
        return (scores, TrueLabelColumn.Find(data.Schema, labelColumnName, scores));
    }
}
