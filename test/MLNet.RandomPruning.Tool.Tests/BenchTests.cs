using System.Text.Json;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class BenchTests
{
    private static readonly string[] Small = ["bench", "--network", "ResNet-8-2", "--batch", "16", "--repetitions", "5"];

    [TestMethod]
    public void MeasuresEverySparsityAndNumberOfThreads()
    {
        var json = Cli.RunJson([.. Small, "--sparsities", "0,0.5", "--threads", "1,2"]);
        Assert.AreEqual(("ResNet-8-2", "ERK"), (json.GetProperty("network").GetString(), json.GetProperty("ratio").GetString()));
        Assert.AreEqual((16, 5, false), (json.GetProperty("batch").GetInt32(), json.GetProperty("repetitions").GetInt32(), json.GetProperty("cancelled").GetBoolean()));
        Assert.IsGreaterThan(0, json.GetProperty("peakMemoryBytes").GetInt64());
        var machine = json.GetProperty("machine");
        Assert.AreEqual(Environment.ProcessorCount, machine.GetProperty("logicalProcessors").GetInt32());
        Assert.Contains(machine.GetProperty("vectorBits").GetInt32(), [32, 128, 256, 512]);
        Assert.IsFalse(string.IsNullOrWhiteSpace(machine.GetProperty("processor").GetString()));

        var rows = json.GetProperty("rows").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(
            new[] { (0.0, 1), (0.5, 1), (0.0, 2), (0.5, 2) },
            rows.Select(row => (row.GetProperty("sparsity").GetDouble(), row.GetProperty("threads").GetInt32())).ToArray());
        foreach (var row in rows)
        {
            CheckTimes(row.GetProperty("trainingStep"), 5);
            CheckTimes(row.GetProperty("scoringBatch"), 5);
            CheckTimes(row.GetProperty("scoringImage"), 50);
            Assert.AreEqual(16_000 / row.GetProperty("trainingStep").GetProperty("median").GetDouble(), row.GetProperty("trainingImagesPerSecond").GetDouble(), 1e-6);
            Assert.AreEqual(16_000 / row.GetProperty("scoringBatch").GetProperty("median").GetDouble(), row.GetProperty("scoringImagesPerSecond").GetDouble(), 1e-6);
            Assert.IsGreaterThanOrEqualTo(0, row.GetProperty("allocatedBytesPerStep").GetDouble());
        }

        var network = ResNet.Parse("ResNet-8-2").Build(GeneratedImages.Shape, 10);
        var models = json.GetProperty("models").EnumerateArray().ToArray();
        Assert.HasCount(2, models);
        foreach (var (model, sparsity) in models.Zip((double[])[0, 0.5]))
        {
            var mask = sparsity == 0 ? NetworkMask.Dense(network) : MaskGenerator.Generate(network, LayerwiseRatio.ErdosRenyiKernel, sparsity, seed: 17);
            Assert.AreEqual((mask.KeptCount, network.WeightCount), (model.GetProperty("kept").GetInt64(), model.GetProperty("parameters").GetInt64()));
            Assert.AreEqual((mask.MultiplyAdds, network.MultiplyAdds), (model.GetProperty("multiplyAdds").GetInt64(), model.GetProperty("denseMultiplyAdds").GetInt64()));
            Assert.IsGreaterThan(4 * mask.KeptCount, model.GetProperty("fileBytes").GetInt64());
            CheckTimes(model.GetProperty("loadAndScore"), 9);
        }
    }

    [TestMethod]
    public void MeasuresMixedPrecisionWhereItIsAskedFor()
    {
        string[] options = [.. Small, "--sparsities", "0.9", "--threads", "1", "--only", "train"];
        Assert.IsFalse(Cli.RunJson(options).GetProperty("mixedPrecision").GetBoolean());
        Assert.IsTrue(Cli.RunJson([.. options, "--mixed-precision"]).GetProperty("mixedPrecision").GetBoolean());
    }

    [TestMethod]
    [DataRow("train", "trainingStep", "scoringBatch")]
    [DataRow("score", "scoringImage", "trainingStep")]
    public void MeasuresAPartOnly(string part, string measured, string leftOut)
    {
        var row = Cli.RunJson([.. Small, "--sparsities", "0.9", "--threads", "1", "--only", part]).GetProperty("rows").EnumerateArray().Single();
        Assert.IsTrue(row.TryGetProperty(measured, out _));
        Assert.IsFalse(row.TryGetProperty(leftOut, out _));
    }

    [TestMethod]
    [DataRow("Dense", 0.0)]
    [DataRow("Custom(conv=1,blocks.*=0.5,fc=1)", null)]
    [DataRow("SNIP", 0.7)]
    public void TakesRatiosOfAnyKind(string ratio, double? sparsity)
    {
        string[] sparsities = ratio == "SNIP" ? ["--sparsities", "0.7"] : [];
        var json = Cli.RunJson([.. Small, .. sparsities, "--ratio", ratio, "--threads", "1", "--only", "score"]);
        var model = json.GetProperty("models").EnumerateArray().Single();
        double found = model.GetProperty("sparsity").GetDouble();
        double counted = 1 - (double)model.GetProperty("kept").GetInt64() / model.GetProperty("parameters").GetInt64();
        Assert.AreEqual(sparsity ?? counted, found, 1e-9);
        Assert.AreEqual(counted, found, 0.001);
    }

    [TestMethod]
    public void PrintsTablesForPeople()
    {
        var result = Cli.Run([.. Small, "--sparsities", "0,0.95", "--threads", "1"]);
        Assert.AreEqual(0, result.Code, result.Error);
        foreach (string expected in new[] { "ResNet-8-2", "training step ms", "scoring 16 ms", "scoring 1 ms", "model file bytes", "95 %", "vectors of" })
        {
            StringAssert.Contains(result.Out, expected);
        }

        Assert.DoesNotContain("Stopped early", result.Out);
        StringAssert.Contains(result.Error, "training steps");
    }

    [TestMethod]
    [DataRow("--sparsities", "0,1", "'1' must be one of numbers from 0 to below 1")]
    [DataRow("--sparsities", "0.5;0.9", "with commas between them")]
    [DataRow("--sparsities", "0.5,0.5", "is there twice")]
    [DataRow("--sparsities", "", "with commas between them")]
    [DataRow("--threads", "2,0", "whole numbers from 1 to 1024")]
    [DataRow("--threads", "1.5", "whole numbers from 1 to 1024")]
    [DataRow("--batch", "4097", "from 1 to 4096")]
    [DataRow("--repetitions", "0", "from 1 to 100000")]
    [DataRow("--only", "load", "one of both, train, score")]
    [DataRow("--network", "VGG", "ResNet-A-B")]
    [DataRow("--ratio", "Magnitude", "ERK, ERK+, ER, Uniform")]
    public void SaysWhatAnOptionMayBe(string option, string value, string allowed)
    {
        string error = Cli.RunFailing(2, "bench", option, value);
        StringAssert.Contains(error, option);
        StringAssert.Contains(error, allowed);
    }

    [TestMethod]
    public void ARatioThatDecidesTheSparsityTakesNone()
    {
        string error = Cli.RunFailing(2, [.. Small, "--ratio", "Dense", "--sparsities", "0.5"]);
        StringAssert.Contains(error, "--sparsities");
        StringAssert.Contains(error, "--ratio Dense");
    }

    [TestMethod]
    public void ASparsityThatTheNetworkCannotHaveIsNamed() =>
        StringAssert.Contains(Cli.RunFailing(2, [.. Small, "--sparsities", "0.9999"]), "0.9999");

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    public void ASignalEndsItWithWhatIsThere()
    {
        using var process = new ToolProcess([.. Small[..^1], "100000", "--sparsities", "0.5", "--threads", "1", "--only", "train", "--json"]);
        process.WaitFor("training steps");
        process.Signal(ToolProcess.Interrupt);
        var result = process.Wait();
        StringAssert.Contains(result.Error, "Stopping");
        if (result.Code == 0)
        {
            Assert.IsTrue(result.Json.GetProperty("cancelled").GetBoolean());
        }
        else
        {
            Assert.AreEqual(1, result.Code);
            StringAssert.Contains(result.Error, "stopped before anything was measured");
        }
    }

    private static void CheckTimes(JsonElement times, int count)
    {
        double[] ascending = [.. new[] { "minimum", "lowerQuartile", "median", "upperQuartile" }.Select(name => times.GetProperty(name).GetDouble())];
        Assert.IsGreaterThan(0, ascending[0]);
        CollectionAssert.AreEqual(ascending.Order().ToArray(), ascending);
        Assert.AreEqual(count, times.GetProperty("count").GetInt32());
    }
}
