using System.Globalization;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>How calibration is measured.</summary>
public sealed record CalibrationOptions
{
    /// <summary>The number of bins, from 1 to 10,000.</summary>
    public int Bins { get; init; } = 15;

    /// <summary>Whether the rows hold logits, of which the softmax is taken; otherwise they hold probabilities.</summary>
    public bool Softmax { get; init; }

    /// <summary>What logits are divided by before the softmax, above 0; only with <see cref="Softmax"/>.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>How bootstrap intervals of all figures are made; null for none. With intervals all probabilities are kept in memory.</summary>
    public BootstrapOptions? Bootstrap { get; init; }

    internal void Check()
    {
        if (Bins is < 1 or > 10_000)
        {
            throw new ArgumentOutOfRangeException(nameof(Bins), Bins, $"{Bins} bins were asked for; calibration takes 1 to 10,000.");
        }

        if (!(Temperature > 0 && double.IsFinite(Temperature)))
        {
            throw new ArgumentOutOfRangeException(nameof(Temperature), string.Create(
                CultureInfo.InvariantCulture, $"The temperature is {Temperature}; it must be a finite number above 0."));
        }

        if (Temperature != 1 && !Softmax)
        {
            throw new ArgumentException("A temperature divides logits, so it needs Softmax = true and rows of logits.", nameof(Temperature));
        }

        Bootstrap?.Check();
    }
}
