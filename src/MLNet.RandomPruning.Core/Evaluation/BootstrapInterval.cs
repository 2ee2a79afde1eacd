using System.Globalization;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>A figure with its bootstrap interval.</summary>
/// <param name="Metric">The figure's name; of our metrics, the name of the property that holds it.</param>
/// <param name="Estimate">The figure on the rows themselves.</param>
/// <param name="Range">The interval.</param>
/// <param name="Level">The share of resamples whose figure lies in the interval.</param>
public sealed record BootstrapInterval(string Metric, double Estimate, Interval Range, double Level)
{
    /// <summary>The figure and its interval as text, for example <c>Accuracy 0.7801 [0.7512, 0.8034] at 95 %</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Metric} {Estimate:F4} {Range} at {Level * 100:0.##} %");
}
