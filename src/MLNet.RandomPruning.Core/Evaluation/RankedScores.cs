namespace MLNet.RandomPruning.Evaluation;

/// <summary>The figures of detection at every threshold, and the threshold that accepts enough in-distribution rows.</summary>
internal record struct DetectionFigures(
    double AreaUnderRoc, double AveragePrecisionOut, double AveragePrecisionIn, double FalsePositiveRate, double Threshold,
    double FalseAlarmRate, double DetectionError);

/// <summary>In- and out-of-distribution scores in one rising order; equal scores are one step of every curve.</summary>
internal sealed class RankedScores
{
    private readonly double[] _scores;
    private readonly int[] _rows;
    private readonly int _inCount, _outCount;

    public RankedScores(ReadOnlySpan<double> inScores, ReadOnlySpan<double> outScores)
    {
        (_inCount, _outCount) = (inScores.Length, outScores.Length);
        _scores = new double[checked(_inCount + _outCount)];
        inScores.CopyTo(_scores);
        outScores.CopyTo(_scores.AsSpan(_inCount));
        _rows = new int[_scores.Length];
        for (int row = 0; row < _rows.Length; row++)
        {
            _rows[row] = row;
        }

        Array.Sort(_scores, _rows);
    }

    /// <summary>All figures in one pass over the distinct scores; each row counts as often as its weight says, or once when there are no weights. Weights keep the size of both sets.</summary>
    public DetectionFigures Figures(ReadOnlySpan<int> weights, double rate)
    {
        double inCount = _inCount, outCount = _outCount;
        long inBelow = 0, outBelow = 0;

        // Twice the number of (in, out) pairs in the right order, where a tie counts half.
        long ordered = 0;
        bool accepted = false;
        var figures = new DetectionFigures { DetectionError = 0.5 };
        for (int start = 0, end; start < _scores.Length; start = end)
        {
            var (inHere, outHere) = Step(start, weights, out end);
            if (inHere + outHere == 0)
            {
                continue;
            }

            ordered += outHere * (2 * inBelow + inHere);

            // Out-of-distribution as the positive class: rows from this score up are flagged.
            double detected = (outCount - outBelow) / outCount;
            figures.AveragePrecisionOut += outHere / outCount * (outCount - outBelow) / (outCount - outBelow + inCount - inBelow);
            if (detected >= rate)
            {
                figures.FalseAlarmRate = (inCount - inBelow) / inCount;
            }

            // In-distribution as the positive class: rows up to this score are accepted.
            inBelow += inHere;
            outBelow += outHere;
            figures.AveragePrecisionIn += inHere / inCount * inBelow / (inBelow + outBelow);
            if (!accepted && inBelow / inCount >= rate)
            {
                accepted = true;
                figures.FalsePositiveRate = outBelow / outCount;
                figures.Threshold = _scores[start];
            }

            figures.DetectionError = Math.Min(figures.DetectionError, 0.5 * (1 - inBelow / inCount) + 0.5 * (outBelow / outCount));
        }

        figures.AreaUnderRoc = ordered / (2 * inCount * outCount);
        return figures;
    }

    public RocPoint[] Curve(int mostPoints)
    {
        int steps = 0;
        for (int start = 0, end; start < _scores.Length; start = end, steps++)
        {
            Step(start, [], out end);
        }

        // From the highest threshold, which flags nothing, down.
        var thinning = new CurveThinning(steps + 1, mostPoints);
        var points = new List<RocPoint>();
        long inAbove = 0, outAbove = 0;
        for (int end = _scores.Length; end > 0;)
        {
            double threshold = _scores[end - 1];
            Add(threshold);
            for (; end > 0 && _scores[end - 1] == threshold; end--)
            {
                if (_rows[end - 1] < _inCount)
                {
                    inAbove++;
                }
                else
                {
                    outAbove++;
                }
            }
        }

        Add(null);
        return [.. points];

        void Add(double? threshold)
        {
            double falsePositives = (double)inAbove / _inCount, truePositives = (double)outAbove / _outCount;
            if (thinning.Keeps((falsePositives + truePositives) / 2))
            {
                points.Add(new RocPoint(threshold, falsePositives, truePositives));
            }
        }
    }

    /// <summary>The weights of the in- and out-of-distribution rows whose score equals the one at a place, and the place behind them.</summary>
    private (long In, long Out) Step(int start, ReadOnlySpan<int> weights, out int end)
    {
        long inHere = 0, outHere = 0;
        double score = _scores[start];
        for (end = start; end < _scores.Length && _scores[end] == score; end++)
        {
            int row = _rows[end];
            int weight = weights.IsEmpty ? 1 : weights[row];
            if (row < _inCount)
            {
                inHere += weight;
            }
            else
            {
                outHere += weight;
            }
        }

        return (inHere, outHere);
    }
}
