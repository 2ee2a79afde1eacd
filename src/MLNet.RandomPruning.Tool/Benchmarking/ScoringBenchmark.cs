using System.Diagnostics;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>
/// Measures scoring, from images in memory as bytes to logits: choosing the images of the batch, bytes to normalised floats in the
/// engine's layout, and the network with batch-norm folded into its weights.
/// </summary>
internal sealed class ScoringBenchmark : IDisposable
{
    private readonly SparsePredictor _predictor;
    private readonly ImageSet _images;
    private readonly Dictionary<int, Job> _jobs = [];

    /// <param name="state">The trained network.</param>
    /// <param name="images">The images, at least as many as the largest batch.</param>
    public ScoringBenchmark(NetworkState state, ImageSet images)
    {
        _predictor = new SparsePredictor(state, PixelNormalization.Cifar10);
        _images = images;
    }

    /// <summary>Scores batches and adds the milliseconds that each took.</summary>
    /// <param name="batchSize">The number of images in a batch.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="untimed">The batches that come first and are not counted.</param>
    /// <param name="timed">The batches that are counted.</param>
    /// <param name="milliseconds">Where the times go.</param>
    /// <param name="cancellationToken">Checked before each batch.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(int batchSize, int threads, int untimed, int timed, List<double> milliseconds, CancellationToken cancellationToken = default)
    {
        if (!_jobs.TryGetValue(batchSize, out var job))
        {
            _jobs[batchSize] = job = new Job(_images, batchSize, _predictor.Network.ClassCount);
        }

        for (int number = -untimed; number < timed; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            job.Advance();
            long start = Stopwatch.GetTimestamp();
            job.Batch.Fill(job.Indices);
            _predictor.Predict(job.Batch, job.Logits, threads, CancellationToken.None);
            double taken = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (number >= 0)
            {
                milliseconds.Add(taken);
            }
        }
    }

    public void Dispose() => _predictor.Dispose();

    /// <summary>The batch of one size, with other images each time.</summary>
    private sealed class Job(ImageSet images, int batchSize, int classes)
    {
        private int _first;

        public AugmentedBatch Batch { get; } = new(images, batchSize);

        public int[] Indices { get; } = new int[batchSize];

        public float[] Logits { get; } = new float[batchSize * classes];

        public void Advance()
        {
            for (int i = 0; i < batchSize; i++)
            {
                Indices[i] = (_first + i) % images.Count;
            }

            _first = (_first + batchSize) % images.Count;
        }
    }
}
