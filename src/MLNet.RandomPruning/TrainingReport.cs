using System.Globalization;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning;

/// <summary>Tells ML.NET's log and progress channels how training goes.</summary>
internal sealed class TrainingReport : IDisposable
{
    private static readonly string[] Metrics = ["loss", "accuracy", "validation accuracy", "learning rate", "images/s"];

    private readonly IChannel _channel;
    private readonly IProgressChannel _progress;
    private readonly int _epochs;
    private Latest? _latest;

    public TrainingReport(IHost host, IChannel channel, int epochs)
    {
        _channel = channel;
        _epochs = epochs;
        _progress = host.StartProgressChannel("Training");
        _progress.SetHeader(new ProgressHeader(Metrics, ["epochs"]), Fill);
    }

    public void Step(StepProgress progress) => Volatile.Write(ref _latest, new Latest(progress));

    public void MaskUpdate(MaskUpdate update) => _channel.Trace(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
        $"Masks changed before step {update.Step} in epoch {update.Epoch}: {update.Dropped} weights dropped, {update.Grown} grown, {update.KeptAfter} kept, {update.Overlap:P2} of the first ones among them."));

    public void Epoch(EpochMetrics metrics)
    {
        string validation = metrics.ValidationAccuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $", validation accuracy {accuracy:P2}")
            : "";
        string masks = metrics is { Density: { } density, MaskOverlap: { } overlap }
            ? string.Create(CultureInfo.InvariantCulture, $", density {density:P2}, mask overlap {overlap:P2}")
            : "";
        _channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"Epoch {metrics.Epoch}/{_epochs}: loss {metrics.TrainLoss:F4}, accuracy {metrics.TrainAccuracy:P2}{validation}{masks}, learning rate {metrics.LearningRate:G4}, {metrics.ImagesPerSecond:F0} images/s, {Time(metrics.Remaining)} left."));
        _progress.Checkpoint(metrics.TrainLoss, metrics.TrainAccuracy, metrics.ValidationAccuracy, metrics.LearningRate, metrics.ImagesPerSecond, metrics.Epoch);
    }

    public void End(TrainingResult result)
    {
        if (result.WasCancelled)
        {
            _channel.Warning(MessageSensitivity.None, result.BestEpoch > 0
                ? $"Training was cancelled after {result.History.Count} of {_epochs} epochs. The model is that of epoch {result.BestEpoch}, the best so far."
                : "Training was cancelled before the first epoch was done. The model is what there was by then.");
        }
        else
        {
            _channel.Info(MessageSensitivity.None,
                $"Training {(result.StoppedEarly ? "stopped early" : "ended")} with epoch {result.History.Count}. The model is that of epoch {result.BestEpoch}.");
        }
    }

    public void Dispose() => _progress.Dispose();

    // May be called from another thread, by whoever shows the log.
    private void Fill(IProgressEntry entry)
    {
        if (Volatile.Read(ref _latest) is not { } latest)
        {
            return;
        }

        var at = latest.Progress;
        entry.SetProgress(0, at.Epoch - 1 + (double)at.Step / at.StepsPerEpoch, at.Epochs);
        entry.SetMetric(0, at.Loss);
        entry.SetMetric(1, at.Accuracy);
        entry.SetMetric(3, at.LearningRate);
        entry.SetMetric(4, at.ImagesPerSecond);
    }

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss}")
        : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);

    private sealed record Latest(StepProgress Progress);
}
