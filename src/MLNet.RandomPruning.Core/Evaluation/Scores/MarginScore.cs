using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Scores;

/// <summary>p₂ − p₁ = (exp(z₂ − z₁) − 1) / Σₖ exp(zₖ − z₁), where 1 and 2 are the two largest.</summary>
internal sealed class MarginScore : OutOfDistributionScore
{
    public override string Name => "Margin";

    protected override double OfLogits(ReadOnlySpan<float> logits)
    {
        var (first, second) = TwoLargest(logits);
        return (PortableMath.Exp((double)second - first) - 1) / ScoreRows.SumOfExponentials(logits, first, 1);
    }

    protected override double OfProbabilities(ReadOnlySpan<float> probabilities)
    {
        var (first, second) = TwoLargest(probabilities);
        return (double)second - first;
    }

    private static (float First, float Second) TwoLargest(ReadOnlySpan<float> row)
    {
        float first = float.NegativeInfinity, second = float.NegativeInfinity;
        foreach (float value in row)
        {
            if (value > first)
            {
                (first, second) = (value, first);
            }
            else
            {
                second = Math.Max(second, value);
            }
        }

        return (first, second);
    }
}
