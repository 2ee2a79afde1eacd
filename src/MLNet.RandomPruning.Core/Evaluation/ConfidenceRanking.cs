namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// Rows in the order of rising confidence. Sums go in this order, so that figures do not depend on the order in which the
/// rows came.
/// </summary>
internal sealed class ConfidenceRanking
{
    private readonly EqualWidthBins _bins;
    private readonly float[] _confidence;
    private readonly bool[] _correct;
    private readonly int[] _row;

    public ConfidenceRanking(EqualWidthBins bins, ReadOnlySpan<float> confidence, ReadOnlySpan<bool> correct)
    {
        _bins = bins;
        _confidence = confidence.ToArray();
        _row = new int[confidence.Length];
        for (int row = 0; row < _row.Length; row++)
        {
            _row[row] = row;
        }

        Array.Sort(_confidence, _row);
        _correct = new bool[_row.Length];
        for (int rank = 0; rank < _row.Length; rank++)
        {
            _correct[rank] = correct[_row[rank]];
        }
    }

    /// <summary>Sums up all rows, each as often as its weight says, or once when there are no weights.</summary>
    public void Fill(ReadOnlySpan<int> weights, Span<BinSums> equalWidth, Span<BinSums> equalMass)
    {
        equalWidth.Clear();
        equalMass.Clear();
        long rows = _row.Length;
        long below = 0, seen = 0;
        float last = float.NaN;
        for (int rank = 0; rank < _row.Length; rank++)
        {
            int weight = weights.IsEmpty ? 1 : weights[_row[rank]];
            if (weight == 0)
            {
                continue;
            }

            float confidence = _confidence[rank];
            if (confidence != last)
            {
                (below, last) = (seen, confidence);
            }

            seen += weight;
            equalWidth[_bins.IndexOf(confidence)].Add(confidence, _correct[rank], weight);
            equalMass[(int)(below * equalMass.Length / rows)].Add(confidence, _correct[rank], weight);
        }
    }
}
