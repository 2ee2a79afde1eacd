using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>
/// What a perturbation works on: a model, a batch of images and a seed, with the buffers and threads that are used again from
/// batch to batch. Not for use by two threads at once.
/// </summary>
public sealed class PerturbationContext : IDisposable
{
    private readonly WorkerTeam _team;
    private readonly double[][] _scratch;
    private readonly Action<int, int> _work;
    private IImagePerturbation? _current;
    private float[] _gradients = [];

    /// <summary>Takes the model and the images.</summary>
    /// <param name="model">The engine that holds the model; not disposed of.</param>
    /// <param name="images">The images, of the shape and with no more classes than the model's network.</param>
    /// <param name="batchSize">The most images in a batch, at least 1 and no more than the engine was made for.</param>
    /// <param name="seed">The seed of all that is drawn at random.</param>
    /// <param name="numberOfThreads">How many threads may change images, at least 1; the engine has its own. Results do not depend on it.</param>
    /// <exception cref="ArgumentException">The images do not fit the model.</exception>
    public PerturbationContext(ITrainingEngine model, ImageSet images, int batchSize, long seed = 0, int numberOfThreads = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numberOfThreads);
        var network = model.Network;
        if (images.Shape != network.InputShape || images.ClassCount > network.ClassCount)
        {
            throw new ArgumentException(
                $"The images are {images.Shape} of {images.ClassCount} classes, but {network.Name} takes {network.InputShape} and tells {network.ClassCount} apart.", nameof(images));
        }

        Model = model;
        Batch = new PerturbedBatch(images, batchSize);
        Seed = seed;
        _scratch = [.. Enumerable.Range(0, numberOfThreads).Select(_ => Array.Empty<double>())];
        _work = (image, worker) => _current!.PerturbImage(this, image, _scratch[worker]);
        _team = new WorkerTeam(numberOfThreads);
    }

    /// <summary>The engine that holds the model.</summary>
    public ITrainingEngine Model { get; }

    /// <summary>The images. A perturbation finds them clean and leaves them changed.</summary>
    public PerturbedBatch Batch { get; }

    /// <summary>The seed of all that is drawn at random.</summary>
    public long Seed { get; }

    /// <summary>Stops a perturbation between two of its steps.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// The gradient of each image's cross-entropy for its true label with respect to the pixels as they are now, in prediction mode
    /// (running statistics), row-major [images, channels, rows, columns]. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<float> InputGradients()
    {
        // Corruptions need no gradients: their memory is taken when the first attack comes.
        if (_gradients.Length == 0)
        {
            _gradients = new float[Batch.Capacity * Batch.Shape.Size];
        }

        var gradients = _gradients.AsSpan(0, Batch.Count * Batch.Shape.Size);
        Model.InputGradients(Batch, gradients);
        return gradients;
    }

    /// <summary>Lets the threads change the images of the batch, one image at a time.</summary>
    internal void ForEachImage(IImagePerturbation perturbation)
    {
        CancellationToken.ThrowIfCancellationRequested();
        int length = perturbation.ScratchLength(Batch.Shape);
        for (int worker = 0; worker < _scratch.Length; worker++)
        {
            if (_scratch[worker].Length < length)
            {
                _scratch[worker] = new double[length];
            }
        }

        _current = perturbation;
        _team.Run(Batch.Count, _work);
        _current = null;
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => _team.Dispose();
}
