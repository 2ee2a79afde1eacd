using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class MulticlassClassificationCatalog
{
    /// <summary>Evaluates scored data.</summary>
    /// <param name="data">The scored data.</param>
    /// <param name="labelColumnName">The true labels: a key, or the class number as a Single. Rows without a label, or with one that is no class number, are left out, and so are rows whose scores are not finite.</param>
    /// <param name="scoreColumnName">The scores: a vector of Single with a slot a class, taken as probabilities.</param>
    /// <param name="predictedLabelColumnName">The predicted labels.</param>
    /// <param name="topKPredictionCount">How many of the best scores count for the top-k accuracy; 0 to leave it out.</param>
    public MulticlassClassificationMetrics Evaluate(IDataView data, string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score, string predictedLabelColumnName = DefaultColumnNames.PredictedLabel,
        int topKPredictionCount = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        ArgumentException.ThrowIfNullOrEmpty(predictedLabelColumnName);
        ArgumentOutOfRangeException.ThrowIfNegative(topKPredictionCount);
        return MulticlassEvaluator.Evaluate(data, labelColumnName, scoreColumnName, predictedLabelColumnName, topKPredictionCount);
    }

    /// <summary>Fits an estimator to all folds of the data but one, and evaluates it on that one, for each fold in turn.</summary>
    /// <param name="data">The data.</param>
    /// <param name="estimator">The estimator, whose output has the columns Score and PredictedLabel.</param>
    /// <param name="numberOfFolds">The number of folds, at least 2.</param>
    /// <param name="labelColumnName">The label column.</param>
    /// <param name="samplingKeyColumnName">A column whose equal values stay in one fold; or null.</param>
    /// <param name="seed">The seed of the split.</param>
    public IReadOnlyList<CrossValidationResult<MulticlassClassificationMetrics>> CrossValidate(IDataView data,
        IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = DefaultColumnNames.Label,
        string samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        if (numberOfFolds < 2)
        {
            throw new ArgumentOutOfRangeException(nameof(numberOfFolds), numberOfFolds, "Must be more than 1");
        }

        var results = new List<CrossValidationResult<MulticlassClassificationMetrics>>(numberOfFolds);
        var folds = new DataOperationsCatalog(Environment).CrossValidationSplit(data, numberOfFolds, samplingKeyColumnName, seed);
        foreach (DataOperationsCatalog.TrainTestData fold in folds)
        {
            ITransformer model = estimator.Fit(fold.TrainSet);
            IDataView scored = model.Transform(fold.TestSet);
            MulticlassClassificationMetrics metrics = Evaluate(scored, labelColumnName);
            results.Add(new CrossValidationResult<MulticlassClassificationMetrics>(model, metrics, scored, results.Count));
        }
        return results;
    }
}
