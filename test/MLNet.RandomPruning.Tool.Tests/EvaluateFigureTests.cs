using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Tool.Reporting;
using MLNet.RandomPruning.Torch;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>What <c>randprune evaluate</c> says beyond accuracy.</summary>
[TestClass]
public class EvaluateFigureTests
{
    [TestMethod]
    public void FiguresAreThoseOfTheModelsScores()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]), other = SmallCifar.Write100(folder["cifar100"]);
        var json = Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared, "--ood", other, "--bins", "7");

        // The same from the Score column of an ML.NET pipeline.
        var mlContext = new MLContext();
        var transformer = mlContext.Model.Load(model, out _);
        var (inScores, labels) = Score(transformer, mlContext.Data.LoadFromCifarBinary(SmallCifar.Shared, CifarSplit.Test));
        var calibration = CalibrationMetrics.Compute(inScores, labels, 10, new CalibrationOptions { Bins = 7 });
        var found = json.GetProperty("calibration");
        Assert.AreEqual(calibration.Accuracy, found.GetProperty("accuracy").GetDouble(), 1e-12);
        Assert.AreEqual(calibration.ExpectedCalibrationError, found.GetProperty("expectedCalibrationError").GetDouble(), 1e-5);
        Assert.AreEqual(calibration.BrierScore, found.GetProperty("brierScore").GetDouble(), 1e-5);
        Assert.AreEqual(calibration.NegativeLogLikelihood, found.GetProperty("negativeLogLikelihood").GetDouble(), 1e-5);
        Assert.AreEqual(json.GetProperty("logLoss").GetDouble(), found.GetProperty("negativeLogLikelihood").GetDouble());
        Assert.AreEqual(7, found.GetProperty("reliabilityDiagram").GetArrayLength());
        Assert.AreEqual(0, found.GetProperty("intervals").GetArrayLength());
        var selective = SelectiveMetrics.Compute(inScores, labels, 10);
        Assert.AreEqual(selective.AreaUnderRiskCoverageCurve, json.GetProperty("selective").GetProperty("areaUnderRiskCoverageCurve").GetDouble(), 1e-5);

        var set = json.GetProperty("outOfDistribution")[0];
        Assert.AreEqual(other, set.GetProperty("data").GetString());
        Assert.AreEqual(100, set.GetProperty("count").GetInt32());
        var scores = set.GetProperty("scores").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(OutOfDistributionScore.All.Select(score => score.Name).ToArray(), scores.Select(score => score.GetProperty("score").GetString()).ToArray());
        var images = CifarFiles.Load(other, CifarSplit.Test);
        var outScores = Score(transformer, Features(mlContext, images)).Scores;
        double[] known = new double[SmallCifar.PerFile], unknown = new double[100];
        OutOfDistributionScore.MaxSoftmax.ScoreAll(inScores, 10, logits: false, known);
        OutOfDistributionScore.MaxSoftmax.ScoreAll(outScores, 10, logits: false, unknown);
        var expected = OutOfDistributionMetrics.Compute(known, unknown);
        Assert.AreEqual(expected.AreaUnderRocCurve, scores[0].GetProperty("metrics").GetProperty("areaUnderRocCurve").GetDouble(), 1e-3);
        Assert.IsFalse(json.TryGetProperty("robustness", out _));
        Assert.AreEqual(1, json.GetProperty("history").GetArrayLength());
        Assert.AreEqual("ResNet-8-4", json.GetProperty("masks").GetProperty("network").GetString());
    }

    [TestMethod]
    public void AttacksAndCorruptionsAreTested()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        string[] command = ["evaluate", "--model", model, "--data", SmallCifar.Shared, "--attack", "fgsm:0,FGSM(8/255)", "--attack", "pgd:8/255:2", "--corruptions", "--seed", "5"];
        var json = Cli.RunJson([.. command, "--threads", "1"]);
        var robustness = json.GetProperty("robustness");
        var rows = robustness.GetProperty("perturbed").EnumerateArray().ToArray();
        Assert.HasCount(3 + 45, rows);
        Assert.AreEqual(SmallCifar.PerFile, robustness.GetProperty("images").GetInt32());
        double clean = robustness.GetProperty("clean").GetProperty("accuracy").GetDouble();
        Assert.AreEqual(json.GetProperty("accuracy").GetDouble(), clean);
        Assert.AreEqual(clean, rows[0].GetProperty("accuracy").GetDouble(), "An attack of strength 0 changes nothing.");
        Assert.AreEqual("FGSM(8/255)", rows[1].GetProperty("name").GetString());
        Assert.AreEqual("attack", rows[1].GetProperty("kind").GetString());
        Assert.IsGreaterThan(robustness.GetProperty("clean").GetProperty("logLoss").GetDouble(), rows[1].GetProperty("logLoss").GetDouble());
        Assert.AreEqual(8.0 / 255, rows[1].GetProperty("largestChange").GetDouble(), 1e-6);
        Assert.AreEqual("corruption", rows[^1].GetProperty("kind").GetString());
        Assert.AreEqual(rows.Skip(3).Average(row => row.GetProperty("accuracy").GetDouble()), robustness.GetProperty("meanCorruptionAccuracy").GetDouble(), 1e-12);

        // The result does not depend on the number of threads.
        Assert.AreEqual(robustness.GetRawText(), Cli.RunJson([.. command, "--threads", "2"]).GetProperty("robustness").GetRawText());
        var few = Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared, "--attack", "contrast", "--attack-images", "3").GetProperty("robustness");
        Assert.AreEqual(3, few.GetProperty("images").GetInt32());
        Assert.AreEqual(5, few.GetProperty("perturbed").GetArrayLength());
    }

    [TestMethod]
    public void BothEnginesFindTheSame()
    {
        if (!TorchRuntime.IsAvailable(out string? reason))
        {
            Assert.Inconclusive(reason);
        }

        using var folder = new TestFolder();
        string[] command = ["evaluate", "--model", SmallModel.Train(folder["model.zip"]), "--data", SmallCifar.Shared, "--attack", "fgsm:8/255"];
        JsonElement sparse = Cli.RunJson(command), torch = Cli.RunJson([.. command, "--engine", "torchsharp", "--device", "cpu"]);
        Assert.AreEqual("TorchSharp", torch.GetProperty("engine").GetString());
        Assert.AreEqual(sparse.GetProperty("logLoss").GetDouble(), torch.GetProperty("logLoss").GetDouble(), 1e-4);
        double Attacked(JsonElement json) => json.GetProperty("robustness").GetProperty("perturbed")[0].GetProperty("logLoss").GetDouble();
        Assert.AreEqual(Attacked(sparse), Attacked(torch), 1e-2);
    }

    [TestMethod]
    public void IntervalsHoldTheFigures()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        string[] command = ["evaluate", "--model", model, "--data", SmallCifar.Shared, "--ood", SmallCifar.Shared, "--bootstrap", "50", "--seed", "9"];
        var json = Cli.RunJson(command);
        foreach (var intervals in new[]
        {
            json.GetProperty("calibration").GetProperty("intervals"), json.GetProperty("selective").GetProperty("intervals"),
            json.GetProperty("outOfDistribution")[0].GetProperty("scores")[0].GetProperty("metrics").GetProperty("intervals"),
        })
        {
            Assert.IsGreaterThan(0, intervals.GetArrayLength());
            foreach (var interval in intervals.EnumerateArray())
            {
                Assert.IsLessThanOrEqualTo(interval.GetProperty("range").GetProperty("high").GetDouble(), interval.GetProperty("range").GetProperty("low").GetDouble());
            }
        }

        // The images against themselves: chance, exactly.
        Assert.AreEqual(0.5, json.GetProperty("outOfDistribution")[0].GetProperty("scores")[0].GetProperty("metrics").GetProperty("areaUnderRocCurve").GetDouble(), 1e-12);
        Assert.AreEqual(json.GetProperty("calibration").GetRawText(), Cli.RunJson(command).GetProperty("calibration").GetRawText());
        var table = Cli.Run([.. command, "--attack", "fgsm:8/255,contrast:2", "--attack-images", "4"]);
        Assert.AreEqual(0, table.Code, table.Error);
        foreach (string word in new[] { "ECE, equal mass", "95 % interval", "ROC-AUC", "MaxSoftmax", "FGSM(8/255)", "contrast", "severity 2", "4 images" })
        {
            StringAssert.Contains(table.Out, word);
        }

        Assert.DoesNotContain("\u001b", table.Out);
    }

    [TestMethod]
    public void FoldersOfImageFilesAreOutOfDistributionSets()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        Directory.CreateDirectory(folder["photos/inner"]);
        SmallImage.SaveColour(32, 32, folder["photos/b.png"]);
        SmallImage.SaveColour(32, 32, folder["photos/inner/a.BMP"]);
        File.WriteAllText(folder["photos/notes.txt"], "no image");
        Assert.AreEqual(2, Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared, "--ood", folder["photos"]).GetProperty("outOfDistribution")[0].GetProperty("count").GetInt32());

        SmallImage.SaveColour(40, 20, folder["photos/wide.png"]);
        string error = Cli.RunFailing(1, "evaluate", "--model", model, "--data", SmallCifar.Shared, "--ood", folder["photos"]);
        StringAssert.Contains(error, "wide.png");
        StringAssert.Contains(error, "3×20×40");
        StringAssert.Contains(error, "3×32×32");
        StringAssert.Contains(error, "--resize");
        Assert.AreEqual(3, Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared, "--ood", folder["photos"], "--resize").GetProperty("outOfDistribution")[0].GetProperty("count").GetInt32());
        File.WriteAllText(folder["photos/bad.png"], "no image either");
        StringAssert.Contains(Cli.RunFailing(1, "evaluate", "--model", model, "--data", SmallCifar.Shared, "--ood", folder["photos"], "--resize"), "bad.png");
    }

    [TestMethod]
    public void WhatDoesNotFitIsNamed()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]), other = SmallCifar.Write100(folder["cifar100"]);
        string[] command = ["evaluate", "--model", model, "--data", SmallCifar.Shared];
        StringAssert.Contains(Cli.RunFailing(1, "evaluate", "--model", model, "--data", other), "class 0 (counted from 0) is '0' there and 'kind0' in the model");
        StringAssert.Contains(Cli.RunFailing(1, [.. command, "--ood", folder["nowhere"]]), folder["nowhere"]);
        Directory.CreateDirectory(folder["empty"]);
        StringAssert.Contains(Cli.RunFailing(1, [.. command, "--ood", folder["empty"]]), "neither CIFAR files");
        StringAssert.Contains(Cli.RunFailing(2, [.. command, "--attack", "fgsm:8/255", "--attack-images", "25"]), "from 1 to 24");
        if (ReportResources.HasLibraries)
        {
            StringAssert.Contains(Cli.RunFailing(1, [.. command, "--report", folder["nowhere/report.html"]]), "there is no folder");
            StringAssert.Contains(Cli.RunFailing(1, [.. command, "--report", folder.Path]), "is a folder");
        }
    }

    [TestMethod]
    public void TheReportIsWrittenBesideTheJson()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        string[] command = ["evaluate", "--model", model, "--data", SmallCifar.Shared, "--report", folder["report.html"]];
        if (!ReportResources.HasLibraries)
        {
            StringAssert.Contains(Cli.RunFailing(1, command), "without the chart libraries");
            return;
        }

        var json = Cli.RunJson(command);
        string page = File.ReadAllText(folder["report.html"]);
        StringAssert.Contains(page, json.GetProperty("accuracy").GetDouble().ToString("P2", System.Globalization.CultureInfo.InvariantCulture));
        Assert.HasCount(2, Directory.GetFiles(folder.Path));
        StringAssert.Contains(Cli.Run(command).Out, folder["report.html"]);
    }

    private static (float[] Scores, int[] Labels) Score(ITransformer model, IDataView images)
    {
        var scored = model.Transform(images);
        return ([.. scored.GetColumn<float[]>("Score").SelectMany(row => row)], scored.Schema.GetColumnOrNull("Label") is null ? [] : [.. scored.GetColumn<uint>("Label").Select(key => (int)key - 1)]);
    }

    private static IDataView Features(MLContext mlContext, ImageSet images) =>
        mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, images.Count).Select(index => new ImageRow { Features = images.Image(index).ToArray() }));

    private sealed class ImageRow
    {
        [VectorType(3 * 32 * 32)]
        public byte[] Features { get; set; } = [];
    }
}
