using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Evaluation.Robustness;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>How well a model does under attacks and corruptions.</summary>
/// <param name="Images">The number of images that were perturbed.</param>
/// <param name="Clean">These images as they are.</param>
/// <param name="Perturbed">They under each perturbation, in the order of the command line.</param>
/// <param name="MeanCorruptionAccuracy">The mean accuracy over severities, then over kinds of corruption; null without corruptions.</param>
internal sealed record RobustnessFigures(int Images, PerturbationFigures Clean, IReadOnlyList<PerturbationFigures> Perturbed, double? MeanCorruptionAccuracy)
{
    public static RobustnessFigures Of(RobustnessResult result) => new(
        result.Clean.Summary.Count, PerturbationFigures.Of(result.Clean), [.. result.Perturbed.Select(PerturbationFigures.Of)], result.MeanCorruptionAccuracy);
}

/// <summary>How well a model does under one perturbation.</summary>
/// <param name="Name">The perturbation's name.</param>
/// <param name="Family">What perturbations that differ in strength alone share.</param>
/// <param name="Kind"><c>none</c>, <c>attack</c> or <c>corruption</c>.</param>
/// <param name="Strength">ε or σ in pixels of [0, 1], or the severity.</param>
/// <param name="Accuracy">The share of images classified correctly.</param>
/// <param name="AccuracyInterval">Wilson's 95 % interval of the accuracy.</param>
/// <param name="LogLoss">The mean cross-entropy in nats.</param>
/// <param name="LargestChange">The largest change of any pixel, in [0, 1].</param>
/// <param name="MeanDistance">The mean over images of the Euclidean norm of the change.</param>
internal sealed record PerturbationFigures(
    string Name, string Family, string Kind, double Strength, double Accuracy, Interval AccuracyInterval, double LogLoss, double LargestChange, double MeanDistance)
{
    public const string Attack = "attack", Corruption = "corruption";

    public static PerturbationFigures Of(PerturbationResult result) => new(
        result.Name, result.Family,
        result.Kind switch { PerturbationKind.Attack => Attack, PerturbationKind.Corruption => Corruption, _ => "none" },
        result.Strength, result.Summary.Accuracy, Interval.Wilson(result.Correct.Count(right => right), result.Correct.Count), result.Summary.LogLoss,
        result.LargestChange, result.MeanDistance);
}
