namespace MLNet.RandomPruning.Evaluation;

/// <summary>What is summed up over the rows of a bin.</summary>
internal struct BinSums
{
    public long Count;
    public long Correct;
    public double Confidence;
    public float Lowest;
    public float Highest;

    public void Add(float confidence, bool correct, int weight)
    {
        if (Count == 0)
        {
            (Lowest, Highest) = (confidence, confidence);
        }

        Lowest = Math.Min(Lowest, confidence);
        Highest = Math.Max(Highest, confidence);
        Count += weight;
        Correct += correct ? weight : 0;
        Confidence += (double)confidence * weight;
    }

    /// <summary>|accuracy − mean confidence|·count.</summary>
    public readonly double Gap => Math.Abs(Correct - Confidence);

    /// <summary>Σ_b (n_b/N)·|accuracy_b − confidence_b|.</summary>
    public static double ExpectedGap(ReadOnlySpan<BinSums> bins, long rows)
    {
        double sum = 0;
        foreach (ref readonly var bin in bins)
        {
            sum += bin.Gap;
        }

        return sum / rows;
    }

    /// <summary>max_b |accuracy_b − confidence_b| over bins that are not empty.</summary>
    public static double LargestGap(ReadOnlySpan<BinSums> bins)
    {
        double largest = 0;
        foreach (ref readonly var bin in bins)
        {
            largest = bin.Count == 0 ? largest : Math.Max(largest, bin.Gap / bin.Count);
        }

        return largest;
    }
}
