using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx;
using MLNet.RandomPruning.Tool.Evaluating;

namespace MLNet.RandomPruning.Tool.Exporting;

/// <summary><c>randprune export</c>: writes a trained network for other programs, or with fewer bits a weight.</summary>
internal sealed class ExportCommand : ToolCommand
{
    private const string Summary = "Export a model: as ONNX, as PyTorch's safetensors, or as a model file with fewer bits a weight.";
    private const string HelpNotes = """
        onnx         opset 17, any batch size: Pixels in; Score, Logits and PredictedLabel (an index) out. Pixels are
                     normalised inside; the names of the classes are in the metadata.
        safetensors  dense weights under the names of the reference network, for PyTorch's load_state_dict.
        model        the bare model file, for MLNet.RandomPruning.Core's PrunedModel.Load and for this tool.

        The network alone is exported: what a pipeline does before and after it is left to the other program.
        With --data the images are scored with the weights before and after rounding.

        Examples:
          randprune export --model model.zip --format onnx --out model.onnx
          randprune export --model model.zip --format model --precision fp16 --data cifar-10-batches-bin --out model.safetensors
        """;

    private readonly ExportOptions _options = new();
    private readonly ToolOutput _output;

    public ExportCommand(ToolOutput output) : base("export", Summary, HelpNotes)
    {
        _output = output;
        _options.AddTo(this);
        SetAction(parsed => Run(_options.Read(parsed)));
    }

    private int Run(ExportSettings settings)
    {
        var clock = Stopwatch.StartNew();
        AtomicFile.ThrowIfNotWritable(settings.Out, "model");
        using var signals = new StopSignals(() => { }, () => { });
        var mlContext = ToolContext.Create(_output.WriteWarning);
        var loaded = ModelStore.LoadPipeline(mlContext, settings.Model);
        var model = loaded.Network.Model;
        if (!ReferenceEquals(loaded.Pipeline, loaded.Network))
        {
            _output.WriteWarning("the model is a pipeline, of which the network alone is exported; the other program has to do what the steps around it do.");
        }

        // What does not fit is refused before anything is written.
        var images = settings.Data is null ? null : new EvaluationImages(mlContext, model.Network, model.ClassNames).Labelled(settings.Data, CifarSplit.Test);
        var saved = ModelStore.Write(stream => Export(loaded.Network, settings, stream), settings.Out);
        var report = model.Report;
        Show(new ExportResult
        {
            Network = report.Network,
            Format = settings.Format.ToString().ToLowerInvariant(),
            Precision = ExportOptions.NameOf(settings.Precision),
            Parameters = report.Parameters,
            Kept = report.Kept,
            Rounding = images is null ? null : Compare(model, settings, images, signals.Token),
            ModelPath = saved.Path,
            ModelBytes = saved.Bytes,
            ModelSha256 = saved.Sha256,
            Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
        }, settings.Json);
        return RandPrune.Success;
    }

    private static void Export(RandomPrunedResNetTransformer network, ExportSettings settings, Stream stream)
    {
        switch (settings.Format)
        {
            case ExportFormat.Onnx:
                network.ExportToOnnx(stream, settings.Onnx);
                break;
            case ExportFormat.Safetensors:
                network.ExportSafetensors(stream);
                break;
            default:
                network.Model.Save(stream, settings.Precision);
                break;
        }
    }

    private static RoundingResult Compare(TrainedModel model, ExportSettings settings, ImageSet images, CancellationToken cancellationToken)
    {
        try
        {
            return RoundingResult.Of(model, settings.Precision, images, settings.Threads, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"stopped before the images were scored; the model is in '{settings.Out}'.");
        }
    }

    private void Show(ExportResult result, bool asJson)
    {
        if (asJson)
        {
            _output.WriteJson(result);
            return;
        }

        var text = CultureInfo.InvariantCulture;
        _output.Out.WriteLine(string.Create(text, $"{result.Network}, {result.Kept:N0} of {result.Parameters:N0} weights, as {result.Format} in {result.Precision}; {result.Seconds:F1} s"));
        if (result.Rounding is { } rounding)
        {
            _output.Out.WriteLine(string.Create(text, $"accuracy {rounding.AccuracyBefore:P2} before rounding, {rounding.Accuracy:P2} after; log-loss {rounding.LogLossBefore:F4}, {rounding.LogLoss:F4}; ECE {rounding.EceBefore:P2}, {rounding.Ece:P2}; on {rounding.Images:N0} images"));
            _output.Out.WriteLine(string.Create(text, $"{rounding.ChangedLabels:N0} images get another label; no probability changes by more than {rounding.LargestScoreChange:G3}"));
        }
        else if (result.Precision != ExportOptions.NameOf(ModelPrecision.Float32))
        {
            _output.Out.WriteLine("What rounding does to the accuracy is measured with --data.");
        }

        _output.Out.WriteLine(string.Create(text, $"saved {result.ModelPath}: {result.ModelBytes:N0} bytes, SHA-256 {result.ModelSha256}"));
    }
}
