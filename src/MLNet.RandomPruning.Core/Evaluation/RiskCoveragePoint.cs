namespace MLNet.RandomPruning.Evaluation;

/// <summary>A point of the risk–coverage curve: only rows of at least some confidence are answered.</summary>
/// <param name="Threshold">The least confidence that is answered.</param>
/// <param name="Coverage">The share of rows that are answered, above 0 and at most 1.</param>
/// <param name="Risk">The share of wrong answers among them.</param>
public readonly record struct RiskCoveragePoint(double Threshold, double Coverage, double Risk);
