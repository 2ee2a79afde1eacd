namespace MLNet.RandomPruning.Evaluation;

/// <summary>A bin of a reliability diagram: the rows whose confidence, the largest probability, lies in a range.</summary>
/// <param name="Lower">Equal width: the range's lower end, itself in the bin before (0 is in the first bin). Equal mass: the smallest confidence in the bin, null for an empty one.</param>
/// <param name="Upper">Equal width: the range's upper end, itself in the bin. Equal mass: the largest confidence in the bin, null for an empty one.</param>
/// <param name="Count">The number of rows in the bin.</param>
/// <param name="CorrectCount">The number of them whose predicted class is their label.</param>
/// <param name="MeanConfidence">The mean of their confidences; null for an empty bin.</param>
public sealed record ReliabilityBin(double? Lower, double? Upper, long Count, long CorrectCount, double? MeanConfidence)
{
    /// <summary>The share of rows whose predicted class is their label; null for an empty bin.</summary>
    public double? Accuracy => Count == 0 ? null : (double)CorrectCount / Count;

    /// <summary>Wilson's 95 % interval of the accuracy, [0, 1] for an empty bin; see <see cref="Interval.Wilson"/>.</summary>
    public Interval AccuracyInterval => Interval.Wilson(CorrectCount, Count);

    /// <summary>Accuracy − mean confidence: below 0 where the model is too sure of itself; null for an empty bin.</summary>
    public double? Gap => Accuracy - MeanConfidence;

    /// <summary>The bin as text.</summary>
    public override string ToString() => Count == 0
        ? ScoreRows.Text($"({Lower:F4}, {Upper:F4}]: no rows")
        : ScoreRows.Text($"({Lower:F4}, {Upper:F4}]: {Count} rows, confidence {MeanConfidence:F4}, accuracy {Accuracy:F4} {AccuracyInterval}");
}
