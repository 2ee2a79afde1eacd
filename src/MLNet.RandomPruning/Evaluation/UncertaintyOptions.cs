namespace MLNet.RandomPruning.Evaluation;

/// <summary>What is measured in one pass over scored data, and of which columns.</summary>
public sealed record UncertaintyOptions
{
    /// <summary>The true labels: a key, or class numbers from 0 on as Single. Only in-distribution data needs it.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The scores: a vector of Single with a probability a class, or logits with <see cref="Softmax"/>.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>
    /// The logits, a vector of Single; null when there are none. Out-of-distribution scores are made of them where they are there, the
    /// others of <see cref="ScoreColumnName"/>.
    /// </summary>
    public string? LogitsColumnName { get; init; }

    /// <summary>Whether <see cref="ScoreColumnName"/> holds logits, of which the softmax is taken.</summary>
    public bool Softmax { get; init; }

    /// <summary>The number of bins of the reliability diagram, from 1 to 10,000.</summary>
    public int Bins { get; init; } = 15;

    /// <summary>The out-of-distribution scores; null for all those that the columns allow.</summary>
    public IReadOnlyList<OutOfDistributionScore>? Scorings { get; init; }

    /// <summary>The number of bins of the score histograms, from 1 to 100,000.</summary>
    public int HistogramBins { get; init; } = 50;

    /// <summary>The most points of a curve, at least 2; figures are always exact.</summary>
    public int CurvePoints { get; init; } = 1000;

    /// <summary>How bootstrap intervals of all figures are made; null for none. With intervals all probabilities are kept in memory.</summary>
    public BootstrapOptions? Bootstrap { get; init; }

    /// <summary>The column of logits, wherever they are.</summary>
    internal string? Logits => LogitsColumnName ?? (Softmax ? ScoreColumnName : null);

    internal CalibrationOptions Calibration => new() { Bins = Bins, Softmax = Softmax, Bootstrap = Bootstrap };

    internal SelectiveOptions Selective => new() { CurvePoints = CurvePoints, Bootstrap = Bootstrap };

    internal OutOfDistributionOptions OutOfDistribution => new() { HistogramBins = HistogramBins, CurvePoints = CurvePoints, Bootstrap = Bootstrap };

    internal IReadOnlyList<OutOfDistributionScore> UsedScorings() =>
        Scorings ?? [.. OutOfDistributionScore.All.Where(score => Logits is not null || !score.NeedsLogits)];

    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(ScoreColumnName);
        if (Scorings is { Count: 0 })
        {
            throw new ArgumentException("Scorings is empty; name at least one out-of-distribution score, or leave it null for all that the columns allow.");
        }

        foreach (var scoring in UsedScorings())
        {
            ArgumentNullException.ThrowIfNull(scoring, nameof(Scorings));
            OutOfDistributionColumns.Check(scoring, Logits);
        }
    }
}
