using MLNet.RandomPruning.Evaluation.Scores;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// A number that tells from a classifier's output how far an input is from what the classifier was trained on: the higher,
/// the more out-of-distribution.
/// </summary>
public abstract class OutOfDistributionScore
{
    /// <summary>−max p, the negative confidence (Hendrycks and Gimpel, "A baseline for detecting misclassified and out-of-distribution examples in neural networks", ICLR 2017).</summary>
    public static OutOfDistributionScore MaxSoftmax { get; } = new MaxSoftmaxScore();

    /// <summary>The energy −ln Σₖ exp(zₖ) of the logits z (Liu et al., "Energy-based out-of-distribution detection", NeurIPS 2020).</summary>
    public static OutOfDistributionScore Energy { get; } = new EnergyScore(1);

    /// <summary>−max z of the logits z (Hendrycks et al., "Scaling out-of-distribution detection for real-world settings", ICML 2022).</summary>
    public static OutOfDistributionScore MaxLogit { get; } = new MaxLogitScore();

    /// <summary>The entropy −Σₖ pₖ·ln pₖ, in nats.</summary>
    public static OutOfDistributionScore Entropy { get; } = new EntropyScore();

    /// <summary>p₂ − p₁, the second largest probability less the largest.</summary>
    public static OutOfDistributionScore Margin { get; } = new MarginScore();

    /// <summary>The scores that are named without anything in brackets, each once.</summary>
    public static IReadOnlyList<OutOfDistributionScore> All => OutOfDistributionScoreRegistry.Named;

    /// <summary>The score's name, which <see cref="Parse"/> reads back, for example <c>Energy(2)</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the score is a function of the logits alone, which probabilities do not give back.</summary>
    public virtual bool NeedsLogits => false;

    /// <summary>The energy −T·ln Σₖ exp(zₖ/T) of the logits z at a temperature T.</summary>
    /// <param name="temperature">T, a finite number above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is out of range.</exception>
    public static OutOfDistributionScore EnergyWith(double temperature) => temperature == 1 ? Energy : new EnergyScore(temperature);

    /// <summary>Finds a score by its name, in any case: MaxSoftmax, Energy, Energy(temperature), MaxLogit, Entropy or Margin.</summary>
    /// <exception cref="ArgumentException">There is no score of this name; the message lists them.</exception>
    public static OutOfDistributionScore Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OutOfDistributionScoreRegistry.Find(name);
    }

    /// <summary>Finds a score by its name; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">There is no score of this name; the message lists them.</exception>
    public static implicit operator OutOfDistributionScore(string name) => Parse(name);

    /// <summary>The score of a row of logits, without overflow for any finite ones.</summary>
    /// <param name="logits">A logit a class, at least two.</param>
    /// <exception cref="ScoreRowException">A logit is not finite; the row is given as 0.</exception>
    /// <exception cref="ArgumentException">There are fewer than two classes.</exception>
    public double FromLogits(ReadOnlySpan<float> logits)
    {
        ScoreRows.CheckClassCount(logits.Length);
        ScoreRows.CheckLogits(logits, 0);
        return OfLogits(logits);
    }

    /// <summary>The score of a row of probabilities.</summary>
    /// <param name="probabilities">A probability a class, at least two.</param>
    /// <exception cref="ScoreRowException">They are not probabilities (finite, not negative, summing to 1 to within 0.001); the row is given as 0.</exception>
    /// <exception cref="ArgumentException">The score needs logits, or there are fewer than two classes.</exception>
    public double FromProbabilities(ReadOnlySpan<float> probabilities)
    {
        CheckTakesProbabilities();
        ScoreRows.CheckClassCount(probabilities.Length);
        ScoreRows.CheckProbabilities(probabilities, 0);
        return OfProbabilities(probabilities);
    }

    /// <summary>The scores of many rows.</summary>
    /// <param name="rows">The rows, row-major [rows, classes], at least one.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="logits">Whether the rows hold logits; otherwise they hold probabilities.</param>
    /// <param name="scores">Takes a score a row.</param>
    /// <param name="cancellationToken">Heard between rows.</param>
    /// <exception cref="ScoreRowException">A row is not of finite logits, or not of probabilities.</exception>
    /// <exception cref="ArgumentException">The score needs logits and the rows hold probabilities, there are no rows, or the lengths do not fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void ScoreAll(ReadOnlySpan<float> rows, int classCount, bool logits, Span<double> scores, CancellationToken cancellationToken = default)
    {
        int count = ScoreRows.CheckShape(rows.Length, classCount);
        if (scores.Length != count)
        {
            throw new ArgumentException($"There are {count} rows, but room for {scores.Length} scores.", nameof(scores));
        }

        if (!logits)
        {
            CheckTakesProbabilities();
        }

        for (int index = 0; index < count; index++)
        {
            if ((index & 1023) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var row = rows.Slice(index * classCount, classCount);
            if (logits)
            {
                ScoreRows.CheckLogits(row, index);
                scores[index] = OfLogits(row);
            }
            else
            {
                ScoreRows.CheckProbabilities(row, index);
                scores[index] = OfProbabilities(row);
            }
        }
    }

    /// <summary>The score's name.</summary>
    public sealed override string ToString() => Name;

    /// <summary>The score of a row of finite logits, at least two.</summary>
    protected abstract double OfLogits(ReadOnlySpan<float> logits);

    /// <summary>The score of a row of probabilities, at least two; only called when <see cref="NeedsLogits"/> is false.</summary>
    protected virtual double OfProbabilities(ReadOnlySpan<float> probabilities) => throw new NotSupportedException($"{Name} needs logits.");

    private void CheckTakesProbabilities()
    {
        if (NeedsLogits)
        {
            throw new ArgumentException(
                $"The score {Name} needs logits, which probabilities do not give back. Score logits, or use one of {string.Join(", ", All.Where(score => !score.NeedsLogits))}.");
        }
    }
}
