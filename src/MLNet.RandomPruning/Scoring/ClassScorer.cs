using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// A trained network, its classes, and the columns that it reads: what every cursor and prediction engine of one transformer
/// shares. Immutable and safe to use from many threads.
/// </summary>
internal sealed class ClassScorer
{
    private const int MaximumBatchBytes = 16 << 20;
    private const int MaximumBatchCount = 128;

    private readonly SparsePredictor _predictor;

    public ClassScorer(TrainedModel model, ClassLabels labels, ScoringColumns columns)
    {
        Model = model;
        Labels = labels;
        Columns = columns;
        _predictor = new SparsePredictor(model.State, model.Normalization);
    }

    public TrainedModel Model { get; }

    public ClassLabels Labels { get; }

    public ScoringColumns Columns { get; }

    public ImageShape Shape => Model.Network.InputShape;

    /// <summary>The number of rows to score at once: enough to keep all threads busy, few enough to stay small in memory.</summary>
    public int BatchCount => Math.Clamp(MaximumBatchBytes / Shape.Size, 1, MaximumBatchCount);

    /// <summary>Scores images.</summary>
    /// <param name="batch">The images.</param>
    /// <param name="probabilities">Takes the probability of each class for each image, row-major [images, classes].</param>
    /// <param name="logits">Takes the logits in the same way; empty when they are not wanted.</param>
    public void Score(ImageBatch batch, Span<float> probabilities, Span<float> logits)
    {
        _predictor.Predict(batch, probabilities, Environment.ProcessorCount);
        int count = batch.Count * Labels.Count;
        if (!logits.IsEmpty)
        {
            probabilities[..count].CopyTo(logits);
        }

        for (int image = 0; image < batch.Count; image++)
        {
            Softmax.InPlace(probabilities.Slice(image * Labels.Count, Labels.Count));
        }
    }
}

/// <summary>The columns that a model reads and adds, and how.</summary>
/// <param name="Feature">The name of the column of images.</param>
/// <param name="Label">The name of the column that held the label in training.</param>
/// <param name="Pixels">How feature values are read as pixels.</param>
/// <param name="Logits">The name of the column of logits that is added; null for none.</param>
internal sealed record ScoringColumns(string Feature, string Label, PixelOptions Pixels, string? Logits = null)
{
    /// <summary>Checks the name of the column of logits.</summary>
    /// <exception cref="ArgumentException">It is empty, or that of another column.</exception>
    public static void CheckLogits(string? name)
    {
        if (name is "" or ScoreSchema.ScoreName or ScoreSchema.PredictedLabelName)
        {
            throw new ArgumentException(
                $"LogitsColumnName is '{name}'; name the column of logits otherwise than the other columns that scoring adds, for example 'Logits', or leave it null for none.");
        }
    }
}
