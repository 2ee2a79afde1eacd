using System.Text.Json;
using Microsoft.ML;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class EvaluateTests
{
    [TestMethod]
    public void TheFiguresAgreeWithEachOther()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        var json = Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared);
        long[][] matrix = [.. json.GetProperty("confusionMatrix").EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetInt64()).ToArray())];
        long count = matrix.Sum(row => row.Sum());
        Assert.AreEqual(SmallCifar.PerFile, count);
        Assert.AreEqual(count, json.GetProperty("count").GetInt64());
        Assert.AreEqual((double)matrix.Select((row, label) => row[label]).Sum() / count, json.GetProperty("accuracy").GetDouble(), 1e-12);

        var classes = json.GetProperty("classes").EnumerateArray().ToArray();
        for (int label = 0; label < classes.Length; label++)
        {
            Assert.AreEqual(matrix[label].Sum(), classes[label].GetProperty("count").GetInt64());
            Assert.AreEqual((double)matrix[label][label] / matrix[label].Sum(), classes[label].GetProperty("recall").GetDouble(), 1e-12);
            long taken = matrix.Sum(row => row[label]);
            Assert.AreEqual(taken == 0 ? JsonValueKind.Null : JsonValueKind.Number, classes[label].GetProperty("precision").ValueKind);
        }

        Assert.AreEqual(classes.Average(row => row.GetProperty("recall").GetDouble()), json.GetProperty("macroAccuracy").GetDouble(), 1e-12);
        double[] topK = [.. json.GetProperty("topKAccuracy").EnumerateArray().Select(value => value.GetDouble())];
        Assert.HasCount(5, topK);
        Assert.AreEqual(json.GetProperty("accuracy").GetDouble(), topK[0], 1e-12);
        CollectionAssert.AreEqual(topK.Order().ToArray(), topK);
    }

    [TestMethod]
    public void PrintsATableForPeople()
    {
        using var folder = new TestFolder();
        var result = Cli.Run("evaluate", "--model", SmallModel.Train(folder["model.zip"]), "--data", SmallCifar.Shared);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Out, "kind7");
        StringAssert.Contains(result.Out, "24 images: accuracy ");
    }

    [TestMethod]
    public void FindsTheNetworkInAPipeline()
    {
        using var folder = new TestFolder();
        var mlContext = new MLContext(seed: 3);
        var data = mlContext.Data.LoadFromCifarBinary(SmallCifar.Shared);
        var pipeline = mlContext.Transforms.CopyColumns("Pixels", "Features")
            .Append(mlContext.Transforms.CopyColumns("Kind", "Label"))
            .Append(mlContext.MulticlassClassification.Trainers.RandomPrunedResNet("Kind", "Pixels", "ResNet-8-4", sparsity: 0.5, epochs: 1))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        mlContext.Model.Save(pipeline.Fit(data), data.Schema, folder["model.zip"]);
        Assert.AreEqual(SmallCifar.PerFile, Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", SmallCifar.Shared).GetProperty("count").GetInt32());
    }

    [TestMethod]
    public void AModelThatCannotBeUsedIsNamed()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]), bare = SmallModel.Train(folder["model.safetensors"]);
        File.WriteAllText(folder["text.zip"], "no model at all");
        byte[] bytes = File.ReadAllBytes(model);
        File.WriteAllBytes(folder["cut.zip"], bytes[..(bytes.Length / 2)]);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(folder["flipped.zip"], bytes);
        bytes = File.ReadAllBytes(bare);
        File.WriteAllBytes(folder["cut.safetensors"], bytes[..^1]);
        bytes[^5] ^= 0x10;
        File.WriteAllBytes(folder["flipped.safetensors"], bytes);
        var mlContext = new MLContext();
        var data = mlContext.Data.LoadFromGeneratedImages(3);
        mlContext.Model.Save(mlContext.Transforms.CopyColumns("Again", "Label").Fit(data), data.Schema, folder["other.zip"]);
        foreach (string name in new[] { "none.zip", "text.zip", "cut.zip", "flipped.zip", "cut.safetensors", "flipped.safetensors", "other.zip", "" })
        {
            StringAssert.Contains(Cli.RunFailing(1, "evaluate", "--model", folder[name], "--data", SmallCifar.Shared, "--json"), folder[name], name);
        }
    }
}
