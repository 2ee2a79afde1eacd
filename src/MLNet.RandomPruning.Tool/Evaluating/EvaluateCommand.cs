using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Tool.Reporting;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary><c>randprune evaluate</c>: how well a model does on labelled images, how far it can be trusted, and what throws it off.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private const string Summary = "Evaluate a model: accuracy, calibration, images of unknown classes, attacks and corruptions; with --report as a page with charts.";
    private const string HelpNotes = """
        The images must be of the classes, and of the size, that the model was trained on; those of --ood of the
        size only. Every set is scored once. Distances of attacks are of pixels from 0 to 1.

        Examples:
          randprune evaluate --model model.zip --data cifar-10-batches-bin
          randprune evaluate --model model.zip --data cifar-10-batches-bin --ood cifar-100-binary --ood svhn.bin --bootstrap 1000
          randprune evaluate --model model.zip --data cifar-10-batches-bin --attack fgsm:2/255,fgsm:8/255,pgd:8/255:10 --corruptions --attack-images 1000 --report report.html
        """;

    private readonly EvaluateOptions _options = new();
    private readonly ToolOutput _output;

    public EvaluateCommand(ToolOutput output) : base("evaluate", Summary, HelpNotes)
    {
        _output = output;
        _options.AddTo(this);
        SetAction(parsed => Run(_options.Read(parsed)));
    }

    private int Run(EvaluateSettings settings)
    {
        if (settings.Report is { } page)
        {
            ReportPage.ThrowIfUnavailable();
            AtomicFile.ThrowIfNotWritable(page, "report");
        }

        var display = new EvaluationDisplay(_output);
        using var signals = new StopSignals(() => { }, display.Abandon);
        try
        {
            var result = display.Run(() => Evaluate(settings, display, signals.Token));
            if (settings.Report is { } path)
            {
                ReportPage.Write(result, path);
            }

            Show(result, settings);
            return RandPrune.Success;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            throw new InvalidOperationException("stopped before the evaluation was done; there is no result.");
        }
    }

    private EvaluateResult Evaluate(EvaluateSettings settings, EvaluationDisplay display, CancellationToken cancellationToken)
    {
        var mlContext = ToolContext.Create(_output.WriteWarning);
        var model = ModelStore.Load(mlContext, settings.Model).Model;
        var loader = new EvaluationImages(mlContext, model.Network, model.ClassNames);
        var images = loader.Labelled(settings.Data, settings.Split);
        var others = settings.OutOfDistribution.Select(path => loader.Unlabelled(path, settings.Resize)).ToArray();
        return new ModelEvaluation(model, settings, display, cancellationToken).Run(images, others);
    }

    private void Show(EvaluateResult result, EvaluateSettings settings)
    {
        if (settings.Json)
        {
            _output.WriteJson(result);
            return;
        }

        EvaluateTables.Show(result, _output);
        if (settings.Report is { } path)
        {
            _output.Out.WriteLine($"The report is in '{path}'.");
        }
    }
}
