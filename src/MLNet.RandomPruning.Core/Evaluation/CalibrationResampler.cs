using System.Buffers;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>Keeps whole rows and works out all figures of calibration again on resamples of them.</summary>
internal sealed class CalibrationResampler(int classCount, EqualWidthBins bins)
{
    private static readonly string[] Metrics =
    [
        nameof(CalibrationMetrics.Accuracy), nameof(CalibrationMetrics.MeanConfidence), nameof(CalibrationMetrics.ExpectedCalibrationError),
        nameof(CalibrationMetrics.EqualMassCalibrationError), nameof(CalibrationMetrics.MaximumCalibrationError),
        nameof(CalibrationMetrics.ClasswiseCalibrationError), nameof(CalibrationMetrics.BrierScore), nameof(CalibrationMetrics.NegativeLogLikelihood),
    ];

    // A row at a time, since a single array could not hold a million rows of thousands of classes.
    private readonly List<float[]> _probabilities = [];
    private readonly List<(int Label, double Brier, double Loss)> _rows = [];

    public void Add(ReadOnlySpan<float> probabilities, int label, double brier, double loss)
    {
        _probabilities.Add(probabilities.ToArray());
        _rows.Add((label, brier, loss));
    }

    public IReadOnlyList<BootstrapInterval> Intervals(ConfidenceRanking ranking, BootstrapOptions options, CancellationToken cancellationToken) =>
        Bootstrap.Intervals(Metrics, [_rows.Count], (weights, figures) => Figures(ranking, weights, figures), options, cancellationToken);

    private void Figures(ConfidenceRanking ranking, ReadOnlySpan<int> weights, Span<double> figures)
    {
        int rows = _rows.Count;
        int classBinCount = classCount * bins.Count;
        var scratch = ArrayPool<BinSums>.Shared.Rent(classBinCount + 2 * bins.Count);
        var equalWidth = scratch.AsSpan(0, bins.Count);
        var equalMass = scratch.AsSpan(bins.Count, bins.Count);
        var classBins = scratch.AsSpan(2 * bins.Count, classBinCount);
        ranking.Fill(weights, equalWidth, equalMass);
        var (brier, loss) = FillClasses(weights, classBins);
        long correct = 0;
        double confidence = 0;
        foreach (ref readonly var bin in equalWidth)
        {
            correct += bin.Correct;
            confidence += bin.Confidence;
        }

        figures[0] = (double)correct / rows;
        figures[1] = confidence / rows;
        figures[2] = BinSums.ExpectedGap(equalWidth, rows);
        figures[3] = BinSums.ExpectedGap(equalMass, rows);
        figures[4] = BinSums.LargestGap(equalWidth);
        figures[5] = BinSums.ExpectedGap(classBins, rows) / classCount;
        figures[6] = brier / rows;
        figures[7] = loss / rows;
        ArrayPool<BinSums>.Shared.Return(scratch);
    }

    private (double Brier, double Loss) FillClasses(ReadOnlySpan<int> weights, Span<BinSums> classBins)
    {
        classBins.Clear();
        double brier = 0, loss = 0;
        for (int row = 0; row < weights.Length; row++)
        {
            int weight = weights[row];
            if (weight == 0)
            {
                continue;
            }

            var (label, rowBrier, rowLoss) = _rows[row];
            brier += weight * rowBrier;
            loss += weight * rowLoss;
            float[] probabilities = _probabilities[row];
            for (int index = 0; index < probabilities.Length; index++)
            {
                classBins[index * bins.Count + bins.IndexOf(probabilities[index])].Add(probabilities[index], index == label, weight);
            }
        }

        return (brier, loss);
    }
}
