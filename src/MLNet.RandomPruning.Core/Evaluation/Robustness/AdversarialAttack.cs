using MLNet.RandomPruning.Evaluation.Robustness.Attacks;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>
/// A change of each image that is as bad for a model as the attack can make it, within a distance in pixels of [0, 1]. The loss is
/// the cross-entropy for the true label; pixel normalisation is part of the model and batch-norm is in evaluation mode. Images
/// that the model already gets wrong are attacked like any other. Each attack is one small class with an entry in the registry.
/// </summary>
public abstract class AdversarialAttack : IPerturbation
{
    private protected AdversarialAttack(double strength, string symbol)
    {
        if (!(strength >= 0 && strength <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(strength), strength, $"{symbol} is a distance in pixels of [0, 1] and goes from 0 to 1, such as 8/255.");
        }

        Strength = PixelStrength.Snap(strength);
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Family { get; }

    /// <summary>ε, the largest change of a pixel, from 0 to 1; for Gaussian noise its standard deviation σ.</summary>
    public double Strength { get; }

    /// <inheritdoc/>
    public PerturbationKind Kind => PerturbationKind.Attack;

    /// <summary>
    /// FGSM, the fast gradient sign method (Goodfellow et al., "Explaining and harnessing adversarial examples", ICLR 2015):
    /// x' = clip(x + ε·sign(∇ₓ loss)) into [0, 1]. Where the gradient is exactly zero the pixel stays.
    /// </summary>
    /// <param name="epsilon">ε, the largest change of a pixel, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε is out of range.</exception>
    public static AdversarialAttack FastGradientSign(double epsilon) => new FastGradientSignAttack(epsilon);

    /// <summary>
    /// PGD, projected gradient descent in the L∞ ball (Madry et al., "Towards deep learning models resistant to adversarial
    /// attacks", ICLR 2018): x₀ is uniform in the ball around x, and xₜ₊₁ = Π(xₜ + α·sign(∇ₓ loss)), where Π clips into the ball and
    /// [0, 1]. The last iterate counts.
    /// </summary>
    /// <param name="epsilon">ε, the largest change of a pixel, from 0 to 1.</param>
    /// <param name="steps">The number of steps, from 1 to 10,000.</param>
    /// <param name="stepSize">α, above 0 and finite; null for 2.5·ε/steps, which reaches the edge of the ball from anywhere inside it.</param>
    /// <param name="randomStart">Whether x₀ is drawn at random, a function of the seed and the image's index; otherwise x₀ = x.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public static AdversarialAttack ProjectedGradient(double epsilon, int steps = 10, double? stepSize = null, bool randomStart = true) =>
        new ProjectedGradientAttack(epsilon, steps, stepSize, randomStart);

    /// <summary>
    /// Chance instead of malice, for comparison: x' = clip(x + σ·n) into [0, 1] with n from the standard normal distribution, a
    /// function of the seed and the image's index. Apart from clipping, FGSM of ε = σ changes pixels by as much in the root mean square.
    /// </summary>
    /// <param name="sigma">σ, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">σ is out of range.</exception>
    public static AdversarialAttack GaussianNoise(double sigma) => new GaussianNoiseAttack(sigma);

    /// <summary>
    /// Reads an attack's text, in any case: <c>fgsm:8/255</c> or <c>FGSM(8/255)</c>; <c>pgd:8/255</c>, <c>pgd:8/255:10</c> with the
    /// number of steps, <c>pgd:8/255:10:2/255</c> with their size, or <c>PGD(8/255, steps=10, step=2/255, random start)</c>, where
    /// <c>no random start</c> starts at the image itself; <c>noise:8/255</c> or <c>GaussianNoise(8/255)</c>. Distances may also be
    /// decimals such as 0.03.
    /// </summary>
    /// <exception cref="ArgumentException">It is no such text, or a setting is out of range.</exception>
    public static AdversarialAttack Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return AdversarialAttackRegistry.Find(new PerturbationText(text))
            ?? throw new ArgumentException($"'{text}' is not a known attack. {AdversarialAttackRegistry.Usage}", nameof(text));
    }

    /// <summary>Reads an attack's text; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">It is no such text, or a setting is out of range.</exception>
    public static implicit operator AdversarialAttack(string text) => Parse(text);

    /// <inheritdoc/>
    public abstract void Perturb(PerturbationContext context);

    /// <summary>The attack's name.</summary>
    public sealed override string ToString() => Name;

    /// <summary>Reads a distance from 0 to 1 out of a text's settings.</summary>
    private protected static double ReadStrength(PerturbationText text, string key, string symbol)
    {
        string setting = text.Take(key) ?? throw text.Error($"it lacks {symbol}", AdversarialAttackRegistry.Usage);
        return PixelStrength.Parse(setting) is { } value and >= 0 and <= 1
            ? value
            : throw text.Error($"{symbol} is '{setting}', but goes from 0 to 1, such as 8/255 or 0.03", AdversarialAttackRegistry.Usage);
    }
}
