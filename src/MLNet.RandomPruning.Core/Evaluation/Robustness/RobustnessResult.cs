namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>How well a model tells images apart as they are and under each of several perturbations.</summary>
/// <param name="Seed">The seed of all that was drawn at random.</param>
/// <param name="Clean">The result on the images as they are; its name and family are <c>clean</c> and its strength is 0.</param>
/// <param name="Perturbed">The results in the order in which the perturbations were given.</param>
public sealed record RobustnessResult(long Seed, PerturbationResult Clean, IReadOnlyList<PerturbationResult> Perturbed)
{
    /// <summary>The families of perturbations in the order of their first results.</summary>
    public IReadOnlyList<string> Families => [.. Perturbed.Select(result => result.Family).Distinct()];

    /// <summary>
    /// The mean accuracy over corruptions: over the severities of each kind, then over the kinds, from 0 to 1; null when there was
    /// no corruption. 1 minus it is the mean corruption error, not normalised by another model's.
    /// </summary>
    public double? MeanCorruptionAccuracy => Perturbed.Where(result => result.Kind == PerturbationKind.Corruption)
        .GroupBy(result => result.Family)
        .Select(family => (double?)family.Average(result => result.Summary.Accuracy))
        .Average();

    /// <summary>The curve of one family: its results by strength, from the clean images on.</summary>
    /// <exception cref="ArgumentException">There is no result of this family.</exception>
    public IReadOnlyList<PerturbationResult> Curve(string family)
    {
        PerturbationResult[] results = [.. Perturbed.Where(result => result.Family == family).OrderBy(result => result.Strength)];
        return results.Length > 0
            ? [Clean, .. results]
            : throw new ArgumentException($"There is no result of '{family}'; there are {(Perturbed.Count == 0 ? "none" : string.Join(", ", Families))}.", nameof(family));
    }

    /// <summary>The results as a table of text: a line for each attack, and below them a line for each corruption with its severities side by side.</summary>
    public override string ToString() => RobustnessTable.Format(this);
}
