namespace MLNet.RandomPruning.Evaluation;

/// <summary>Where the best temperature lies.</summary>
public enum TemperatureLimit
{
    /// <summary>Between the lowest and the highest temperature, where the likelihood is largest.</summary>
    Inside,

    /// <summary>At the lowest temperature: a lower one would still be no worse, as when every row is right.</summary>
    Lowest,

    /// <summary>At the highest temperature: a higher one would still be no worse, as when labels have below-average logits: chance would do better.</summary>
    Highest,

    /// <summary>Anywhere: each row's logits are all equal, so that no temperature changes anything; it is left at 1, or the nearest one allowed.</summary>
    Anywhere,
}

/// <summary>A fitted temperature and what it does to calibration on the rows that it was fitted on.</summary>
/// <param name="Temperature">T, which logits are divided by; above 1 it makes a model less sure of itself.</param>
/// <param name="Limit">Whether T is a true optimum or at the end of its range.</param>
/// <param name="Iterations">How often the slope of the likelihood was worked out between the ends of the range.</param>
/// <param name="LossBefore">The negative log-likelihood at T = 1, a mean over rows in nats.</param>
/// <param name="LossAfter">The negative log-likelihood at T; never above that at T = 1 when 1 is in the range.</param>
/// <param name="CalibrationErrorBefore">The ECE over bins of equal width at T = 1.</param>
/// <param name="CalibrationErrorAfter">The ECE at T.</param>
public sealed record TemperatureFit(
    double Temperature, TemperatureLimit Limit, int Iterations, double LossBefore, double LossAfter, double CalibrationErrorBefore,
    double CalibrationErrorAfter)
{
    /// <summary>The fit as a short table.</summary>
    public override string ToString() =>
        ScoreRows.Text($"Temperature {Temperature:G6}{Remark} after {Iterations} iterations\n") +
        ScoreRows.Text($"              before   after\n  NLL (nats)  {LossBefore:F4}   {LossAfter:F4}\n  ECE         {CalibrationErrorBefore:F4}   {CalibrationErrorAfter:F4}");

    private string Remark => Limit switch
    {
        TemperatureLimit.Lowest => " (the lowest allowed)",
        TemperatureLimit.Highest => " (the highest allowed)",
        TemperatureLimit.Anywhere => " (any would do)",
        _ => "",
    };
}
