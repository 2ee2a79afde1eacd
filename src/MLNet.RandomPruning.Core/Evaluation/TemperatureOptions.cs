namespace MLNet.RandomPruning.Evaluation;

/// <summary>How a temperature is fitted.</summary>
public sealed record TemperatureOptions
{
    /// <summary>The lowest temperature, at least 1e-30.</summary>
    public double LowestTemperature { get; init; } = 1e-3;

    /// <summary>The highest temperature, above the lowest and at most 1e30.</summary>
    public double HighestTemperature { get; init; } = 1e3;

    /// <summary>The number of bins of the calibration errors, from 1 to 10,000.</summary>
    public int Bins { get; init; } = 15;

    /// <summary>
    /// Whether the rows hold probabilities instead of logits. Their logarithms (of at least 1e-15) are then the logits, which are
    /// the model's own but for a shift that the softmax does not see.
    /// </summary>
    public bool Probabilities { get; init; }

    internal void Check()
    {
        if (!(LowestTemperature >= 1e-30 && HighestTemperature > LowestTemperature && HighestTemperature <= 1e30))
        {
            throw new ArgumentOutOfRangeException(nameof(LowestTemperature), ScoreRows.Text(
                $"Temperatures from {LowestTemperature} to {HighestTemperature} were asked for; the highest must be above the lowest, and both between 1e-30 and 1e30."));
        }

        new CalibrationOptions { Bins = Bins }.Check();
    }
}
