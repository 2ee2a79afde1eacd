namespace MLNet.RandomPruning.Evaluation;

/// <summary>How well a model tells labelled images apart.</summary>
/// <param name="Count">The number of images.</param>
/// <param name="Accuracy">The share of images whose largest logit is that of their label (of equal logits the first counts), from 0 to 1.</param>
/// <param name="LogLoss">The mean cross-entropy of the softmax, in nats; not finite when a logit is not.</param>
public readonly record struct EvaluationSummary(int Count, double Accuracy, double LogLoss);
