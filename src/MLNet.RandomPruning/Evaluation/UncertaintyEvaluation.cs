using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>Calibration, selective prediction and out-of-distribution detection in one pass over each data set.</summary>
internal static class UncertaintyEvaluation
{
    public static UncertaintyMetrics Run(
        IHostEnvironment environment, IDataView data, IReadOnlyDictionary<string, IDataView> outOfDistribution, UncertaintyOptions options, CancellationToken cancellationToken)
    {
        options.Check();
        var scores = ScoreColumn.Find(data.Schema, options.ScoreColumnName);
        var label = TrueLabelColumn.Find(data.Schema, options.LabelColumnName, scores);
        var calibration = new CalibrationSink(scores, options.Calibration);
        var selective = new SelectiveSink(scores, options.Softmax);
        var scorings = outOfDistribution.Count == 0 ? [] : options.UsedScorings();
        var insiders = Open(data.Schema, scorings, options, expected: null);

        // All columns are checked before the first row is read.
        var outsiders = outOfDistribution.Select(set => (set.Key, set.Value, Sinks: OpenOutsiders(set, scorings, options, insiders))).ToArray();
        ScorePass.Run(environment, data, "The data", label, [calibration, selective, .. insiders], cancellationToken);
        var detection = new List<OutOfDistributionSetMetrics>();
        foreach (var (name, set, sinks) in outsiders)
        {
            OutOfDistributionColumns.Run(environment, set, $" '{name}'", sinks, cancellationToken);
            foreach (var (insider, outsider) in insiders.Zip(sinks))
            {
                detection.Add(new OutOfDistributionSetMetrics(
                    name, outsider.Scoring, OutOfDistributionMetrics.Compute(insider.Scores, outsider.Scores, options.OutOfDistribution, cancellationToken)));
            }
        }

        return new UncertaintyMetrics(calibration.Compute(cancellationToken), selective.Compute(options.Selective, cancellationToken), detection);
    }

    private static OutOfDistributionSink[] OpenOutsiders(
        KeyValuePair<string, IDataView> set, IReadOnlyList<OutOfDistributionScore> scorings, UncertaintyOptions options, OutOfDistributionSink[] insiders)
    {
        if (set.Value is null)
        {
            throw new ArgumentException($"The out-of-distribution data '{set.Key}' is null.");
        }

        return OutOfDistributionColumns.Named($" '{set.Key}'", () => Open(set.Value.Schema, scorings, options, insiders[0].Column));
    }

    private static OutOfDistributionSink[] Open(
        DataViewSchema schema, IReadOnlyList<OutOfDistributionScore> scorings, UncertaintyOptions options, ScoreColumn? expected) =>
        [.. scorings.Select(scoring => OutOfDistributionColumns.Open(schema, scoring, options.ScoreColumnName, options.Logits, expected))];
}
