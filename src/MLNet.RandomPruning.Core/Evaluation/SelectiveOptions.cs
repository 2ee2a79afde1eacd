namespace MLNet.RandomPruning.Evaluation;

/// <summary>How selective prediction is measured.</summary>
public sealed record SelectiveOptions
{
    /// <summary>The most points of the risk–coverage curve, at least 2; a curve of no more distinct confidences is given whole. Figures are always exact.</summary>
    public int CurvePoints { get; init; } = 1000;

    /// <summary>How bootstrap intervals of all figures are made; null for none.</summary>
    public BootstrapOptions? Bootstrap { get; init; }

    internal void Check()
    {
        CurveThinning.CheckPoints(CurvePoints);
        Bootstrap?.Check();
    }
}
