using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>Which column an out-of-distribution score is made of.</summary>
internal static class OutOfDistributionColumns
{
    /// <summary>Checks that a score has the column that it is made of.</summary>
    /// <exception cref="ArgumentException">The score takes logits, and no column of logits is named.</exception>
    public static void Check(OutOfDistributionScore scoring, string? logitsColumnName)
    {
        if (scoring.NeedsLogits && logitsColumnName is null)
        {
            throw new ArgumentException(
                $"The out-of-distribution score {scoring} is made of logits, which probabilities do not give back. Name the column that holds them, for example logitsColumnName: \"Logits\"; a RandomPrunedResNetTransformer adds one with WithLogits(\"Logits\"), its trainer with the option LogitsColumnName. Or take a score that is made of probabilities: {string.Join(", ", OutOfDistributionScore.All.Where(score => !score.NeedsLogits))}.");
        }
    }

    /// <summary>Opens what takes the rows of a data set.</summary>
    /// <exception cref="ArgumentException">The column is missing or of the wrong type, or has another number of classes than expected.</exception>
    public static OutOfDistributionSink Open(DataViewSchema schema, OutOfDistributionScore scoring, string scoreColumnName, string? logitsColumnName, ScoreColumn? expected)
    {
        Check(scoring, logitsColumnName);
        var column = ScoreColumn.Find(schema, logitsColumnName ?? scoreColumnName);
        if (expected is not null && expected.ClassCount != column.ClassCount)
        {
            throw new ArgumentException(
                $"Column '{column.Name}' has {column.ClassCount} scores in the out-of-distribution data, but {expected.ClassCount} in the in-distribution data. Score both with one model.");
        }

        return new OutOfDistributionSink(column, scoring, logits: logitsColumnName is not null);
    }

    /// <summary>Reads an out-of-distribution data set; errors say that it is this one that cannot be used.</summary>
    public static void Run(IHostEnvironment environment, IDataView data, string name, IReadOnlyList<ScoreSink> sinks, CancellationToken cancellationToken) =>
        Named(name, () =>
        {
            ScorePass.Run(environment, data, "It", label: null, sinks, cancellationToken);
            return true;
        });

    /// <summary>Does something with an out-of-distribution data set; errors say that it is this one that cannot be used.</summary>
    /// <param name="name">The name of the data set with a space before it; empty where it has none.</param>
    /// <param name="use">What is done.</param>
    public static T Named<T>(string name, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            string message = $"The out-of-distribution data{name} cannot be used. {e.Message}";
            throw e is InvalidDataException ? new InvalidDataException(message, e) : new ArgumentException(message, e);
        }
    }
}
