using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>
/// Tests how well a model tells labelled images apart as they are and under attacks and corruptions. Every image is perturbed,
/// whether or not the model gets it right. What is found depends on the model, the images, the perturbations and the seed, not on
/// the size of the batches or the number of threads.
/// </summary>
public sealed class RobustnessEvaluator
{
    private const string CleanName = "clean";

    private readonly ImageSet _images;
    private readonly int _batchSize;

    /// <summary>Takes the images and the size of the batches.</summary>
    /// <param name="images">The images, at least one.</param>
    /// <param name="batchSize">The most images in a batch, at least 1; no more than the engine was made for.</param>
    /// <exception cref="ArgumentException">There are no images.</exception>
    public RobustnessEvaluator(ImageSet images, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (images.Count == 0)
        {
            throw new ArgumentException("There are no images to evaluate on.", nameof(images));
        }

        _images = images;
        _batchSize = Math.Min(batchSize, images.Count);
    }

    /// <summary>The seed of all that is drawn at random.</summary>
    public long Seed { get; init; }

    /// <summary>How many threads may change images, at least 1; the engine has its own.</summary>
    public int NumberOfThreads { get; init; } = 1;

    /// <summary>Told after each batch.</summary>
    public IProgress<RobustnessProgress>? Progress { get; init; }

    /// <summary>Scores the images as they are, and then under each perturbation.</summary>
    /// <param name="engine">The engine that holds the model; its weights and statistics are not changed.</param>
    /// <param name="perturbations">What to test; may be empty.</param>
    /// <param name="cancellationToken">Stops between two batches, and between two steps of an attack.</param>
    /// <exception cref="ArgumentException">The images do not fit the engine's network, or the batches are larger than it takes.</exception>
    /// <exception cref="InvalidOperationException">A logit or a gradient is not finite; the message names the image and the perturbation.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public RobustnessResult Evaluate(ITrainingEngine engine, IReadOnlyList<IPerturbation> perturbations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(perturbations);
        if (perturbations.Contains(null!))
        {
            throw new ArgumentException("One of the perturbations is null.", nameof(perturbations));
        }

        using var context = new PerturbationContext(engine, _images, _batchSize, Seed, NumberOfThreads) { CancellationToken = cancellationToken };
        var work = new Work(context, new int[_batchSize], new float[_batchSize * engine.Network.ClassCount], _images.Count * (perturbations.Count + 1L));
        var clean = Evaluate(work, null, 0);
        var results = new PerturbationResult[perturbations.Count];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = Evaluate(work, perturbations[i], _images.Count * (i + 1L));
        }

        return new RobustnessResult(Seed, clean, results);
    }

    private PerturbationResult Evaluate(Work work, IPerturbation? perturbation, long done)
    {
        var (context, buffer, scores, total) = work;
        var batch = context.Batch;
        int classes = context.Model.Network.ClassCount;
        string name = perturbation?.Name ?? CleanName;
        var correct = new bool[_images.Count];
        double lossSum = 0, distanceSum = 0, largest = 0;
        for (int start = 0; start < _images.Count; start += batch.Count)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var indices = buffer.AsSpan(0, Math.Min(_batchSize, _images.Count - start));
            for (int i = 0; i < indices.Length; i++)
            {
                indices[i] = start + i;
            }

            batch.Fill(indices);
            perturbation?.Perturb(context);
            var logits = scores.AsSpan(0, batch.Count * classes);
            context.Model.Predict(batch, logits);
            for (int i = 0; i < batch.Count; i++)
            {
                var row = logits.Slice(i * classes, classes);
                double loss = LogSoftmax.CrossEntropy(row, batch.Labels[i]);
                if (!double.IsFinite(loss))
                {
                    throw new InvalidOperationException(
                        $"The logits of image {start + i} ({name}) are not finite: the model's weights or statistics are not finite or too large.");
                }

                lossSum += loss;
                correct[start + i] = LogSoftmax.IndexOfLargest(row) == batch.Labels[i];
                var (distance, change) = Distance(batch.Pixels(i), batch.CleanPixels(i));
                distanceSum += distance;
                largest = Math.Max(largest, change);
            }

            Progress?.Report(new RobustnessProgress(name, done + start + batch.Count, total));
        }

        var summary = new EvaluationSummary(_images.Count, (double)correct.Count(right => right) / _images.Count, lossSum / _images.Count);
        return new PerturbationResult(
            name, perturbation?.Family ?? CleanName, perturbation?.Strength ?? 0, perturbation?.Kind ?? PerturbationKind.None,
            summary, largest, distanceSum / _images.Count, correct);
    }

    private static (double Norm, double Largest) Distance(ReadOnlySpan<float> pixels, ReadOnlySpan<float> clean)
    {
        double squares = 0, largest = 0;
        for (int i = 0; i < pixels.Length; i++)
        {
            double change = Math.Abs((double)pixels[i] - clean[i]);
            squares += change * change;
            largest = Math.Max(largest, change);
        }

        return (Math.Sqrt(squares), largest);
    }

    /// <summary>What all perturbations share: buffers, and the number of images to score in all.</summary>
    private sealed record Work(PerturbationContext Context, int[] Indices, float[] Logits, long Total);
}
