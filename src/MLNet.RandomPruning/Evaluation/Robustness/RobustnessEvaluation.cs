using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Engines;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>Tests a model in a pipeline under attacks and corruptions.</summary>
internal static class RobustnessEvaluation
{
    public static RobustnessResult Run(
        IHostEnvironment environment, ITransformer model, IDataView data, IReadOnlyList<IPerturbation> perturbations, RobustnessOptions options,
        CancellationToken cancellationToken)
    {
        options.Check();
        var host = environment.Register("EvaluateRobustness");
        using var channel = host.Start("Evaluating robustness");
        var pipeline = NetworkInPipeline.Find(model);
        var images = Read(pipeline, data, options, cancellationToken);
        var trained = pipeline.Network.Model;
        int batchSize = Math.Min(options.BatchSize, images.Count);
        int threads = options.NumberOfThreads ?? Environment.ProcessorCount;
        var choice = EngineChoice.Make(options.Engine, options.Device, mixedPrecision: false);
        channel.Info(MessageSensitivity.None,
            $"Testing {trained.Network.Name} on {images.Count} images under {perturbations.Count} attacks and corruptions. Engine: {choice.Name}, since {choice.Reason}.");
        using var engine = choice.Create(trained.State, trained.Normalization, batchSize, threads);
        using var progress = new ProgressReport(host, options.Progress);
        return new RobustnessEvaluator(images, batchSize) { Seed = options.Seed, NumberOfThreads = threads, Progress = progress }
            .Evaluate(engine, perturbations, cancellationToken);
    }

    private static ImageSet Read(NetworkInPipeline pipeline, IDataView data, RobustnessOptions options, CancellationToken cancellationToken)
    {
        var scorer = pipeline.Network.Scorer;
        return LabelledImages.Read(
            pipeline.Prepare(data), scorer.Columns.Feature, options.LabelColumnName ?? scorer.Columns.Label, scorer.Columns.Pixels, scorer.Shape, cancellationToken, scorer.Labels).Images;
    }

    /// <summary>Tells ML.NET's progress channel, and the caller's, how the test goes.</summary>
    private sealed class ProgressReport : IProgress<RobustnessProgress>, IDisposable
    {
        private readonly IProgress<RobustnessProgress>? _next;
        private readonly IProgressChannel _channel;
        private Latest? _latest;

        public ProgressReport(IHost host, IProgress<RobustnessProgress>? next)
        {
            _next = next;
            _channel = host.StartProgressChannel("Evaluating robustness");
            _channel.SetHeader(new ProgressHeader(["images"]), Fill);
        }

        public void Report(RobustnessProgress value)
        {
            Volatile.Write(ref _latest, new Latest(value.Done, value.Total));
            _next?.Report(value);
        }

        public void Dispose() => _channel.Dispose();

        // May be called from another thread, by whoever shows the log.
        private void Fill(IProgressEntry entry)
        {
            if (Volatile.Read(ref _latest) is { } latest)
            {
                entry.SetProgress(0, latest.Done, latest.Total);
            }
        }

        private sealed record Latest(long Done, long Total);
    }
}
