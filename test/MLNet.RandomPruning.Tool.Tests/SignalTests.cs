namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
[OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
public class SignalTests
{
    private static readonly string[] Small = ["train", "--data", "generated", "--network", "ResNet-8-4", "--sparsity", "0.5", "--subset", "512", "--batch", "32", "--no-test", "--json"];

    [TestMethod]
    [DataRow(ToolProcess.Interrupt)]
    [DataRow(ToolProcess.Terminate)]
    public void AStopSavesTheBestModelAndTheRunGoesOn(int signal)
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--epochs", "6", "--checkpoint", folder["run.ckpt"]];
        string straight = Cli.Run([.. command[..^2], "--out", folder["straight.zip"]]).Json.GetProperty("modelSha256").GetString()!;

        using (var process = new ToolProcess([.. command, "--out", folder["stopped.zip"]]))
        {
            process.WaitFor("Epoch 2/6");
            process.Signal(signal);
            var stopped = process.Wait();
            Assert.AreEqual(0, stopped.Code, stopped.Error);
            StringAssert.Contains(stopped.Error, "Stopping");
            Assert.IsTrue(stopped.Json.GetProperty("cancelled").GetBoolean());
            Assert.IsInRange(2, 5, stopped.Json.GetProperty("epochs").GetArrayLength());
        }

        Assert.AreEqual(2000, Cli.RunJson("evaluate", "--model", folder["stopped.zip"], "--data", "generated").GetProperty("count").GetInt32());
        var resumed = Cli.Run([.. command, "--resume", "--out", folder["resumed.zip"]]);
        StringAssert.Contains(resumed.Error, "Going on from the checkpoint");
        Assert.AreEqual(6, resumed.Json.GetProperty("epochs").GetArrayLength());
        Assert.AreEqual(straight, resumed.Json.GetProperty("modelSha256").GetString());
    }

    [TestMethod]
    public void AKilledRunGoesOnToTheSameBits()
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--epochs", "4", "--checkpoint", folder["run.ckpt"]];
        string straight = Cli.Run([.. command[..^2], "--out", folder["straight.zip"]]).Json.GetProperty("modelSha256").GetString()!;

        using (var process = new ToolProcess([.. command, "--out", folder["model.zip"]]))
        {
            // In epoch 3, before the checkpoint of its end.
            process.WaitFor("Epoch 2/4");
            process.KillAtOnce();
        }

        Assert.IsFalse(File.Exists(folder["model.zip"]));
        var resumed = Cli.Run([.. command, "--resume", "--threads", "1", "--out", folder["model.zip"]]);
        Assert.AreEqual(0, resumed.Code, resumed.Error);
        Assert.AreEqual(straight, resumed.Json.GetProperty("modelSha256").GetString());
    }

    [TestMethod]
    public void StartsAnewWhereThereIsNoCheckpointYet()
    {
        using var folder = new TestFolder();
        var result = Cli.Run([.. Small, "--epochs", "1", "--checkpoint", folder["run.ckpt"], "--resume", "--out", folder["model.zip"]]);
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
}
