namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>How far a test of robustness has come, for a progress bar.</summary>
/// <param name="Perturbation">The name of the perturbation under way; <c>clean</c> for none.</param>
/// <param name="Done">The number of images scored so far; an image counts once for each perturbation and once clean.</param>
/// <param name="Total">The number of images to score in all.</param>
public readonly record struct RobustnessProgress(string Perturbation, long Done, long Total);
