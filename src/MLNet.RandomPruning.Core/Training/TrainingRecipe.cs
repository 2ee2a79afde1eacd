using System.Globalization;
using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// How a network is trained. The defaults are those of the paper for CIFAR (Liu et al., ICLR 2022, Table 1, and its code):
/// stochastic gradient descent for 160 epochs in batches of 128 from a rate of 0.1, ÷10 at half and at three quarters.
/// </summary>
public sealed record TrainingRecipe
{
    /// <summary>The number of passes over the training images, from 1 to 1,000,000.</summary>
    public int Epochs { get; init; } = 160;

    /// <summary>The number of images in a step, from 1 to 65,536; the last step of an epoch takes what is left.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>The largest learning rate, above 0 and at most 1,000; the schedule gives each step a share of it.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>The momentum μ, from 0 to below 1.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether the momentum is Nesterov's: a step along g + μ·v instead of v.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>The weight decay λ of g ← g + λ·w, from 0 to 1.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>Whether weight decay also acts on batch-norm parameters and biases.</summary>
    public bool DecayNormAndBias { get; init; } = true;

    /// <summary>How the learning rate moves; ÷10 after half and after three quarters of the epochs unless told otherwise.</summary>
    public LearningRateSchedule Schedule { get; init; } = new MultiStepSchedule();

    /// <summary>
    /// The number of epochs, from 0 to <see cref="Epochs"/>, over which the schedule's rate is multiplied with a factor that rises
    /// from one step's share to 1 in a straight line.
    /// </summary>
    public int WarmupEpochs { get; init; }

    /// <summary>The share of the target that is spread evenly over all classes, from 0 to below 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How training images are varied; padded by 4, mirrored at the edge, with flips unless told otherwise.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.Cifar10;

    /// <summary>The seed of initial weights, image order and augmentation.</summary>
    public long Seed { get; init; } = 17;

    /// <summary>
    /// Training stops after this many epochs, at least 1, in a row that were no better on the validation images; null to run all
    /// epochs.
    /// </summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>Whether the metrics of an epoch hold the norm of the gradient at each step; the weights do not depend on it.</summary>
    public bool TrackStepGradientNorms { get; init; }

    /// <summary>Whether the metrics of an epoch hold the norm of the gradient of each layer; the weights do not depend on it.</summary>
    public bool TrackLayerGradientNorms { get; init; }

    /// <summary>
    /// The learning rate of a step: rate · schedule's share · min(1, (step + 1)/warm-up steps).
    /// </summary>
    /// <param name="step">The step, counted from 0 over all epochs.</param>
    /// <param name="stepsPerEpoch">The number of steps in each epoch.</param>
    public double LearningRateAt(long step, int stepsPerEpoch)
    {
        long warmup = (long)WarmupEpochs * stepsPerEpoch;
        double rise = step + 1 < warmup ? (double)(step + 1) / warmup : 1;
        return LearningRate * Schedule.ShareAt(step, stepsPerEpoch, Epochs) * rise;
    }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it, its value and what is allowed.</exception>
    public void Validate()
    {
        Require(Epochs is >= 1 and <= 1_000_000, nameof(Epochs), Epochs, "from 1 to 1,000,000");
        Require(BatchSize is >= 1 and <= 65_536, nameof(BatchSize), BatchSize, "from 1 to 65,536");
        Require(LearningRate is > 0 and <= 1000, nameof(LearningRate), LearningRate, "above 0 and at most 1,000");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "at least 0 and below 1");
        Require(WeightDecay is >= 0 and <= 1, nameof(WeightDecay), WeightDecay, "from 0 to 1");
        Require(Schedule is not null, nameof(Schedule), "null", $"one of {string.Join(", ", LearningRateSchedule.Names)}");
        Require(WarmupEpochs >= 0 && WarmupEpochs <= Epochs, nameof(WarmupEpochs), WarmupEpochs, $"from 0 to the number of epochs, {Epochs}");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "at least 0 and below 1");
        Require(Augmentation is not null, nameof(Augmentation), "null", "given; Augmentation.None leaves images as they are");
        Require(EarlyStoppingPatience is null or >= 1, nameof(EarlyStoppingPatience), EarlyStoppingPatience ?? 0, "at least 1, or null for no early stopping");
    }

    /// <summary>Every setting as text, so that two recipes can be compared name by name.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Describe()
    {
        yield return new(nameof(Epochs), Text($"{Epochs}"));
        yield return new(nameof(BatchSize), Text($"{BatchSize}"));
        yield return new(nameof(LearningRate), Text($"{LearningRate}"));
        yield return new(nameof(Momentum), Text($"{Momentum}"));
        yield return new(nameof(Nesterov), Text($"{Nesterov}"));
        yield return new(nameof(WeightDecay), Text($"{WeightDecay}"));
        yield return new(nameof(DecayNormAndBias), Text($"{DecayNormAndBias}"));
        yield return new(nameof(Schedule), Text($"{Schedule}"));
        yield return new(nameof(WarmupEpochs), Text($"{WarmupEpochs}"));
        yield return new(nameof(LabelSmoothing), Text($"{LabelSmoothing}"));
        yield return new(nameof(Augmentation), Text($"padding {Augmentation.Padding} {Augmentation.PaddingMode}, flip {Augmentation.HorizontalFlip}"));
        yield return new(nameof(Seed), Text($"{Seed}"));
        yield return new(nameof(EarlyStoppingPatience), EarlyStoppingPatience is { } patience ? Text($"{patience}") : "off");

        // Named only when on, so that checkpoints without them stay good.
        if (TrackStepGradientNorms)
        {
            yield return new(nameof(TrackStepGradientNorms), "on");
        }

        if (TrackLayerGradientNorms)
        {
            yield return new(nameof(TrackLayerGradientNorms), "on");
        }

        static string Text(FormattableString text) => FormattableString.Invariant(text);
    }

    private static void Require(bool holds, string option, object value, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}, but must be {allowed}."));
        }
    }
}
