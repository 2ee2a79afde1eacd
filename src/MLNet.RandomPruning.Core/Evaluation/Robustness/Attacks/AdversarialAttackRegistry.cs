namespace MLNet.RandomPruning.Evaluation.Robustness.Attacks;

/// <summary>All attacks by name. A new one is a class of its own and a line here.</summary>
internal static class AdversarialAttackRegistry
{
    private static readonly (string Name, Func<PerturbationText, AdversarialAttack> Read)[] Entries =
    [
        (FastGradientSignAttack.AttackName, FastGradientSignAttack.Read),
        (ProjectedGradientAttack.AttackName, ProjectedGradientAttack.Read),
        (GaussianNoiseAttack.AttackName, GaussianNoiseAttack.Read),
        ("Noise", GaussianNoiseAttack.Read),
    ];

    public static string Usage =>
        "Attacks are fgsm:ε such as fgsm:8/255, pgd:ε:steps such as pgd:8/255:10, and noise:σ such as noise:8/255.";

    /// <summary>The attack of a text; null when its name is that of none.</summary>
    public static AdversarialAttack? Find(PerturbationText text)
    {
        foreach (var (name, read) in Entries)
        {
            if (text.IsNamed(name))
            {
                return read(text);
            }
        }

        return null;
    }
}
