using System.Collections.Concurrent;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
[OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
public class SignalTests
{
    private static readonly string[] Small = ["train", "--data", SmallCifar.Shared, "--network", "ResNet-8-2", "--sparsity", "0.5", "--batch", "16", "--epochs", "12", "--no-test", "--json"];

    /// <summary>The model of the run that nothing interrupts, for each mask schedule.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<string>> Straights = new();

    [TestMethod]
    [DataRow(ToolProcess.Interrupt, "Static")]
    [DataRow(ToolProcess.Terminate, "RigL(interval=3)")]
    [DataRow(ToolProcess.Interrupt, "SET(interval=5,stop=12)")]
    [DataRow(ToolProcess.Terminate, "Gradual(end=10,interval=5)")]
    public void AStopSavesTheBestModelAndTheRunGoesOn(int signal, string schedule)
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--mask-schedule", schedule, "--checkpoint", folder["run.ckpt"]];
        using (var process = new ToolProcess([.. command, "--out", folder["stopped.zip"]]))
        {
            process.WaitFor("Epoch 2/12");
            process.Signal(signal);
            var stopped = process.Wait();
            Assert.AreEqual(0, stopped.Code, stopped.Error);
            StringAssert.Contains(stopped.Error, "Stopping");
            Assert.IsTrue(stopped.Json.GetProperty("cancelled").GetBoolean());
            Assert.IsInRange(2, 11, stopped.Json.GetProperty("epochs").GetArrayLength());
        }

        Assert.AreEqual(SmallCifar.PerFile, Cli.RunJson("evaluate", "--model", folder["stopped.zip"], "--data", SmallCifar.Shared).GetProperty("count").GetInt32());
        var resumed = Cli.Run([.. command, "--resume", "--out", folder["resumed.zip"]]);
        StringAssert.Contains(resumed.Error, "Going on from the checkpoint");
        Assert.AreEqual(12, resumed.Json.GetProperty("epochs").GetArrayLength());
        Assert.AreEqual(Straight(schedule), resumed.Json.GetProperty("modelSha256").GetString());
    }

    [TestMethod]
    public void AKilledRunGoesOnToTheSameBits()
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--checkpoint", folder["run.ckpt"]];
        using (var process = new ToolProcess([.. command, "--out", folder["model.zip"]]))
        {
            // In an epoch after the second, wherever it happens to be.
            process.WaitFor("Epoch 2/12");
            process.KillAtOnce();
        }

        Assert.IsFalse(File.Exists(folder["model.zip"]));
        var resumed = Cli.Run([.. command, "--resume", "--threads", "1", "--out", folder["model.zip"]]);
        Assert.AreEqual(0, resumed.Code, resumed.Error);
        Assert.AreEqual(Straight("Static"), resumed.Json.GetProperty("modelSha256").GetString());
    }

    [TestMethod]
    public void StartsAnewWhereThereIsNoCheckpointYet()
    {
        using var folder = new TestFolder();
        var result = Cli.Run([.. Small, "--checkpoint", folder["run.ckpt"], "--resume", "--out", folder["model.zip"]]);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Error, "starting from the beginning");
        Assert.IsTrue(File.Exists(folder["run.ckpt"]));
    }

    [TestMethod]
    public void TheProcessGivesTheExitCodes()
    {
        foreach (var (code, args) in new (int, string[])[] { (0, ["inspect"]), (1, ["evaluate", "--model", "nowhere.zip", "--data", "generated"]), (2, ["inspect", "--sparsity", "1"]) })
        {
            using var process = new ToolProcess(args);
            var result = process.Wait();
            Assert.AreEqual(code, result.Code, result.Error);
            Assert.AreEqual(code == 0, result.Out.Length > 0);
        }
    }

    private static string Straight(string schedule) => Straights.GetOrAdd(schedule, key => new Lazy<string>(() =>
    {
        using var folder = new TestFolder();
        return Cli.Run([.. Small, "--mask-schedule", key, "--out", folder["model.zip"]]).Json.GetProperty("modelSha256").GetString()!;
    })).Value;
}
