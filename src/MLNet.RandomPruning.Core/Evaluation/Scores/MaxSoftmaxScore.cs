namespace MLNet.RandomPruning.Evaluation.Scores;

/// <summary>−max p = −1 / Σₖ exp(zₖ − m) with m = max z.</summary>
internal sealed class MaxSoftmaxScore : OutOfDistributionScore
{
    public override string Name => "MaxSoftmax";

    protected override double OfLogits(ReadOnlySpan<float> logits) =>
        -1 / ScoreRows.SumOfExponentials(logits, ScoreRows.Largest(logits), 1);

    protected override double OfProbabilities(ReadOnlySpan<float> probabilities) => -ScoreRows.Largest(probabilities);
}
