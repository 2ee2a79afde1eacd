namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// The counts of in- and out-of-distribution scores in bins of equal width from the smallest of all scores to the largest. Bin b
/// holds [edge b, edge b + 1), and the last one its upper edge as well.
/// </summary>
/// <param name="Edges">The bins' edges, rising, one more than there are bins. When all scores are equal they go from ½ below to ½ above.</param>
/// <param name="InDistribution">The number of in-distribution scores in each bin.</param>
/// <param name="OutOfDistribution">The number of out-of-distribution scores in each bin.</param>
public sealed record ScoreHistogram(IReadOnlyList<double> Edges, IReadOnlyList<long> InDistribution, IReadOnlyList<long> OutOfDistribution)
{
    internal static ScoreHistogram Of(ReadOnlySpan<double> inScores, ReadOnlySpan<double> outScores, int bins)
    {
        double low = Math.Min(Smallest(inScores), Smallest(outScores));
        double high = Math.Max(Largest(inScores), Largest(outScores));
        if (low == high)
        {
            (low, high) = (low - 0.5, high + 0.5);
        }

        // Halved, since the distance of two finite numbers may not be finite.
        double[] edges = new double[bins + 1];
        for (int edge = 0; edge <= bins; edge++)
        {
            double share = (double)edge / bins;
            edges[edge] = low * (1 - share) + high * share;
        }

        return new ScoreHistogram(edges, Count(inScores, edges), Count(outScores, edges));
    }

    private static long[] Count(ReadOnlySpan<double> scores, double[] edges)
    {
        long[] counts = new long[edges.Length - 1];
        double scale = counts.Length / (edges[^1] / 2 - edges[0] / 2);
        foreach (double score in scores)
        {
            // A first guess, then the edges decide.
            int bin = (int)Math.Clamp((score / 2 - edges[0] / 2) * scale, 0, counts.Length - 1);
            while (bin > 0 && score < edges[bin])
            {
                bin--;
            }

            while (bin < counts.Length - 1 && score >= edges[bin + 1])
            {
                bin++;
            }

            counts[bin]++;
        }

        return counts;
    }

    private static double Smallest(ReadOnlySpan<double> scores)
    {
        double smallest = scores[0];
        foreach (double score in scores)
        {
            smallest = Math.Min(smallest, score);
        }

        return smallest;
    }

    private static double Largest(ReadOnlySpan<double> scores)
    {
        double largest = scores[0];
        foreach (double score in scores)
        {
            largest = Math.Max(largest, score);
        }

        return largest;
    }
}
