namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>How well a model tells images apart under one perturbation.</summary>
/// <param name="Name">The perturbation's name.</param>
/// <param name="Family">What perturbations that differ in strength alone share.</param>
/// <param name="Strength">ε, σ or the severity.</param>
/// <param name="Kind">What the perturbation stands for.</param>
/// <param name="Summary">Accuracy and log-loss over the perturbed images.</param>
/// <param name="LargestChange">The largest |x' − x| of any pixel, in [0, 1].</param>
/// <param name="MeanDistance">The mean over the images of the Euclidean norm of x' − x.</param>
/// <param name="Correct">Whether each image, in the order of the set, was classified correctly.</param>
public sealed record PerturbationResult(
    string Name, string Family, double Strength, PerturbationKind Kind, EvaluationSummary Summary, double LargestChange, double MeanDistance, IReadOnlyList<bool> Correct);
