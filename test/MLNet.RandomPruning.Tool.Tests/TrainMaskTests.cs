using System.Text.Json;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class TrainMaskTests
{
    private static readonly string[] Training = ["train", "--data", SmallCifar.Shared, "--batch", "16"];
    private static readonly string[] Small = [.. Training, "--network", "ResNet-8-4", "--sparsity", "0.8"];

    [TestMethod]
    [DataRow("rigl(interval=2)", "RigL")]
    [DataRow("SET(interval=3,drop=0.5,stop=2)", "SET")]
    public void WeightsMoveAtConstantDensity(string schedule, string name)
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--epochs", "3", "--mask-schedule", schedule, "--no-test"];
        var json = Cli.RunJson([.. command, "--threads", "1", "--out", folder["model.zip"]]);
        StringAssert.StartsWith(json.GetProperty("maskSchedule").GetString(), name);
        Assert.AreEqual(("ERK", 0.8), (json.GetProperty("ratio").GetString(), json.GetProperty("sparsity").GetDouble()));
        double density = (double)json.GetProperty("kept").GetInt64() / json.GetProperty("parameters").GetInt64();
        Assert.AreEqual(0.2, density, 1e-3);
        Assert.AreEqual(density, json.GetProperty("density").GetDouble(), 1e-12);
        var overlaps = new List<double>();
        foreach (var epoch in json.GetProperty("epochs").EnumerateArray())
        {
            Assert.AreEqual(density, epoch.GetProperty("density").GetDouble(), 1e-12);
            overlaps.Add(epoch.GetProperty("maskOverlap").GetDouble());
            Assert.IsInRange(0.2, 0.999, overlaps[^1]);
        }

        Assert.AreEqual(overlaps[^1], json.GetProperty("maskOverlap").GetDouble());

        // What the model's masks have in common with the first ones is what the epoch found that the model is of.
        var compared = Cli.RunJson("mask", "--network", "ResNet-8-4", "--sparsity", "0.8", "--compare", folder["model.zip"]).GetProperty("comparison");
        Assert.Contains(compared.GetProperty("overlap").GetDouble(), overlaps);

        var people = Cli.Run([.. command, "--out", folder["again.zip"]]);
        StringAssert.Contains(people.Error, "mask overlap");
        StringAssert.Contains(people.Out, "mask overlap");
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["model.zip"]), File.ReadAllBytes(folder["again.zip"]));
    }

    [TestMethod]
    [DataRow("Unstructured")]
    [DataRow("Filter")]
    public void GradualPruningEndsWithTheMasks(string granularity)
    {
        using var folder = new TestFolder();
        string[] how = ["--network", "ResNet-8-4", "--ratio", "Uniform", "--sparsity", "0.5", "--granularity", granularity];
        var json = Cli.RunJson([.. Training, .. how, "--epochs", "3", "--mask-schedule", "Gradual(end=2,interval=2)", "--no-test", "--out", folder["model.zip"]]);
        double[] densities = [.. json.GetProperty("epochs").EnumerateArray().Select(epoch => epoch.GetProperty("density").GetDouble())];
        Cli.RunJson(["mask", .. how, "--out", folder["target.safetensors"]]);
        Cli.RunJson("mask", "--model", folder["model.zip"], "--out", folder["trained.safetensors"]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["target.safetensors"]), File.ReadAllBytes(folder["trained.safetensors"]));
        Assert.IsTrue(densities[0] < 1 && densities[0] > densities[1] && densities[1] >= densities[2], string.Join(", ", densities));
        Assert.AreEqual(densities[2], json.GetProperty("density").GetDouble(), 1e-12);
        Assert.AreEqual((0.5, "Uniform"), (json.GetProperty("sparsity").GetDouble(), json.GetProperty("ratio").GetString()));
    }

    [TestMethod]
    public void TakesTheNetworkFromTheMasks()
    {
        using var folder = new TestFolder();
        string masks = folder["masks.safetensors"];
        Cli.RunJson("mask", "--network", "ResNet-8-2", "--sparsity", "0.5", "--seed", "4", "--out", masks);
        string[] command = [.. Training, "--epochs", "1", "--no-test", "--mask", masks, "--out", folder["model.zip"]];
        var json = Cli.RunJson([.. command, "--seed", "9"]);
        Assert.AreEqual(("ResNet-8-2", 9L), (json.GetProperty("network").GetString(), json.GetProperty("seed").GetInt64()));
        Assert.IsTrue(Cli.RunJson("mask", "--model", folder["model.zip"], "--compare", masks).GetProperty("comparison").GetProperty("isSame").GetBoolean());
        Cli.RunJson([.. command, "--network", "resnet-8-2"]);

        string error = Cli.RunFailing(2, [.. command, "--network", "ResNet-8-4"]);
        StringAssert.Contains(error, "--network is ResNet-8-4");
        StringAssert.Contains(error, "ResNet-8-2");
        Cli.RunJson("mask", "--network", "ResNet-8-2", "--sparsity", "0.5", "--classes", "7", "--out", masks);
        error = Cli.RunFailing(2, command);
        StringAssert.Contains(error, "'fc'");
        StringAssert.Contains(error, "[7, 8]");
        StringAssert.Contains(error, "[10, 8]");
    }

    [TestMethod]
    public void GoesOnFromAModel()
    {
        using var folder = new TestFolder();
        Cli.RunJson([.. Small, "--granularity", "Kernel", "--epochs", "2", "--no-test", "--out", folder["first.zip"]]);
        string[] command = [.. Training, "--from", folder["first.zip"], "--epochs", "2", "--lr", "0.01"];
        var json = Cli.RunJson([.. command, "--out", folder["second.zip"]]);
        Assert.AreEqual(("ResNet-8-4", "ERK", "Kernel", 0.8), (
            json.GetProperty("network").GetString(), json.GetProperty("ratio").GetString(), json.GetProperty("granularity").GetString(), json.GetProperty("sparsity").GetDouble()));
        CollectionAssert.AreEqual(new[] { 3, 4 }, json.GetProperty("epochs").EnumerateArray().Select(epoch => epoch.GetProperty("epoch").GetInt32()).ToArray());
        Assert.IsFalse(json.GetProperty("cancelled").GetBoolean());
        Assert.IsTrue(Cli.RunJson("mask", "--model", folder["second.zip"], "--compare", folder["first.zip"]).GetProperty("comparison").GetProperty("isSame").GetBoolean());
        Assert.AreEqual(
            json.GetProperty("testAccuracy").GetDouble(), Cli.RunJson("evaluate", "--model", folder["second.zip"], "--data", SmallCifar.Shared).GetProperty("accuracy").GetDouble());

        // From the bare file as well, and to the same bytes.
        Cli.RunJson([.. Small, "--granularity", "Kernel", "--epochs", "2", "--no-test", "--out", folder["first.safetensors"]]);
        Cli.RunJson([.. Training, "--from", folder["first.safetensors"], "--epochs", "2", "--lr", "0.01", "--threads", "1", "--no-test", "--out", folder["second.safetensors"]]);
        var model = TrainedModel.Load(folder["second.safetensors"]);
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4 }, model.History.Select(epoch => epoch.Epoch).ToArray());
        Assert.AreEqual(
            json.GetProperty("testLoss").GetDouble(),
            Cli.RunJson("evaluate", "--model", folder["second.safetensors"], "--data", SmallCifar.Shared).GetProperty("logLoss").GetDouble(), 1e-6);
    }

    [TestMethod]
    public void MovesTheWeightsOfAModel()
    {
        using var folder = new TestFolder();
        Cli.RunJson([.. Small, "--epochs", "1", "--no-test", "--out", folder["first.zip"]]);
        string[] command = [.. Training, "--from", folder["first.zip"], "--epochs", "2", "--no-test", "--out", folder["second.zip"]];
        var json = Cli.RunJson([.. command, "--mask-schedule", "RigL(interval=2)"]);
        Assert.IsLessThan(1, json.GetProperty("maskOverlap").GetDouble());
        string error = Cli.RunFailing(2, [.. command, "--mask-schedule", "Gradual"]);
        StringAssert.Contains(error, "--mask-schedule Gradual");
        StringAssert.Contains(error, "randprune prune");
    }

    [TestMethod]
    public void GoesOnWithTheClassesOfTheModelOnly()
    {
        using var folder = new TestFolder();
        SmallModel.Train(folder["model.zip"]);
        string error = Cli.RunFailing(2, "train", "--data", "generated", "--subset", "50", "--no-test", "--from", folder["model.zip"], "--out", folder["out.zip"]);
        StringAssert.Contains(error, "'kind0'");
        StringAssert.Contains(Cli.RunFailing(1, [.. Training, "--from", folder["none.zip"], "--out", folder["out.zip"]]), folder["none.zip"]);
        Assert.IsFalse(File.Exists(folder["out.zip"]));
    }
}
