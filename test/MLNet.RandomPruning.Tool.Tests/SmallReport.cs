using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Reporting;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>An evaluation with something in every section, which tests share.</summary>
internal static class SmallReport
{
    private static readonly Lazy<EvaluateResult> Shared = new(Evaluate);

    /// <summary>The evaluation.</summary>
    public static EvaluateResult Result => Shared.Value;

    /// <summary>Skips the test where the tool was built without the chart libraries.</summary>
    public static void SkipWithoutLibraries()
    {
        if (!ReportResources.HasLibraries)
        {
            Assert.Inconclusive("The tool was built without the chart libraries, because npm was missing or could not fetch them.");
        }
    }

    private static EvaluateResult Evaluate()
    {
        using var folder = new TestFolder();
        string path = SmallModel.Train(folder["model.zip"]);
        var mlContext = ToolContext.Create(_ => { });
        var model = ModelStore.Load(mlContext, path).Model;
        string other = SmallCifar.Write100(folder["cifar100"]);
        var settings = new EvaluateSettings
        {
            Model = path,
            Data = SmallCifar.Shared,
            OutOfDistribution = [other, Path.Combine(other, "train.bin")],
            Perturbations = [.. Perturbations.ParseList("fgsm:2/255,fgsm:8/255,pgd:8/255:2,noise:8/255"), .. ImageCorruption.All],
            AttackImages = 8,
            Bootstrap = 20,
            Seed = 3,
        };
        var loader = new EvaluationImages(mlContext, model.Network, model.ClassNames);
        using var quiet = new StringWriter();
        return new ModelEvaluation(model, settings, new EvaluationDisplay(new ToolOutput(quiet, quiet)), CancellationToken.None).Run(
            loader.Labelled(settings.Data, settings.Split), [.. settings.OutOfDistribution.Select(set => loader.Unlabelled(set, resize: false))]);
    }
}
