using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary><c>randprune prune</c>: prunes a trained model at random, and trains what is left for a while if asked to.</summary>
internal sealed class PruneCommand : ToolCommand
{
    private const string Summary = "Prune a trained model at random, and train what is left for a while if asked to.";
    private const string HelpNotes = """
        --sparsity is of the whole network: what the model never had counts as well. The weights that stay
        keep their values. With --data the model is evaluated before and after pruning, and after --epochs of
        training with a learning rate that falls from --lr to zero along half a cosine wave.

        The same command writes the same bytes, on any number of threads. Ctrl+C, or SIGTERM, stops the
        training after the step at hand and saves the best pruned model so far; a second one quits at once.

        Examples:
          randprune prune --model model.zip --sparsity 0.95 --out pruned.zip
          randprune prune --model model.zip --sparsity 0.5 --granularity Filter --ratio Uniform --data cifar-10-batches-bin --epochs 1
        """;

    private readonly PruneOptions _options = new();
    private readonly ToolOutput _output;

    public PruneCommand(ToolOutput output) : base("prune", Summary, HelpNotes)
    {
        _output = output;
        _options.AddTo(this);
        SetAction(parsed => Run(_options.Read(parsed)));
    }

    private int Run(PruneSettings settings)
    {
        var clock = Stopwatch.StartNew();
        AtomicFile.ThrowIfNotWritable(settings.Out, "model");
        var display = new TrainingDisplay(_output);
        using var signals = new StopSignals(() => display.Line("Stopping; the pruned model will be saved as it is. Press Ctrl+C again to quit at once."), display.Abandon);
        var mlContext = ToolContext.Create(message => display.Line($"warning: {message}"), display.Line);
        var before = ModelStore.LoadPipeline(mlContext, settings.Model);
        bool fineTunes = settings.Trainer.Epochs > 0;
        var data = fineTunes ? TrainingData.Load(mlContext, settings.Data!) : null;
        var test = fineTunes ? data!.Test : TestImages(mlContext, settings.Data);
        var testedBefore = Test(before.Network);

        var pruned = before.With(before.Network.WithModel(Prune(mlContext, before.Network.Model, settings, signals.Token)));
        var testedPruned = Test(pruned.Network);
        var trained = fineTunes ? FineTune(mlContext, settings, pruned, data!, new TrainingSession(mlContext, display, signals.Token), display) : null;
        var after = trained is null ? pruned : pruned.With(pruned.Network.WithModel(trained.Model.Model));

        // Saved first: nothing that goes wrong in the test takes the model away.
        var saved = ModelStore.Save(mlContext, after, settings.Out);
        var tested = trained is null ? testedPruned : Test(after.Network);
        var (reportBefore, report) = (before.Network.Model.Report, after.Network.Model.Report);
        Show(new PruneResult
        {
            Network = report.Network,
            Ratio = settings.Pruning.Ratio.Name,
            Granularity = settings.Pruning.Granularity.Name,
            Sparsity = settings.Pruning.Ratio.DeterminesSparsity ? report.Sparsity : settings.Pruning.Sparsity,
            Seed = settings.Pruning.Seed,
            KeptBefore = reportBefore.Kept,
            Kept = report.Kept,
            Parameters = report.Parameters,
            MultiplyAddsBefore = reportBefore.MultiplyAdds,
            MultiplyAdds = report.MultiplyAdds,
            TestAccuracyBefore = testedBefore?.MicroAccuracy,
            TestLossBefore = testedBefore?.LogLoss,
            TestAccuracyPruned = testedPruned?.MicroAccuracy,
            TestLossPruned = testedPruned?.LogLoss,
            TestAccuracy = tested?.MicroAccuracy,
            TestLoss = tested?.LogLoss,
            TestImages = testedBefore is null ? 0 : Evaluation.CountOf(testedBefore),
            FineTuning = trained is null ? null : new FineTuningResult(
                trained.Engine, settings.Trainer.NumberOfThreads!.Value, data!.TrainCount, data.ValidationCount, [.. trained.Epochs.Select(EpochResult.Of)], trained.Cancelled),
            ModelPath = saved.Path,
            ModelBytes = saved.Bytes,
            ModelSha256 = saved.Sha256,
            Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
        }, settings.Json);
        return RandPrune.Success;

        MulticlassClassificationMetrics? Test(RandomPrunedResNetTransformer model) =>
            test is null || signals.Token.IsCancellationRequested ? null : Evaluation.Run(mlContext, model, test);
    }

    // A single file is for testing where nothing is trained.
    private static IDataView? TestImages(MLContext mlContext, DataSettings? settings) =>
        settings is null or { NoTest: true } ? null : new Images(mlContext, settings.Path).Test();

    private static TrainedModel Prune(MLContext mlContext, TrainedModel model, PruneSettings settings, CancellationToken cancellationToken)
    {
        var choice = settings.Pruning;
        SaliencySource? saliency = null;
        if (choice.Ratio.NeedsTrainingImages)
        {
            var data = settings.Data!;
            var images = new Images(mlContext, data.Path).TrainingSet(data.Subset);
            saliency = MaskOptions.Saliency(images, data.Validation, model.Normalization, settings.Trainer.NumberOfThreads);
        }

        try
        {
            return Usage.Check(() => ModelPruner.Prune(model, choice.Ratio, choice.Sparsity, choice.Seed, choice.Granularity, saliency, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException("stopped before the model was pruned; no model was saved.");
        }
    }

    private static TrainedNetwork FineTune(
        MLContext mlContext, PruneSettings settings, LoadedModel pruned, TrainingData data, TrainingSession session, TrainingDisplay display)
    {
        var options = settings.Trainer;
        options.InitialModel = pruned.Network.Model;
        return session.Run(options, data, settings.Augmentation, train: null, (model, epoch) =>
        {
            ModelStore.Save(mlContext, pruned.With(pruned.Network.WithModel(model)), settings.Out);
            display.Line($"The model of epoch {epoch} was saved in '{settings.Out}'.");
        });
    }

    private void Show(PruneResult result, bool asJson)
    {
        if (asJson)
        {
            _output.WriteJson(result);
            return;
        }

        var text = CultureInfo.InvariantCulture;
        string granularity = result.Granularity == MaskGranularity.Unstructured.Name ? "" : $", {result.Granularity}";
        _output.Out.WriteLine(string.Create(text, $"{result.Network}, {result.Ratio}{granularity}: {result.Kept:N0} of {result.Parameters:N0} weights, {result.KeptBefore:N0} before; {result.MultiplyAdds:N0} multiply-adds, {result.MultiplyAddsBefore:N0} before; {result.Seconds:F1} s"));
        ShowTest("before pruning", result.TestAccuracyBefore, result.TestLossBefore);
        ShowTest("after pruning", result.TestAccuracyPruned, result.TestLossPruned);
        if (result.FineTuning is { } tuning)
        {
            ShowTest($"after {tuning.Epochs.Count} {(tuning.Epochs.Count == 1 ? "epoch" : "epochs")} of training{(tuning.Cancelled ? ", stopped early by a signal" : "")}", result.TestAccuracy, result.TestLoss);
        }

        _output.Out.WriteLine(string.Create(text, $"saved {result.ModelPath}: {result.ModelBytes:N0} bytes, SHA-256 {result.ModelSha256}"));

        void ShowTest(string when, double? accuracy, double? loss)
        {
            if (accuracy is not null)
            {
                _output.Out.WriteLine(string.Create(text, $"{when}: test accuracy {accuracy:P2}, test loss {loss:F4} on {result.TestImages:N0} images"));
            }
        }
    }
}
