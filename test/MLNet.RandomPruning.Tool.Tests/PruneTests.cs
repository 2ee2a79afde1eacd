using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class PruneTests
{
    [TestMethod]
    public void TakesWeightsAndLeavesTheOthersAsTheyAre()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.safetensors"]);
        string[] command = ["prune", "--model", model, "--sparsity", "0.9", "--out"];
        var json = Cli.RunJson([.. command, folder["pruned.safetensors"], "--seed", "3"]);
        Assert.AreEqual(("ResNet-8-4", "ERK", "Unstructured"), (Text(json, "network"), Text(json, "ratio"), Text(json, "granularity")));
        Assert.AreEqual((0.9, 3L), (json.GetProperty("sparsity").GetDouble(), json.GetProperty("seed").GetInt64()));
        Assert.AreEqual((5036L, 2518L, 504L), (json.GetProperty("parameters").GetInt64(), json.GetProperty("keptBefore").GetInt64(), json.GetProperty("kept").GetInt64()));
        Assert.IsLessThan(json.GetProperty("multiplyAddsBefore").GetInt64(), json.GetProperty("multiplyAdds").GetInt64());
        foreach (string name in new[] { "testAccuracyBefore", "testLossBefore", "testAccuracyPruned", "testLossPruned", "testAccuracy", "testLoss" })
        {
            Assert.AreEqual(JsonValueKind.Null, json.GetProperty(name).ValueKind, name);
        }

        Assert.IsFalse(json.TryGetProperty("fineTuning", out _));
        Assert.AreEqual(0, json.GetProperty("testImages").GetInt64());
        byte[] bytes = File.ReadAllBytes(folder["pruned.safetensors"]);
        Assert.AreEqual((bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes))), (json.GetProperty("modelBytes").GetInt64(), Text(json, "modelSha256")));

        var (before, after) = (TrainedModel.Load(model), TrainedModel.Load(folder["pruned.safetensors"]));
        CollectionAssert.AreEqual(before.History.Select(epoch => epoch.TrainLoss).ToArray(), after.History.Select(epoch => epoch.TrainLoss).ToArray());
        foreach (var (old, pruned) in before.State.Tensors.Zip(after.State.Tensors))
        {
            if (old.Kind != StateTensorKind.Weight)
            {
                CollectionAssert.AreEqual(old.Values, pruned.Values, old.Name);
                continue;
            }

            var values = before.Mask[old.Layer.Name].KeptIndices().Zip(old.Values).ToDictionary();
            foreach (var (index, value) in after.Mask[old.Layer.Name].KeptIndices().Zip(pruned.Values))
            {
                Assert.AreEqual(values[index], value, old.Name);
            }
        }

        // The same command, the same bytes; another seed, other weights.
        Assert.AreEqual(Text(json, "modelSha256"), Text(Cli.RunJson([.. command, folder["again.safetensors"], "--seed", "3"]), "modelSha256"));
        Assert.AreNotEqual(Text(json, "modelSha256"), Text(Cli.RunJson([.. command, folder["again.safetensors"], "--seed", "4"]), "modelSha256"));
    }

    [TestMethod]
    [DataRow("ERK", "Unstructured")]
    [DataRow("SNIP", "Kernel")]
    [DataRow("Uniform", "Filter")]
    public void EvaluatesAndTrainsWhatIsLeft(string ratio, string granularity)
    {
        using var folder = new TestFolder();
        string dense = folder["dense.zip"];
        Cli.RunJson("train", "--data", SmallCifar.Shared, "--network", "ResNet-8-2", "--ratio", "Dense", "--batch", "32", "--epochs", "1", "--no-test", "--out", dense);
        string[] command =
            ["prune", "--model", dense, "--ratio", ratio, "--granularity", granularity, "--sparsity", "0.5", "--data", SmallCifar.Shared, "--epochs", "2", "--batch", "32", "--out"];
        var json = Cli.RunJson([.. command, folder["tuned.zip"]]);
        Assert.AreEqual(SmallCifar.PerFile, json.GetProperty("testImages").GetInt32());
        AssertEvaluates(dense, json.GetProperty("testAccuracyBefore").GetDouble(), json.GetProperty("testLossBefore").GetDouble());
        AssertEvaluates(folder["tuned.zip"], json.GetProperty("testAccuracy").GetDouble(), json.GetProperty("testLoss").GetDouble());
        var tuning = json.GetProperty("fineTuning");
        Assert.AreEqual(("Sparse", 108, 12), (Text(tuning, "engine"), tuning.GetProperty("trainingImages").GetInt32(), tuning.GetProperty("validationImages").GetInt32()));
        CollectionAssert.AreEqual(new[] { 2, 3 }, tuning.GetProperty("epochs").EnumerateArray().Select(epoch => epoch.GetProperty("epoch").GetInt32()).ToArray());
        Assert.IsFalse(tuning.GetProperty("cancelled").GetBoolean());

        // Without training the model is that of the middle, with the same masks.
        string[] measured = ratio == "SNIP" ? ["--data", SmallCifar.Shared] : [];
        Cli.RunJson(["prune", "--model", dense, "--ratio", ratio, "--granularity", granularity, "--sparsity", "0.5", .. measured, "--out", folder["pruned.zip"]]);
        AssertEvaluates(folder["pruned.zip"], json.GetProperty("testAccuracyPruned").GetDouble(), json.GetProperty("testLossPruned").GetDouble());
        Assert.IsTrue(Cli.RunJson("mask", "--model", folder["tuned.zip"], "--compare", folder["pruned.zip"]).GetProperty("comparison").GetProperty("isSame").GetBoolean());
        Assert.AreNotEqual(json.GetProperty("testLossPruned").GetDouble(), json.GetProperty("testLoss").GetDouble());
        Assert.AreEqual(granularity == "Filter", Cli.RunJson("mask", "--model", folder["tuned.zip"]).GetProperty("removesChannels").GetBoolean());

        Assert.AreEqual(Text(json, "modelSha256"), Text(Cli.RunJson([.. command, folder["again.zip"], "--threads", "1"]), "modelSha256"));
    }

    [TestMethod]
    public void KeepsThePipelineAroundTheNetwork()
    {
        using var folder = new TestFolder();
        var mlContext = new MLContext(seed: 3);
        var data = mlContext.Data.LoadFromCifarBinary(SmallCifar.Shared);
        var pipeline = mlContext.Transforms.CopyColumns("Pixels", "Features")
            .Append(mlContext.Transforms.CopyColumns("Kind", "Label"))
            .Append(mlContext.MulticlassClassification.Trainers.RandomPrunedResNet("Kind", "Pixels", "ResNet-8-4", sparsity: 0.5, epochs: 1))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        mlContext.Model.Save(pipeline.Fit(data), data.Schema, folder["model.zip"]);
        var json = Cli.RunJson(
            "prune", "--model", folder["model.zip"], "--sparsity", "0.8", "--data", SmallCifar.Shared, "--epochs", "1", "--batch", "32", "--out", folder["pruned.zip"]);

        var model = mlContext.Model.Load(folder["pruned.zip"], out var schema);
        CollectionAssert.AreEqual(data.Schema.Select(column => column.Name).ToArray(), schema.Select(column => column.Name).ToArray());
        var scored = model.Transform(data);
        Assert.IsInstanceOfType<TextDataViewType>(scored.Schema["PredictedLabel"].Type);
        Assert.AreEqual(1007, json.GetProperty("kept").GetInt64());
        Assert.AreEqual(1007, Cli.RunJson("mask", "--model", folder["pruned.zip"]).GetProperty("kept").GetInt64());
        var network = ((IEnumerable<ITransformer>)model).OfType<RandomPrunedResNetTransformer>().Single();
        Assert.AreEqual(("Pixels", "Kind"), (network.FeatureColumnName, network.LabelColumnName));
        Assert.AreEqual(1007, network.Model.Mask.KeptCount);
    }

    [TestMethod]
    public void ABareModelBecomesOneOfMLNet()
    {
        using var folder = new TestFolder();
        Cli.RunJson("prune", "--model", SmallModel.Train(folder["model.safetensors"]), "--sparsity", "0.75", "--out", folder["pruned.zip"]);
        var mlContext = new MLContext();
        mlContext.Model.Load(folder["pruned.zip"], out var schema);
        CollectionAssert.AreEqual(new[] { "Features", "Label" }, schema.Select(column => column.Name).ToArray());
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Label"].GetKeyValues(ref names);
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).Select(SmallCifar.ClassName).ToArray(), names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void PrintsASummaryForPeople()
    {
        using var folder = new TestFolder();
        var result = Cli.Run(
            "prune", "--model", SmallModel.Train(folder["model.zip"]), "--sparsity", "0.8", "--data", SmallCifar.Shared, "--epochs", "1", "--validation", "0", "--out", folder["pruned.zip"]);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Out, "1,007 of 5,036 weights, 2,518 before");
        StringAssert.Contains(result.Out, "before pruning: test accuracy");
        StringAssert.Contains(result.Out, "after pruning: test accuracy");
        StringAssert.Contains(result.Out, "after 1 epoch of training: test accuracy");
        StringAssert.Contains(result.Out, folder["pruned.zip"]);
        StringAssert.Contains(result.Error, "Epoch 1/1: ");
    }

    [TestMethod]
    public void RefusesWhatCannotBe()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        string[] command = ["prune", "--model", model, "--out", folder["pruned.zip"]];
        string error = Cli.RunFailing(2, [.. command, "--sparsity", "0.4"]);
        StringAssert.Contains(error, "smallest possible sparsity is 0.5");
        StringAssert.Contains(Cli.RunFailing(2, [.. command, "--sparsity", "0.9999"]), "largest possible");
        StringAssert.Contains(Cli.RunFailing(2, [.. command, "--sparsity", "0.9", "--data", "generated", "--subset", "40", "--epochs", "1", "--no-test"]), "'kind0'");
        StringAssert.Contains(Cli.RunFailing(1, [.. command, "--sparsity", "0.9", "--data", folder["none"]]), folder["none"]);
        StringAssert.Contains(Cli.RunFailing(1, "prune", "--model", folder["none.zip"], "--sparsity", "0.9", "--out", folder["pruned.zip"]), folder["none.zip"]);
        StringAssert.Contains(Cli.RunFailing(1, "prune", "--model", model, "--sparsity", "0.9", "--out", folder["none/pruned.zip"]), folder["none/pruned.zip"]);
        CollectionAssert.AreEqual(new[] { model }, Directory.GetFileSystemEntries(folder.Path));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    // The loss from logits is exact, that from probabilities as good as they are.
    private static void AssertEvaluates(string model, double accuracy, double loss)
    {
        var json = Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared);
        Assert.AreEqual(json.GetProperty("accuracy").GetDouble(), accuracy);
        Assert.AreEqual(json.GetProperty("logLoss").GetDouble(), loss, 1e-6);
    }
}
