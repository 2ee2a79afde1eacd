using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool;

/// <summary><c>randprune train</c>: trains a randomly pruned network, saves it and evaluates it on the test images.</summary>
internal sealed class TrainCommand : ToolCommand
{
    private const string Summary = "Train a randomly pruned network, save the model and evaluate it on the test images.";
    private const string HelpNotes = """
        The defaults are the recipe of the paper for CIFAR (Liu et al., ICLR 2022): batches of 128, learning
        rate 0.1 with Nesterov momentum 0.9, divided by 10 after half and after three quarters of the epochs,
        weight decay 5e-4, images shifted and mirrored. Of the epochs the best in validation is saved.

        The same command writes the same bytes, on any number of threads.

        Ctrl+C, or SIGTERM, stops after the step at hand and saves the best model so far (before the first
        epoch is done, the weights at hand); a second Ctrl+C quits at once. A run that was stopped in whatever
        way goes on with --checkpoint and --resume.

        Examples:
          randprune train --data cifar-10-batches-bin --network ResNet-20-16 --ratio ERK --sparsity 0.9 --epochs 5 --out model.zip
          randprune train --data generated --network ResNet-8-8 --epochs 10 --checkpoint run.ckpt --resume
        """;

    private readonly TrainOptions _options = new();
    private readonly ToolOutput _output;

    public TrainCommand(ToolOutput output) : base("train", Summary, HelpNotes)
    {
        _output = output;
        _options.AddTo(this);
        SetAction(parsed => Run(_options.Read(parsed)));
    }

    private int Run(TrainSettings settings)
    {
        var clock = Stopwatch.StartNew();
        AtomicFile.ThrowIfNotWritable(settings.Out, "model");
        var display = new TrainingDisplay(_output);
        using var signals = new StopSignals(() => display.Line("Stopping; the best model so far will be saved. Press Ctrl+C again to quit at once."), display.Abandon);
        var mlContext = ToolContext.Create(message => display.Line($"warning: {message}"), display.Line);
        var data = TrainingData.Load(mlContext, settings);
        var normalization = data.Normalization;
        var (model, history, engine) = Train(mlContext, settings, data, normalization, display, signals.Token);
        bool cancelled = signals.Token.IsCancellationRequested && history.Count < settings.Trainer.Epochs;

        // Saved first: nothing that goes wrong in the test takes the model away.
        var saved = ModelStore.Save(mlContext, model, data.Train.Schema, settings.Out);
        var test = data.Test is null || signals.Token.IsCancellationRequested ? null : Evaluation.Run(mlContext, model, data.Test);
        var report = model.Model.Report;
        var result = new TrainResult
        {
            Network = report.Network,
            Ratio = report.Ratio,
            Sparsity = report.Sparsity,
            Seed = report.Seed,
            Engine = engine,
            Threads = settings.Trainer.NumberOfThreads!.Value,
            TrainingImages = data.TrainCount,
            ValidationImages = data.ValidationCount,
            Epochs = [.. history.Select(EpochResult.Of)],
            Cancelled = cancelled,
            TestAccuracy = test?.MicroAccuracy,
            TestLoss = test?.LogLoss,
            TestImages = test is null ? 0 : EvaluateResult.CountOf(test),
            Kept = report.Kept,
            Parameters = report.Parameters,
            ModelPath = saved.Path,
            ModelBytes = saved.Bytes,
            ModelSha256 = saved.Sha256,
            Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
        };
        Show(result, settings.Json);
        return RandPrune.Success;
    }

    private (RandomPrunedResNetTransformer Model, IReadOnlyList<EpochMetrics> History, string Engine) Train(
        MLContext mlContext, TrainSettings settings, TrainingData data, PixelNormalization normalization, TrainingDisplay display, CancellationToken cancellationToken)
    {
        var history = new List<EpochMetrics>();
        var options = settings.Trainer;
        options.Normalization = normalization;
        options.Augmentation = settings.Augmentation ?? data.Augmentation;
        options.ValidationSet = data.Validation;
        options.MetricsCallback = metrics =>
        {
            history.Add(metrics);
            display.Epoch(metrics);
        };
        options.ProgressCallback = display.Step;
        options.CancellationToken = cancellationToken;
        var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options);
        if (options is { ResumeFromCheckpoint: true, CheckpointPath: { } checkpoint })
        {
            display.Line(File.Exists(checkpoint) ? $"Going on from the checkpoint '{checkpoint}'." : $"There is no checkpoint '{checkpoint}' yet: starting from the beginning.");
        }

        try
        {
            var model = display.Run($"epoch 1/{options.Epochs}", options.Epochs, () => trainer.Fit(data.Train));
            return (model, model.Model.History, trainer.EngineName!);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException("stopped before training had begun; no model was saved.");
        }
        catch (TrainingDivergedException diverged) when (diverged.LastGoodState is { } state)
        {
            var model = new TrainedModel(state, normalization, data.ClassNames, history).ToTransformer(mlContext);
            ModelStore.Save(mlContext, model, data.Train.Schema, settings.Out);
            display.Line($"The model of epoch {diverged.LastGoodEpoch} was saved in '{settings.Out}'.");
            throw;
        }
    }

    private void Show(TrainResult result, bool asJson)
    {
        if (asJson)
        {
            _output.WriteJson(result);
            return;
        }

        var text = CultureInfo.InvariantCulture;
        _output.Out.WriteLine(string.Create(text, $"{result.Network}, {result.Ratio}: {result.Kept:N0} of {result.Parameters:N0} weights, {result.Epochs.Count} epochs{(result.Cancelled ? ", stopped early by a signal" : "")}, {result.Seconds:F1} s"));
        if (result is { TestAccuracy: { } accuracy, TestLoss: { } loss })
        {
            _output.Out.WriteLine(string.Create(text, $"test accuracy {accuracy:P2}, test loss {loss:F4} on {result.TestImages:N0} images"));
        }

        _output.Out.WriteLine(string.Create(text, $"saved {result.ModelPath}: {result.ModelBytes:N0} bytes, SHA-256 {result.ModelSha256}"));
    }
}
