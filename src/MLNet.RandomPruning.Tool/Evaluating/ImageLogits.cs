using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>The logits of sets of images, each of which is scored once.</summary>
internal sealed class ImageLogits : IDisposable
{
    // Large enough for many threads, small enough that a cancellation is heard soon.
    private const int PredictorBatch = 1024;
    private const int EngineBatch = 128;

    private readonly TrainedModel _model;
    private readonly int _threads;
    private readonly SparsePredictor? _predictor;
    private readonly ITrainingEngine? _engine;

    /// <param name="model">The model.</param>
    /// <param name="factory">Makes the engine that scores; null for the sparse predictor.</param>
    /// <param name="threads">How many threads work.</param>
    public ImageLogits(TrainedModel model, TrainingEngineFactory? factory, int threads)
    {
        _model = model;
        _threads = threads;
        if (factory is null)
        {
            _predictor = new SparsePredictor(model.State, model.Normalization);
        }
        else
        {
            _engine = factory(model.State, model.Normalization, EngineBatch, threads);
        }
    }

    /// <summary>Scores all images of a set.</summary>
    /// <returns>The logits, row-major [images, classes].</returns>
    public float[] Score(ImageSet images, CancellationToken cancellationToken)
    {
        int classes = _model.Network.ClassCount;
        var logits = new float[checked(images.Count * classes)];
        var batch = new AugmentedBatch(images, _engine is null ? PredictorBatch : EngineBatch);
        var indices = new int[batch.Capacity];
        for (int start = 0; start < images.Count; start += batch.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = indices.AsSpan(0, Math.Min(indices.Length, images.Count - start));
            for (int i = 0; i < part.Length; i++)
            {
                part[i] = start + i;
            }

            batch.Fill(part);
            var target = logits.AsSpan(start * classes, batch.Count * classes);
            if (_predictor is not null)
            {
                _predictor.Predict(batch, target, _threads, cancellationToken);
            }
            else
            {
                _engine!.Predict(batch, target);
            }
        }

        return logits;
    }

    public void Dispose()
    {
        _predictor?.Dispose();
        _engine?.Dispose();
    }
}
