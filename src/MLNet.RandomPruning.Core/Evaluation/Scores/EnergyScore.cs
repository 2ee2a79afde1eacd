using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Scores;

/// <summary>−T·ln Σₖ exp(zₖ/T) = −(m + T·ln Σₖ exp((zₖ − m)/T)) with m = max z.</summary>
internal sealed class EnergyScore : OutOfDistributionScore
{
    private readonly double _temperature;

    public EnergyScore(double temperature)
    {
        if (!(temperature > 0 && double.IsFinite(temperature)))
        {
            throw new ArgumentOutOfRangeException(nameof(temperature), ScoreRows.Text(
                $"The temperature of the energy is {temperature}; it must be a finite number above 0."));
        }

        _temperature = temperature;
        Name = temperature == 1 ? "Energy" : ScoreRows.Text($"Energy({temperature:R})");
    }

    public override string Name { get; }

    public override bool NeedsLogits => true;

    protected override double OfLogits(ReadOnlySpan<float> logits)
    {
        double largest = ScoreRows.Largest(logits);
        return -(largest + _temperature * PortableMath.Log(ScoreRows.SumOfExponentials(logits, largest, _temperature)));
    }
}
