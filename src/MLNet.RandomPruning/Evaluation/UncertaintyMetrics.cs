namespace MLNet.RandomPruning.Evaluation;

/// <summary>How far a classifier's word on its own certainty can be trusted, measured in one pass over each data set.</summary>
/// <param name="Calibration">How far its probabilities can be taken at their word.</param>
/// <param name="Selective">How well its confidence tells right from wrong predictions.</param>
/// <param name="OutOfDistribution">How well scores tell inputs from elsewhere, by data set and then by score, in the order in which they were given.</param>
public sealed record UncertaintyMetrics(
    CalibrationMetrics Calibration, SelectiveMetrics Selective, IReadOnlyList<OutOfDistributionSetMetrics> OutOfDistribution)
{
    /// <summary>All figures as short tables.</summary>
    public override string ToString() => string.Join("\n\n", [Calibration.ToString(), Selective.ToString(), .. OutOfDistribution.Select(set => set.ToString())]);
}

/// <summary>How well one score tells one data set apart.</summary>
/// <param name="Name">The name of the data set.</param>
/// <param name="Scoring">The score.</param>
/// <param name="Metrics">The figures.</param>
public sealed record OutOfDistributionSetMetrics(string Name, OutOfDistributionScore Scoring, OutOfDistributionMetrics Metrics)
{
    /// <summary>The figures as a short table.</summary>
    public override string ToString() => $"{Name}, {Scoring}: {Metrics}";
}
