using Microsoft.ML;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool;

/// <summary>Runs the trainer for a command: shows how it goes, and gives what there is when training diverges.</summary>
internal sealed class TrainingSession(MLContext mlContext, TrainingDisplay display, CancellationToken cancellationToken)
{
    /// <summary>Trains.</summary>
    /// <param name="options">The trainer's options, but for what depends on the images.</param>
    /// <param name="data">The images.</param>
    /// <param name="augmentation">How training images are varied; null to choose by the images.</param>
    /// <param name="train">The images to train on as the trainer takes them, perhaps with masks; null for those of <paramref name="data"/>.</param>
    /// <param name="diverged">Given the model of the last good epoch when training diverges, with that epoch.</param>
    /// <exception cref="UsageException">Options, files and images do not fit together.</exception>
    /// <exception cref="TrainingDivergedException">The loss was no longer a finite number.</exception>
    public TrainedNetwork Run(
        RandomPrunedResNetTrainer.Options options, TrainingData data, Augmentation? augmentation, IDataView? train, Action<TrainedModel, int> diverged)
    {
        var before = options.InitialModel?.History ?? [];
        var epochs = new List<EpochMetrics>();
        options.Normalization = data.Normalization;
        options.Augmentation = augmentation ?? data.Augmentation;
        options.ValidationSet ??= data.Validation;
        options.MetricsCallback = metrics =>
        {
            epochs.Add(metrics);
            display.Epoch(metrics);
        };
        options.ProgressCallback = display.Step;
        options.CancellationToken = cancellationToken;
        try
        {
            var trainer = Usage.Check(() => mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options));
            var model = display.Run($"epoch 1/{options.Epochs}", options.Epochs, () => Usage.Check(() => trainer.Fit(train ?? data.Train)));

            // What a resumed training found in earlier runs is in the model only.
            var found = model.Model.History.Skip(before.Count).ToArray();
            return new TrainedNetwork(model, found, trainer.EngineName!, cancellationToken.IsCancellationRequested && found.Length < options.Epochs);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException("stopped before training had begun; no model was saved.");
        }
        catch (TrainingDivergedException error) when (error.LastGoodState is { } state)
        {
            int last = before.Count == 0 ? 0 : before[^1].Epoch;
            diverged(
                new TrainedModel(
                    state, options.InitialModel?.Normalization ?? data.Normalization, data.ClassNames,
                    [.. before, .. epochs.Select(epoch => epoch with { Epoch = last + epoch.Epoch })]),
                error.LastGoodEpoch);
            throw;
        }
    }
}

/// <summary>What a training gave.</summary>
/// <param name="Model">The model.</param>
/// <param name="Epochs">What each epoch of this training found, over all runs when it was resumed.</param>
/// <param name="Engine">Which engine trained.</param>
/// <param name="Cancelled">Whether it was stopped by a signal before its last epoch.</param>
internal sealed record TrainedNetwork(RandomPrunedResNetTransformer Model, IReadOnlyList<EpochMetrics> Epochs, string Engine, bool Cancelled);
