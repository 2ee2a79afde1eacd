namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>
/// A change of images under which a model is tested. It holds no state: what it makes of an image is a function of its settings,
/// the model, the seed and the image's index, and of no other image.
/// </summary>
public interface IPerturbation
{
    /// <summary>The perturbation's name with its settings, which <see cref="Perturbations.Parse"/> reads back where it is one of this library's.</summary>
    string Name { get; }

    /// <summary>What perturbations that differ in nothing but their strength share: the points of one curve.</summary>
    string Family { get; }

    /// <summary>How strong it is within its family; 0 leaves images as they are.</summary>
    double Strength { get; }

    /// <summary>What it stands for.</summary>
    PerturbationKind Kind { get; }

    /// <summary>Changes the pixels of the context's batch in place; they stay in [0, 1].</summary>
    /// <param name="context">The model, the batch with clean pixels, and the seed.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the batch is then half changed.</exception>
    void Perturb(PerturbationContext context);
}
