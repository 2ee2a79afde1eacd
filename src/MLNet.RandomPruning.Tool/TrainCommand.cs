using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary><c>randprune train</c>: trains a randomly pruned network, saves it and evaluates it on the test images.</summary>
internal sealed class TrainCommand : ToolCommand
{
    private const string MaskColumn = "Mask";
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
          randprune train --data cifar-10-batches-bin --sparsity 0.95 --mask-schedule "RigL(drop=0.3,interval=100)"
          randprune train --data cifar-10-batches-bin --granularity Filter --ratio Uniform --sparsity 0.5
          randprune train --data cifar-10-batches-bin --from model.zip --epochs 5 --lr 0.01 --out longer.zip
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
        var options = settings.Trainer;
        options.InitialModel = settings.ModelFile is { } model ? LoadModel(mlContext, model, options.MaskSchedule) : null;
        var masks = settings.MaskFile is { } file ? LoadMasks(file, settings) : null;
        var data = TrainingData.Load(mlContext, settings.Data);
        var trained = Train(mlContext, settings, masks, data, new TrainingSession(mlContext, display, signals.Token), display);

        // Saved first: nothing that goes wrong in the test takes the model away.
        var saved = Save(mlContext, trained.Model, data, settings.Out);
        var test = data.Test is null || signals.Token.IsCancellationRequested ? null : Evaluation.Run(mlContext, trained.Model, data.Test);
        var report = trained.Model.Model.Report;
        var origin = (masks ?? options.InitialModel?.Mask)?.Origin ?? trained.Model.Model.Mask.Origin;
        bool makesMasks = masks is null && options.InitialModel is null;
        bool isStatic = options.MaskSchedule.IsStatic;
        var result = new TrainResult
        {
            Network = report.Network,
            Ratio = makesMasks ? options.LayerwiseRatio.Name : origin?.LayerwiseRatio,
            Granularity = makesMasks ? options.Granularity.Name : origin?.Granularity ?? report.Granularity,
            Sparsity = origin?.Sparsity ?? (makesMasks && !options.LayerwiseRatio.DeterminesSparsity ? options.Sparsity : report.Sparsity),
            Seed = options.Seed,
            MaskSchedule = isStatic ? null : options.MaskSchedule.Name,
            Engine = trained.Engine,
            Threads = options.NumberOfThreads!.Value,
            TrainingImages = data.TrainCount,
            ValidationImages = data.ValidationCount,
            Epochs = [.. trained.Epochs.Select(EpochResult.Of)],
            Cancelled = trained.Cancelled,
            TestAccuracy = test?.MicroAccuracy,
            TestLoss = test?.LogLoss,
            TestImages = test is null ? 0 : Evaluation.CountOf(test),
            Kept = report.Kept,
            Parameters = report.Parameters,
            Density = isStatic ? null : trained.Model.Model.Mask.Density,
            MaskOverlap = isStatic || trained.Epochs.Count == 0 ? null : trained.Epochs[^1].MaskOverlap,
            ModelPath = saved.Path,
            ModelBytes = saved.Bytes,
            ModelSha256 = saved.Sha256,
            Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
        };
        Show(result, settings.Json);
        return RandPrune.Success;
    }

    private static SavedModel Save(MLContext mlContext, RandomPrunedResNetTransformer model, TrainingData data, string path) =>
        ModelStore.Save(mlContext, new LoadedModel(model, model, data.Train.Schema), path);

    private static TrainedModel LoadModel(MLContext mlContext, string path, MaskSchedule schedule)
    {
        var model = ModelStore.Load(mlContext, path).Model;
        return schedule.InitialMask(model.Mask).SameAs(model.Mask)
            ? model
            : throw new UsageException($"--mask-schedule {schedule} starts with other masks than those of '{path}', with which --from goes on; take Static, SET or RigL, or prune the model with randprune prune.");
    }

    private static NetworkMask LoadMasks(string path, TrainSettings settings)
    {
        var masks = MaskStore.LoadMask(path);
        if (settings.IsNetworkGiven && settings.Trainer.Network != masks.Network.Name)
        {
            throw new UsageException($"--network is {settings.Trainer.Network}, but the masks of '{path}' are of {masks.Network.Name}; leave --network out, or make masks for it.");
        }

        settings.Trainer.Network = masks.Network.Name;
        return masks;
    }

    private static TrainedNetwork Train(
        MLContext mlContext, TrainSettings settings, NetworkMask? masks, TrainingData data, TrainingSession session, TrainingDisplay display)
    {
        var options = settings.Trainer;
        var train = data.Train;
        if (masks is not null)
        {
            options.MaskColumnName = MaskColumn;
            train = mlContext.Transforms.LoadMask(masks, MaskColumn).Fit(train).Transform(train);
        }

        if (options is { ResumeFromCheckpoint: true, CheckpointPath: { } checkpoint })
        {
            display.Line(File.Exists(checkpoint) ? $"Going on from the checkpoint '{checkpoint}'." : $"There is no checkpoint '{checkpoint}' yet: starting from the beginning.");
        }

        return session.Run(options, data, settings.Augmentation, train, (model, epoch) =>
        {
            Save(mlContext, model.ToTransformer(mlContext), data, settings.Out);
            display.Line($"The model of epoch {epoch} was saved in '{settings.Out}'.");
        });
    }

    private void Show(TrainResult result, bool asJson)
    {
        if (asJson)
        {
            _output.WriteJson(result);
            return;
        }

        var text = CultureInfo.InvariantCulture;
        string how = string.Join(", ", new[] { result.Network, result.Ratio, result.Granularity == MaskGranularity.Unstructured.Name ? null : result.Granularity, result.MaskSchedule }.OfType<string>());
        string overlap = result.MaskOverlap is { } share ? string.Create(text, $", mask overlap {share:P2}") : "";
        _output.Out.WriteLine(string.Create(text, $"{how}: {result.Kept:N0} of {result.Parameters:N0} weights{overlap}, {result.Epochs.Count} epochs{(result.Cancelled ? ", stopped early by a signal" : "")}, {result.Seconds:F1} s"));
        if (result is { TestAccuracy: { } accuracy, TestLoss: { } loss })
        {
            _output.Out.WriteLine(string.Create(text, $"test accuracy {accuracy:P2}, test loss {loss:F4} on {result.TestImages:N0} images"));
        }

        _output.Out.WriteLine(string.Create(text, $"saved {result.ModelPath}: {result.ModelBytes:N0} bytes, SHA-256 {result.ModelSha256}"));
    }
}
