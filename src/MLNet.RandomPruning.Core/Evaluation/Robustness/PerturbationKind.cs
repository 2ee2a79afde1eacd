namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>What a perturbation stands for.</summary>
public enum PerturbationKind
{
    /// <summary>The images as they are.</summary>
    None = 0,

    /// <summary>Made against a model, or the noise that such an attack is compared with; its strength is a distance in pixel values.</summary>
    Attack = 1,

    /// <summary>What happens to images in the world, whatever the model; its strength is a severity from 1 to 5.</summary>
    Corruption = 2,
}
