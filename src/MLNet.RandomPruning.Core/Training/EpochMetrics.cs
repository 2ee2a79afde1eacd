namespace MLNet.RandomPruning.Training;

/// <summary>What one epoch of training found.</summary>
public sealed record EpochMetrics
{
    /// <summary>Which epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The learning rate of the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>
    /// The mean over the epoch's augmented images of the loss that was minimised (cross-entropy in nats, with label smoothing
    /// when on), each image as seen just before the step that it took part in.
    /// </summary>
    public required double TrainLoss { get; init; }

    /// <summary>The share of the epoch's augmented images that were classified correctly in the same pass, from 0 to 1.</summary>
    public required double TrainAccuracy { get; init; }

    /// <summary>The mean cross-entropy over the validation images after the epoch, in nats; null without validation.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The share of validation images classified correctly after the epoch, from 0 to 1; null without validation.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>The mean over the epoch's steps of the Euclidean norm of the loss gradient over the kept weights.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>
    /// The Euclidean norm of the loss gradient over the kept weights at each of the epoch's steps; null unless
    /// <see cref="TrainingRecipe.TrackStepGradientNorms"/> is on.
    /// </summary>
    public IReadOnlyList<double>? StepGradientNorms { get; init; }

    /// <summary>
    /// The mean over the epoch's steps of the Euclidean norm of the loss gradient over the kept weights of each layer, by the
    /// layer's name, in the order of the network; null unless <see cref="TrainingRecipe.TrackLayerGradientNorms"/> is on.
    /// </summary>
    public IReadOnlyDictionary<string, double>? LayerGradientNorms { get; init; }

    /// <summary>Kept weights ÷ all weights at the end of the epoch, from 0 to 1; null where masks never change.</summary>
    public double? Density { get; init; }

    /// <summary>
    /// The share of the weights that training began with that are still kept at the end of the epoch, from 0 to 1; null where masks
    /// never change.
    /// </summary>
    public double? MaskOverlap { get; init; }

    /// <summary>Training images per second of wall-clock time, validation and checkpoints left out.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>The wall-clock time since training began, over all runs when it was resumed.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The time that the epochs left are expected to take at the speed measured so far.</summary>
    public TimeSpan Remaining { get; init; }
}
