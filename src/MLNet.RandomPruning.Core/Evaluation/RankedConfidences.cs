namespace MLNet.RandomPruning.Evaluation;

/// <summary>Rows in the order of falling confidence; equal confidences are one step of the risk–coverage curve.</summary>
internal sealed class RankedConfidences
{
    private readonly double[] _negated;
    private readonly bool[] _correct;
    private readonly int[] _rows;

    public RankedConfidences(ReadOnlySpan<double> confidences, ReadOnlySpan<bool> correct)
    {
        _negated = new double[confidences.Length];
        _rows = new int[confidences.Length];
        _correct = correct.ToArray();
        for (int row = 0; row < _rows.Length; row++)
        {
            _negated[row] = -confidences[row];
            _rows[row] = row;
        }

        Array.Sort(_negated, _rows);
    }

    /// <summary>AURC, the best AURC that so many errors allow, and the share of errors; each row counts as often as its weight says, or once when there are no weights.</summary>
    public (double Area, double Optimal, double Risk) Figures(ReadOnlySpan<int> weights)
    {
        long answered = 0, wrong = 0;
        double area = 0;
        for (int start = 0, end; start < _rows.Length; start = end)
        {
            var (here, wrongHere) = Step(start, weights, out end);

            // In a random order of the step's rows, its first k hold k·wrongHere/here errors in the mean.
            double share = (double)wrongHere / here;
            for (long k = 1; k <= here; k++)
            {
                area += (wrong + k * share) / (answered + k);
            }

            answered += here;
            wrong += wrongHere;
        }

        double optimal = 0;
        for (long k = 1; k <= wrong; k++)
        {
            optimal += (double)k / (answered - wrong + k);
        }

        return (area / answered, optimal / answered, (double)wrong / answered);
    }

    public RiskCoveragePoint[] Curve(int mostPoints)
    {
        int steps = 0;
        for (int start = 0, end; start < _rows.Length; start = end, steps++)
        {
            Step(start, [], out end);
        }

        var thinning = new CurveThinning(steps, mostPoints);
        var points = new List<RiskCoveragePoint>();
        long answered = 0, wrong = 0;
        for (int start = 0, end; start < _rows.Length; start = end)
        {
            var (here, wrongHere) = Step(start, [], out end);
            answered += here;
            wrong += wrongHere;
            double coverage = (double)answered / _rows.Length;
            if (thinning.Keeps(coverage))
            {
                points.Add(new RiskCoveragePoint(-_negated[start], coverage, (double)wrong / answered));
            }
        }

        return [.. points];
    }

    /// <summary>The weight of the rows whose confidence equals the one at a place, that of the wrong ones among them, and the place behind them.</summary>
    private (long All, long Wrong) Step(int start, ReadOnlySpan<int> weights, out int end)
    {
        long all = 0, wrong = 0;
        double confidence = _negated[start];
        for (end = start; end < _rows.Length && _negated[end] == confidence; end++)
        {
            int row = _rows[end];
            int weight = weights.IsEmpty ? 1 : weights[row];
            all += weight;
            wrong += _correct[row] ? 0 : weight;
        }

        return (all, wrong);
    }
}
