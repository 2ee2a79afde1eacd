namespace MLNet.RandomPruning.Evaluation.Robustness.Attacks;

// FGSM: x' = clip(x + ε·sign(∇ₓ loss)).
internal sealed class FastGradientSignAttack(double epsilon) : AdversarialAttack(epsilon, "ε")
{
    public const string AttackName = "FGSM";

    public override string Name => $"{AttackName}({PixelStrength.Format(Strength)})";

    public override string Family => AttackName;

    public static AdversarialAttack Read(PerturbationText text)
    {
        double epsilon = ReadStrength(text, "epsilon", "ε");
        text.ThrowIfMore(AdversarialAttackRegistry.Usage);
        return new FastGradientSignAttack(epsilon);
    }

    public override void Perturb(PerturbationContext context)
    {
        if (Strength > 0)
        {
            EpsilonBall.StepUphill(context, Strength, Strength);
        }
    }
}
