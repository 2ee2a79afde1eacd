using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class TrainTests
{
    private static readonly string[] Small = ["train", "--data", SmallCifar.Shared, "--network", "ResNet-8-4", "--sparsity", "0.5", "--batch", "32"];

    [TestMethod]
    public void RecordsGradientNormsAndMeasuresRatiosWhenAskedTo()
    {
        using var folder = new TestFolder();
        var json = Cli.RunJson([.. Small, "--epochs", "1", "--ratio", "snip", "--initializer", "binary", "--gradient-norms", "all", "--out", folder["model.zip"]]);
        Assert.AreEqual("SNIP", json.GetProperty("ratio").GetString());
        Assert.AreEqual(json.GetProperty("parameters").GetInt64(), 2 * json.GetProperty("kept").GetInt64(), 1);
        var epoch = json.GetProperty("epochs")[0];
        Assert.AreEqual(epoch.GetProperty("gradientNorm").GetDouble(), epoch.GetProperty("stepGradientNorms").EnumerateArray().Average(norm => norm.GetDouble()), 1e-9);
        Assert.IsGreaterThan(0, epoch.GetProperty("layerGradientNorms").GetProperty("blocks.0.conv1").GetDouble());
        var plain = Cli.RunJson([.. Small, "--epochs", "1", "--out", folder["plain.zip"]]).GetProperty("epochs")[0];
        Assert.IsFalse(plain.TryGetProperty("stepGradientNorms", out _) || plain.TryGetProperty("layerGradientNorms", out _));
    }

    [TestMethod]
    public void TrainsSavesAndTests()
    {
        using var folder = new TestFolder();
        var result = Cli.Run([.. Small, "--epochs", "2", "--out", folder["model.zip"], "--json"]);
        Assert.AreEqual(0, result.Code, result.Error);
        var json = result.Json;
        Assert.AreEqual("ResNet-8-4", json.GetProperty("network").GetString());
        Assert.AreEqual("ERK", json.GetProperty("ratio").GetString());
        Assert.AreEqual(0.5, json.GetProperty("sparsity").GetDouble());
        Assert.AreEqual(17, json.GetProperty("seed").GetInt64());
        Assert.AreEqual("Sparse", json.GetProperty("engine").GetString());
        Assert.AreEqual(Environment.ProcessorCount, json.GetProperty("threads").GetInt32());
        Assert.AreEqual((108, 12), (json.GetProperty("trainingImages").GetInt32(), json.GetProperty("validationImages").GetInt32()));
        Assert.AreEqual(json.GetProperty("parameters").GetInt64(), 2 * json.GetProperty("kept").GetInt64(), 1);
        Assert.IsGreaterThan(0, json.GetProperty("seconds").GetDouble());
        Assert.AreEqual("Unstructured", json.GetProperty("granularity").GetString());
        foreach (string name in new[] { "maskSchedule", "density", "maskOverlap" })
        {
            Assert.IsFalse(json.TryGetProperty(name, out _) || json.GetProperty("epochs")[0].TryGetProperty(name, out _), name);
        }

        var epochs = json.GetProperty("epochs").EnumerateArray().ToArray();
        Assert.HasCount(2, epochs);
        for (int index = 0; index < epochs.Length; index++)
        {
            Assert.AreEqual(index + 1, epochs[index].GetProperty("epoch").GetInt32());
            Assert.IsGreaterThan(0, epochs[index].GetProperty("trainLoss").GetDouble());
            Assert.IsGreaterThan(0, epochs[index].GetProperty("gradientNorm").GetDouble());
            Assert.IsGreaterThan(0, epochs[index].GetProperty("imagesPerSecond").GetDouble());
            Assert.IsInRange(0, 1, epochs[index].GetProperty("trainAccuracy").GetDouble());
            Assert.IsInRange(0, 1, epochs[index].GetProperty("validationAccuracy").GetDouble());
            StringAssert.Contains(result.Error, $"Epoch {index + 1}/2: loss ");
        }

        // Of two epochs, the rate falls after the first twice: half and three quarters round down to one.
        Assert.AreEqual(0.1, epochs[0].GetProperty("learningRate").GetDouble(), 1e-12);
        Assert.AreEqual(0.001, epochs[1].GetProperty("learningRate").GetDouble(), 1e-12);

        byte[] file = File.ReadAllBytes(folder["model.zip"]);
        Assert.AreEqual(folder["model.zip"], json.GetProperty("modelPath").GetString());
        Assert.AreEqual(file.LongLength, json.GetProperty("modelBytes").GetInt64());
        Assert.AreEqual(Convert.ToHexStringLower(SHA256.HashData(file)), json.GetProperty("modelSha256").GetString());
        CollectionAssert.AreEqual(new[] { folder["model.zip"] }, Directory.GetFiles(folder.Path));

        // The file is an ML.NET model like any other, and evaluates to what training said.
        var mlContext = new MLContext();
        var model = mlContext.Model.Load(folder["model.zip"], out var schema);
        var test = mlContext.Data.LoadFromCifarBinary(SmallCifar.Shared, CifarSplit.Test);
        var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(test));
        Assert.AreEqual(metrics.MicroAccuracy, json.GetProperty("testAccuracy").GetDouble(), 1e-12);
        Assert.AreEqual(metrics.LogLoss, json.GetProperty("testLoss").GetDouble(), 1e-12);
        CollectionAssert.AreEqual(new[] { "Features", "Label" }, schema.Select(column => column.Name).ToArray());

        var evaluated = Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", SmallCifar.Shared);
        Assert.AreEqual(json.GetProperty("testAccuracy").GetDouble(), evaluated.GetProperty("accuracy").GetDouble());
        Assert.AreEqual(json.GetProperty("testLoss").GetDouble(), evaluated.GetProperty("logLoss").GetDouble(), 1e-6);
        Assert.AreEqual(SmallCifar.PerFile, evaluated.GetProperty("count").GetInt64());
    }

    [TestMethod]
    public void TrainsOnGeneratedImages()
    {
        using var folder = new TestFolder();
        var json = Cli.RunJson("train", "--data", "Generated", "--network", "ResNet-8-2", "--subset", "100", "--batch", "50", "--epochs", "1", "--out", folder["model.zip"]);
        Assert.AreEqual((90, 10), (json.GetProperty("trainingImages").GetInt32(), json.GetProperty("validationImages").GetInt32()));
        Assert.AreEqual(2000, json.GetProperty("testImages").GetInt32());
        Assert.IsInRange(0, 1, json.GetProperty("testAccuracy").GetDouble());
    }

    [TestMethod]
    public void TheSameCommandGivesTheSameBytesOnAnyNumberOfThreads()
    {
        using var folder = new TestFolder();
        string Sha(params string[] more) =>
            Cli.RunJson([.. Small, "--epochs", "1", "--no-test", "--out", folder[$"{Guid.NewGuid():N}.zip"], .. more]).GetProperty("modelSha256").GetString()!;

        string first = Sha();
        Assert.AreEqual(first, Sha("--threads", "1"));
        Assert.AreEqual(first, Sha("--threads", "3"));
        Assert.AreNotEqual(first, Sha("--seed", "18"));
    }

    [TestMethod]
    public void TheBareModelFileIsTheSameModel()
    {
        using var folder = new TestFolder();
        foreach (string name in new[] { "model.zip", "model.mlnet", "model.safetensors" })
        {
            Cli.RunJson([.. Small, "--epochs", "1", "--no-test", "--out", folder[name]]);
        }

        CollectionAssert.AreEqual(File.ReadAllBytes(folder["model.zip"]), File.ReadAllBytes(folder["model.mlnet"]));
        Assert.AreEqual("ResNet-8-4", TrainedModel.Load(folder["model.safetensors"]).Network.Name);
        var zipped = Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", SmallCifar.Shared);
        var bare = Cli.RunJson("evaluate", "--model", folder["model.safetensors"], "--data", SmallCifar.Shared);
        foreach (string part in new[] { "accuracy", "logLoss", "confusionMatrix", "classes", "calibration", "selective", "masks", "history" })
        {
            Assert.AreEqual(zipped.GetProperty(part).GetRawText(), bare.GetProperty(part).GetRawText(), part);
        }
    }

    [TestMethod]
    public void PrintsASummaryForPeople()
    {
        using var folder = new TestFolder();
        var result = Cli.Run([.. Small, "--epochs", "1", "--out", folder["model.zip"]]);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Out, "2,518 of 5,036 weights");
        StringAssert.Contains(result.Out, "test accuracy");
        StringAssert.Contains(result.Out, folder["model.zip"]);
        StringAssert.Contains(result.Error, "Epoch 1/1: ");
    }

    [TestMethod]
    public void TakesEveryOption()
    {
        using var folder = new TestFolder();
        var json = Cli.RunJson(
            [.. Small, "--epochs", "3", "--no-test", "--validation", "0", "--lr", "0.05", "--schedule", "Constant", "--warmup", "1", "--momentum", "0.8", "--no-nesterov",
            "--weight-decay", "0", "--label-smoothing", "0.1", "--augmentation", "none", "--sampling", "Bernoulli", "--ratio", "uniform", "--out", folder["model.zip"]]);
        Assert.AreEqual((120, 0), (json.GetProperty("trainingImages").GetInt32(), json.GetProperty("validationImages").GetInt32()));
        Assert.AreEqual("Uniform", json.GetProperty("ratio").GetString());
        Assert.AreEqual(JsonValueKind.Null, json.GetProperty("testAccuracy").ValueKind);
        Assert.AreEqual(JsonValueKind.Null, json.GetProperty("testLoss").ValueKind);
        foreach (var epoch in json.GetProperty("epochs").EnumerateArray())
        {
            Assert.AreEqual(0.05, epoch.GetProperty("learningRate").GetDouble(), 1e-12);
            Assert.AreEqual(JsonValueKind.Null, epoch.GetProperty("validationAccuracy").ValueKind);
        }
    }

    [TestMethod]
    public void EarlyStoppingEndsTraining()
    {
        // With a rate this small, nothing gets better after the first epochs.
        using var folder = new TestFolder();
        var json = Cli.RunJson([.. Small, "--epochs", "30", "--early-stopping", "1", "--lr", "1e-30", "--weight-decay", "0", "--augmentation", "none", "--no-test", "--out", folder["model.zip"]]);
        Assert.IsLessThan(30, json.GetProperty("epochs").GetArrayLength());
        Assert.IsFalse(json.GetProperty("cancelled").GetBoolean());
    }

    [TestMethod]
    public void FindsOutBeforeTrainingThatTheModelCannotBeWritten()
    {
        using var folder = new TestFolder();
        string missing = folder["missing/model.zip"];
        var (noFolder, isFolder) = (Cli.Run([.. Small, "--out", missing]), Cli.Run([.. Small, "--out", folder.Path]));
        Assert.AreEqual((1, 1), (noFolder.Code, isFolder.Code));
        StringAssert.StartsWith(noFolder.Error, $"error: The model cannot be written to '{missing}': there is no folder");
        StringAssert.StartsWith(isFolder.Error, $"error: The model cannot be written to '{folder.Path}', which is a folder");
        Assert.DoesNotContain("Epoch", noFolder.Error + isFolder.Error);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void AFullDiskIsNamed()
    {
        string error = Cli.RunFailing(1, [.. Small, "--epochs", "1", "--no-test", "--out", "/dev/full"]);
        StringAssert.Contains(error, "/dev/full");
        StringAssert.Contains(error, "No space left");
    }

    [TestMethod]
    public void KeepsTheLastGoodModelWhenTrainingDiverges()
    {
        // Decay beyond 1 makes all weights grow at each step until they overflow.
        using var folder = new TestFolder();
        string error = Cli.RunFailing(
            1, [.. Small, "--epochs", "100", "--lr", "2", "--weight-decay", "1", "--schedule", "constant", "--no-test", "--out", folder["model.zip"]]);
        StringAssert.Contains(error, "Training diverged");
        StringAssert.Contains(error, "learning rate 2.");
        Assert.AreEqual("ResNet-8-4", Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", SmallCifar.Shared).GetProperty("network").GetString());
    }

    [TestMethod]
    public void ALossOutOfBoundsBeforeTheFirstEpochLeavesNoModel()
    {
        using var folder = new TestFolder();
        string error = Cli.RunFailing(1, [.. Small, "--epochs", "100", "--lr", "1000", "--weight-decay", "1", "--no-test", "--out", folder["model.zip"]]);
        StringAssert.Contains(error, "epoch 1, step");
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void ACheckpointOfAnotherTrainingIsRefused()
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--epochs", "1", "--no-test", "--out", folder["model.zip"], "--checkpoint", folder["run.ckpt"]];
        Cli.RunJson(command);
        string error = Cli.RunFailing(1, [.. command, "--resume", "--lr", "0.01"]);
        StringAssert.Contains(error, folder["run.ckpt"]);
        StringAssert.Contains(error, "LearningRate is 0.1 there and 0.01 here");
    }
}
