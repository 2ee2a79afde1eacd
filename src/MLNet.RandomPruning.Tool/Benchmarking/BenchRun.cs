using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>What <c>randprune bench</c> is asked to measure.</summary>
/// <param name="Network">The network.</param>
/// <param name="Ratio">How the density is spread over its layers.</param>
/// <param name="Sparsities">The sparsities; passed over by a ratio that decides it itself.</param>
/// <param name="Threads">The numbers of threads.</param>
/// <param name="Batch">The number of images in a batch.</param>
/// <param name="Repetitions">How often steps and batches are measured.</param>
/// <param name="Trains">Whether training is measured.</param>
/// <param name="Scores">Whether scoring is measured.</param>
/// <param name="Precision">How training keeps activations.</param>
internal sealed record BenchSettings(
    ResNet Network, LayerwiseRatio Ratio, IReadOnlyList<double> Sparsities, IReadOnlyList<int> Threads, int Batch, int Repetitions,
    bool Trains, bool Scores, ActivationPrecision Precision);

/// <summary>Measures one network at several sparsities, which take turns.</summary>
internal sealed class BenchRun(BenchSettings settings, Action<string> progress, CancellationToken cancellationToken)
{
    // Enough for the runtime to compile the hot code once more, with what it has seen.
    private const int WarmUpSteps = 2, WarmUpBatches = 10, AllocationSteps = 5;

    private readonly List<BenchModelRow> _models = [];
    private readonly List<Times> _times = [];

    /// <summary>Measures until the end or until cancelled, and says what was found by then.</summary>
    public BenchResult Run()
    {
        bool cancelled = false;
        try
        {
            var images = BenchmarkSubject.Images(settings.Batch, cancellationToken);
            var subjects = settings.Sparsities.Select(sparsity => Usage.Check(() => BenchmarkSubject.Create(settings.Network, settings.Ratio, sparsity, images))).ToArray();
            foreach (int threads in settings.Threads)
            {
                var times = subjects.Select(subject => new Times(subject, threads)).ToArray();
                _times.AddRange(times);
                if (settings.Trains)
                {
                    progress($"{settings.Network}, {Threads(threads)}: training steps ...");
                    Train(times, images, threads);
                }

                if (settings.Scores)
                {
                    progress($"{settings.Network}, {Threads(threads)}: scoring ...");
                    Score(times, images, threads);
                }
            }

            foreach (var subject in subjects)
            {
                var report = PruningReport.From(subject.State.Mask);
                var (bytes, load) = ModelBenchmark.Measure(subject.State, images, cancellationToken);
                _models.Add(new BenchModelRow(subject.Sparsity, report.Kept, report.Parameters, report.MultiplyAdds, report.DenseMultiplyAdds, bytes, load));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            cancelled = true;
        }

        return new BenchResult
        {
            Machine = MachineDescription.OfThisOne(),
            Network = settings.Network.ToString(),
            Ratio = settings.Ratio.Name,
            Batch = settings.Batch,
            Repetitions = settings.Repetitions,
            MixedPrecision = settings.Precision == ActivationPrecision.BFloat16,
            Cancelled = cancelled,
            Rows = [.. _times.Where(times => times.HasAny).Select(Row)],
            Models = _models,
            PeakMemoryBytes = MachineDescription.PeakMemory(),
        };
    }

    private static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    private BenchRow Row(Times times)
    {
        var (step, batch) = (TimingSummary.Of(times.Steps), TimingSummary.Of(times.Batches));
        return new BenchRow
        {
            Sparsity = times.Subject.Sparsity,
            Threads = times.Threads,
            TrainingStep = step,
            TrainingImagesPerSecond = 1000 * settings.Batch / step?.Median,
            AllocatedBytesPerStep = times.Allocated,
            ScoringBatch = batch,
            ScoringImagesPerSecond = 1000 * settings.Batch / batch?.Median,
            ScoringImage = TimingSummary.Of(times.Images),
        };
    }

    private void Train(Times[] all, ImageSet images, int threads)
    {
        using var benchmark = new TrainingBenchmark(all[0].Subject.State, images, settings.Batch, threads, settings.Precision);
        foreach (var times in all)
        {
            benchmark.Run(times.Subject.State, WarmUpSteps, 0, [], cancellationToken);
        }

        foreach (int count in Visits.Of(settings.Repetitions, Visits.Steps))
        {
            foreach (var times in all)
            {
                benchmark.Run(times.Subject.State, Visits.Untimed, count, times.Steps, cancellationToken);
            }
        }

        foreach (var times in all)
        {
            benchmark.Run(times.Subject.State, WarmUpSteps, 0, [], cancellationToken);
            times.Allocated = benchmark.AllocatedBytesPerStep(Math.Min(settings.Repetitions, AllocationSteps));
        }
    }

    private void Score(Times[] all, ImageSet images, int threads)
    {
        var benchmarks = new List<ScoringBenchmark>();
        try
        {
            foreach (var times in all)
            {
                benchmarks.Add(new ScoringBenchmark(times.Subject.State, images));
                benchmarks[^1].Run(settings.Batch, threads, WarmUpBatches, 0, [], cancellationToken);
                benchmarks[^1].Run(1, threads, WarmUpBatches * Visits.ImagesPerBatch, 0, [], cancellationToken);
            }

            foreach (int count in Visits.Of(settings.Repetitions, Visits.Batches))
            {
                foreach (var (benchmark, times) in benchmarks.Zip(all))
                {
                    benchmark.Run(settings.Batch, threads, Visits.Untimed, count, times.Batches, cancellationToken);
                }
            }

            foreach (int count in Visits.Of(settings.Repetitions * Visits.ImagesPerBatch, Visits.Images))
            {
                foreach (var (benchmark, times) in benchmarks.Zip(all))
                {
                    benchmark.Run(1, threads, Visits.Untimed, count, times.Images, cancellationToken);
                }
            }
        }
        finally
        {
            benchmarks.ForEach(benchmark => benchmark.Dispose());
        }
    }

    private sealed class Times(BenchmarkSubject subject, int threads)
    {
        public BenchmarkSubject Subject => subject;

        public int Threads => threads;

        public List<double> Steps { get; } = [];

        public List<double> Batches { get; } = [];

        public List<double> Images { get; } = [];

        public double? Allocated { get; set; }

        public bool HasAny => Steps.Count + Batches.Count + Images.Count > 0;
    }
}
