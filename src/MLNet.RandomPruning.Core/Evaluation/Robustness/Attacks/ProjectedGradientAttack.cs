using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation.Robustness.Attacks;

// PGD: x₀ uniform in the ball, xₜ₊₁ = Π(xₜ + α·sign(∇ₓ loss)).
internal sealed class ProjectedGradientAttack : AdversarialAttack, IImagePerturbation
{
    public const string AttackName = "PGD";

    private const int MaximumSteps = 10_000;
    private const string RandomStartWord = "random start";
    private const string NoRandomStartWord = "no random start";
    private const string Usage = "PGD is written as pgd:ε:steps:step size, such as pgd:8/255:10:2/255, or as PGD(8/255, steps=10, step=2/255, random start).";

    private readonly int _steps;
    private readonly double _stepSize;
    private readonly double? _ownStepSize;
    private readonly bool _randomStart;

    public ProjectedGradientAttack(double epsilon, int steps, double? stepSize, bool randomStart) : base(epsilon, "ε")
    {
        if (steps is < 1 or > MaximumSteps)
        {
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"PGD takes from 1 to {MaximumSteps} steps.");
        }

        if (stepSize is { } size && !(size > 0 && double.IsFinite(size)))
        {
            throw new ArgumentOutOfRangeException(nameof(stepSize), size, "The size of PGD's steps is above 0 and finite, such as 2/255.");
        }

        _steps = steps;
        _ownStepSize = stepSize is { } own ? PixelStrength.Snap(own) : null;
        _stepSize = _ownStepSize ?? PixelStrength.Snap(2.5 * Strength / steps);
        _randomStart = randomStart;
    }

    public override string Name => $"{AttackName}({PixelStrength.Format(Strength)}, {Settings})";

    // A step size that follows ε by the default rule is left out, so that strengths of one curve share their settings.
    public override string Family => $"{AttackName}({Settings})";

    private string Settings => string.Create(
        CultureInfo.InvariantCulture,
        $"steps={_steps}{(_ownStepSize is { } size ? $", step={PixelStrength.Format(size)}" : "")}, {(_randomStart ? RandomStartWord : NoRandomStartWord)}");

    public static AdversarialAttack Read(PerturbationText text)
    {
        bool none = text.TakeWord(NoRandomStartWord), random = text.TakeWord(RandomStartWord);
        if (none && random)
        {
            throw text.Error("it asks for a random start and for none", Usage);
        }

        double epsilon = ReadStrength(text, "epsilon", "ε");
        int steps = 10;
        if (text.Take("steps") is { } number
            && !(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out steps) && steps is >= 1 and <= MaximumSteps))
        {
            throw text.Error($"the number of steps is '{number}', but goes from 1 to {MaximumSteps}", Usage);
        }

        double? size = null;
        if (text.Take("step") is { } step)
        {
            size = PixelStrength.Parse(step) is { } value and > 0
                ? value
                : throw text.Error($"the step size is '{step}', but is above 0, such as 2/255", Usage);
        }

        text.ThrowIfMore(Usage);
        return new ProjectedGradientAttack(epsilon, steps, size, !none);
    }

    public override void Perturb(PerturbationContext context)
    {
        if (Strength == 0)
        {
            return;
        }

        if (_randomStart)
        {
            context.ForEachImage(this);
        }

        for (int step = 0; step < _steps; step++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            EpsilonBall.StepUphill(context, _stepSize, Strength);
        }
    }

    int IImagePerturbation.ScratchLength(ImageShape shape) => 0;

    void IImagePerturbation.PerturbImage(PerturbationContext context, int image, Span<double> scratch)
    {
        var random = new KeyedRandom(context.Seed, RandomPurpose.Attack, context.Batch.Indices[image]);
        var pixels = context.Batch.Pixels(image);
        var clean = context.Batch.CleanPixels(image);
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = EpsilonBall.Project(clean[i], clean[i] + random.NextDouble(-Strength, Strength), Strength);
        }
    }
}
