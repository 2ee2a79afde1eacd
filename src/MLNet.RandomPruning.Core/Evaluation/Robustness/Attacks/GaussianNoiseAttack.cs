using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Attacks;

// Chance: x' = clip(x + σ·n).
internal sealed class GaussianNoiseAttack(double sigma) : AdversarialAttack(sigma, "σ"), IImagePerturbation
{
    public const string AttackName = "GaussianNoise";

    public override string Name => $"{AttackName}({PixelStrength.Format(Strength)})";

    public override string Family => AttackName;

    public static AdversarialAttack Read(PerturbationText text)
    {
        double sigma = ReadStrength(text, "sigma", "σ");
        text.ThrowIfMore(AdversarialAttackRegistry.Usage);
        return new GaussianNoiseAttack(sigma);
    }

    public override void Perturb(PerturbationContext context)
    {
        if (Strength > 0)
        {
            context.ForEachImage(this);
        }
    }

    int IImagePerturbation.ScratchLength(ImageShape shape) => 0;

    void IImagePerturbation.PerturbImage(PerturbationContext context, int image, Span<double> scratch)
    {
        // An image's stream of the same purpose starts PGD; the upper half of the index keeps the two apart.
        var random = new KeyedRandom(context.Seed, RandomPurpose.Attack, 1L << 32 | (uint)context.Batch.Indices[image]);
        foreach (ref float pixel in context.Batch.Pixels(image))
        {
            pixel = (float)Math.Clamp(pixel + Strength * random.NextGaussian(), 0, 1);
        }
    }
}
