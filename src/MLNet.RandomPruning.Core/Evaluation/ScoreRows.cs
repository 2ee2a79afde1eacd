using System.Globalization;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>What every metric asks of its rows, and the softmax of a row of logits.</summary>
internal static class ScoreRows
{
    /// <summary>How far the sum of a row's probabilities may be from 1: room for single precision and for three printed decimals.</summary>
    public const double SumTolerance = 1e-3;

    /// <summary>Probabilities below this count as this in a logarithm; ML.NET's log-loss does the same.</summary>
    public const double LeastProbability = 1e-15;

    public static void CheckClassCount(int classCount)
    {
        if (classCount < 2)
        {
            throw new ArgumentOutOfRangeException(
                nameof(classCount), classCount, $"There must be at least two classes to tell apart, but {classCount} was given.");
        }
    }

    /// <summary>Checks that the rows are whole; gives their number, at least one.</summary>
    public static int CheckShape(int scoreCount, int classCount)
    {
        CheckClassCount(classCount);
        if (scoreCount == 0)
        {
            throw new ArgumentException("There are no rows to evaluate.");
        }

        return scoreCount % classCount == 0
            ? scoreCount / classCount
            : throw new ArgumentException($"{scoreCount} scores are not a whole number of rows of {classCount} classes.");
    }

    /// <summary>Checks that there is a label for each whole row; gives their number, at least one.</summary>
    public static int CheckShape(int scoreCount, int labelCount, int classCount)
    {
        int rows = CheckShape(scoreCount, classCount);
        return rows == labelCount
            ? rows
            : throw new ArgumentException($"There are {rows} rows of scores ({scoreCount} scores of {classCount} classes), but {labelCount} labels.");
    }

    public static void CheckLabel(int label, int classCount, long row)
    {
        if ((uint)label >= (uint)classCount)
        {
            throw new ScoreRowException(row, $"the label is {label}; with {classCount} classes the labels go from 0 to {classCount - 1}.");
        }
    }

    public static void CheckProbabilities(ReadOnlySpan<float> probabilities, long row)
    {
        double sum = 0;
        for (int index = 0; index < probabilities.Length; index++)
        {
            float probability = probabilities[index];
            if (!(probability >= 0 && probability <= float.MaxValue))
            {
                throw new ScoreRowException(row, Text(
                    $"the score of class {index} is {probability}, which is not a probability. If the scores are logits, ask for their softmax; otherwise look for the cause in the model or its input."));
            }

            sum += probability;
        }

        if (!(Math.Abs(sum - 1) <= SumTolerance))
        {
            throw new ScoreRowException(row, Text(
                $"the scores sum to {sum:G6}, but probabilities sum to 1 (to within {SumTolerance}). If the scores are logits, ask for their softmax."));
        }
    }

    public static void CheckLogits(ReadOnlySpan<float> logits, long row)
    {
        for (int index = 0; index < logits.Length; index++)
        {
            if (!float.IsFinite(logits[index]))
            {
                throw new ScoreRowException(row, Text(
                    $"the logit of class {index} is {logits[index]}; logits are finite numbers. Look for the cause in the model or its input."));
            }
        }
    }

    public static void CheckFinite(ReadOnlySpan<double> values, string what)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException($"There are no {what}.");
        }

        for (int row = 0; row < values.Length; row++)
        {
            if (!double.IsFinite(values[row]))
            {
                throw new ScoreRowException(row, Text($"of the {what}, this one is {values[row]}; each must be a finite number."));
            }
        }
    }

    public static float Largest(ReadOnlySpan<float> row)
    {
        float largest = row[0];
        for (int index = 1; index < row.Length; index++)
        {
            largest = Math.Max(largest, row[index]);
        }

        return largest;
    }

    /// <summary>softmax(z/T), worked out in double and rounded once; gives the cross-entropy −ln softmax(z/T)ₗ of class l from the logits, in nats.</summary>
    public static double Softmax(ReadOnlySpan<float> logits, double temperature, int label, Span<float> probabilities)
    {
        double logit = logits[label];
        var (largest, sum) = Softmax(logits, temperature, probabilities);
        return PortableMath.Log(sum) - (logit - largest) / temperature;
    }

    /// <summary>
    /// softmax(z/T), worked out in double and rounded once; may be done in place. Gives m, the largest logit, and Σₖ exp((zₖ − m)/T).
    /// </summary>
    public static (double Largest, double Sum) Softmax(ReadOnlySpan<float> logits, double temperature, Span<float> probabilities)
    {
        double largest = Largest(logits);
        double sum = SumOfExponentials(logits, largest, temperature);
        for (int index = 0; index < logits.Length; index++)
        {
            probabilities[index] = (float)(PortableMath.Exp((logits[index] - largest) / temperature) / sum);
        }

        return (largest, sum);
    }

    /// <summary>Σₖ exp((zₖ − m)/T) with m the largest logit; at least 1.</summary>
    public static double SumOfExponentials(ReadOnlySpan<float> logits, double largest, double temperature)
    {
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += PortableMath.Exp((logit - largest) / temperature);
        }

        return sum;
    }

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
