namespace MLNet.RandomPruning.Evaluation;

/// <summary>A point of the ROC curve of out-of-distribution detection; rows whose score is above the threshold are flagged.</summary>
/// <param name="Threshold">The threshold, one of the scores; null where all rows are flagged.</param>
/// <param name="FalsePositiveRate">The share of in-distribution rows that are flagged.</param>
/// <param name="TruePositiveRate">The share of out-of-distribution rows that are flagged.</param>
public readonly record struct RocPoint(double? Threshold, double FalsePositiveRate, double TruePositiveRate);
