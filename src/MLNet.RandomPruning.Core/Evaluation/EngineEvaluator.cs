using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// Scores a set of labelled images with whatever weights an engine holds, in batches, without augmentation and with running
/// statistics. Keeps its buffers, so that scoring the same set again allocates nothing. Not for use by two threads at once.
/// </summary>
public sealed class EngineEvaluator
{
    private readonly ImageSet _images;
    private readonly AugmentedBatch _batch;
    private readonly int[] _indices;
    private float[] _logits = [];

    /// <summary>Takes the images and the size of the batches.</summary>
    /// <param name="images">The images, at least one.</param>
    /// <param name="batchSize">The most images in a batch; no more than the engine takes.</param>
    /// <exception cref="ArgumentException">There are no images.</exception>
    public EngineEvaluator(ImageSet images, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (images.Count == 0)
        {
            throw new ArgumentException("There are no images to evaluate on.", nameof(images));
        }

        _images = images;
        _batch = new AugmentedBatch(images, Math.Min(batchSize, images.Count));
        _indices = new int[_batch.Capacity];
    }

    /// <summary>The accuracy and log-loss over all images; each image counts the same, whatever batch it is in.</summary>
    /// <exception cref="ArgumentException">The images do not fit the engine's network.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled between two batches.</exception>
    public EvaluationSummary Evaluate(ITrainingEngine engine, CancellationToken cancellationToken = default)
    {
        var network = engine.Network;
        if (_images.Shape != network.InputShape || _images.ClassCount > network.ClassCount)
        {
            throw new ArgumentException(
                $"The images are {_images.Shape} of {_images.ClassCount} classes, but {network.Name} takes {network.InputShape} and tells {network.ClassCount} apart.", nameof(engine));
        }

        int classes = network.ClassCount;
        if (_logits.Length != _batch.Capacity * classes)
        {
            _logits = new float[_batch.Capacity * classes];
        }

        double lossSum = 0;
        int correct = 0;
        for (int start = 0; start < _images.Count; start += _batch.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var indices = _indices.AsSpan(0, Math.Min(_batch.Capacity, _images.Count - start));
            for (int i = 0; i < indices.Length; i++)
            {
                indices[i] = start + i;
            }

            _batch.Fill(indices);
            var logits = _logits.AsSpan(0, _batch.Count * classes);
            engine.Predict(_batch, logits);
            for (int i = 0; i < _batch.Count; i++)
            {
                var scores = logits.Slice(i * classes, classes);
                lossSum += LogSoftmax.CrossEntropy(scores, _batch.Labels[i]);
                correct += LogSoftmax.IndexOfLargest(scores) == _batch.Labels[i] ? 1 : 0;
            }
        }

        return new EvaluationSummary(_images.Count, (double)correct / _images.Count, lossSum / _images.Count);
    }
}
