using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Scores;

/// <summary>−Σₖ pₖ·ln pₖ, where 0·ln 0 = 0. From logits: ln S − Σₖ eₖ·dₖ / S with dₖ = zₖ − max z, eₖ = exp dₖ and S = Σₖ eₖ.</summary>
internal sealed class EntropyScore : OutOfDistributionScore
{
    public override string Name => "Entropy";

    protected override double OfLogits(ReadOnlySpan<float> logits)
    {
        double largest = ScoreRows.Largest(logits);
        double sum = 0, weighted = 0;
        foreach (float logit in logits)
        {
            double difference = logit - largest;
            double exponential = PortableMath.Exp(difference);
            sum += exponential;
            weighted += exponential * difference;
        }

        return PortableMath.Log(sum) - weighted / sum;
    }

    protected override double OfProbabilities(ReadOnlySpan<float> probabilities)
    {
        double entropy = 0;
        foreach (float probability in probabilities)
        {
            if (probability > 0)
            {
                entropy -= probability * PortableMath.Log(probability);
            }
        }

        return entropy;
    }
}
