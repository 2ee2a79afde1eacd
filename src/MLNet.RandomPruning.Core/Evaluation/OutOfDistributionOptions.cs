namespace MLNet.RandomPruning.Evaluation;

/// <summary>How the detection of out-of-distribution inputs is measured.</summary>
public sealed record OutOfDistributionOptions
{
    /// <summary>The number of bins of the score histogram, from 1 to 100,000.</summary>
    public int HistogramBins { get; init; } = 50;

    /// <summary>The most points of the ROC curve, at least 2; a curve of no more distinct thresholds is given whole. Figures are always exact.</summary>
    public int CurvePoints { get; init; } = 1000;

    /// <summary>How bootstrap intervals of all figures are made; null for none. Both sets are resampled, each on its own.</summary>
    public BootstrapOptions? Bootstrap { get; init; }

    internal void Check()
    {
        if (HistogramBins is < 1 or > 100_000)
        {
            throw new ArgumentOutOfRangeException(
                nameof(HistogramBins), HistogramBins, $"{HistogramBins} histogram bins were asked for; a histogram takes 1 to 100,000.");
        }

        CurveThinning.CheckPoints(CurvePoints);
        Bootstrap?.Check();
    }
}
