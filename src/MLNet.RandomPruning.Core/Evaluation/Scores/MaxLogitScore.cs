namespace MLNet.RandomPruning.Evaluation.Scores;

/// <summary>−max z.</summary>
internal sealed class MaxLogitScore : OutOfDistributionScore
{
    public override string Name => "MaxLogit";

    public override bool NeedsLogits => true;

    protected override double OfLogits(ReadOnlySpan<float> logits) => -ScoreRows.Largest(logits);
}
