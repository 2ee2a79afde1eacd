using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class ExportTests
{
    [TestMethod]
    public void WritesTheOnnxThatTheLibraryWrites()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.safetensors"]);
        var json = Cli.RunJson("export", "--model", model, "--format", "onnx", "--out", folder["model.onnx"]);
        byte[] bytes = AssertFile(json, folder["model.onnx"]);
        Assert.AreEqual(("ResNet-8-4", "onnx", "fp32"), (Text(json, "network"), Text(json, "format"), Text(json, "precision")));
        Assert.AreEqual((5036L, 2518L), (json.GetProperty("parameters").GetInt64(), json.GetProperty("kept").GetInt64()));
        Assert.IsFalse(json.TryGetProperty("rounding", out _));
        CollectionAssert.AreEqual(Onnx(TrainedModel.Load(model), new OnnxExportOptions()), bytes);

        string[] form = ["--pixels", "float", "--pixel-range", "0:1", "--interleaved", "--keep-batch-norm", "--sparse"];
        json = Cli.RunJson(["export", "--model", model, "--format", "onnx", .. form, "--out", folder["other.onnx"]]);
        var options = new OnnxExportOptions
        {
            PixelType = OnnxPixelType.Float, PixelMinimum = 0, PixelMaximum = 1, InterleavedColors = true, KeepBatchNorm = true, SparseInitializers = true,
        };
        CollectionAssert.AreEqual(Onnx(TrainedModel.Load(model), options), AssertFile(json, folder["other.onnx"]));
    }

    [TestMethod]
    [DataRow("fp16")]
    [DataRow("int8")]
    public void RoundsModelsAndMeasuresWhatThatDoes(string precision)
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        var json = Cli.RunJson("export", "--model", model, "--format", "model", "--precision", precision, "--data", SmallCifar.Shared, "--out", folder["small.safetensors"]);
        AssertFile(json, folder["small.safetensors"]);
        Cli.RunJson("export", "--model", model, "--format", "model", "--out", folder["full.safetensors"]);
        Assert.IsLessThan(new FileInfo(folder["full.safetensors"]).Length, new FileInfo(folder["small.safetensors"]).Length);

        // What it measured is what evaluate finds.
        var rounding = json.GetProperty("rounding");
        Assert.AreEqual(SmallCifar.PerFile, rounding.GetProperty("images").GetInt32());
        AssertEvaluates(model, rounding, "Before");
        AssertEvaluates(folder["small.safetensors"], rounding, "");
        double change = rounding.GetProperty("largestScoreChange").GetDouble();
        Assert.IsGreaterThan(0, change);
        Assert.IsLessThan(precision == "fp16" ? 0.01 : 0.1, change);
    }

    [TestMethod]
    public void WhatIsExportedForPyTorchComesBack()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        AssertFile(Cli.RunJson("export", "--model", model, "--format", "safetensors", "--out", folder["net.safetensors"]), folder["net.safetensors"]);
        var json = Cli.RunJson("import", "--weights", folder["net.safetensors"], "--out", folder["again.zip"]);
        AssertFile(json, folder["again.zip"]);
        Assert.AreEqual(("ResNet-8-4", 2518L), (Text(json, "network"), json.GetProperty("kept").GetInt64()));
        CollectionAssert.AreEqual(
            Enumerable.Range(0, 10).Select(SmallCifar.ClassName).ToArray(), json.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ToArray());
        Assert.AreEqual(
            Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared).GetProperty("logLoss").GetDouble(),
            Cli.RunJson("evaluate", "--model", folder["again.zip"], "--data", SmallCifar.Shared).GetProperty("logLoss").GetDouble());

        // It can be trained on.
        var tuned = Cli.RunJson("train", "--from", folder["again.zip"], "--data", SmallCifar.Shared, "--epochs", "1", "--batch", "32", "--validation", "0", "--out", folder["tuned.zip"]);
        Assert.AreEqual(2518, Cli.RunJson("mask", "--model", folder["tuned.zip"]).GetProperty("kept").GetInt64());
        Assert.AreEqual(folder["tuned.zip"], Text(tuned, "modelPath"));
    }

    [TestMethod]
    public void ImportTakesWhatTheFileDoesNotSay()
    {
        using var folder = new TestFolder();
        Cli.RunJson("export", "--model", SmallModel.Train(folder["model.zip"]), "--format", "safetensors", "--out", folder["net.safetensors"]);
        File.WriteAllLines(folder["names.txt"], Enumerable.Range(0, 10).Select(label => $"größe {label}"));
        string[] command = ["import", "--weights", folder["net.safetensors"], "--out", folder["again.safetensors"]];
        var json = Cli.RunJson([.. command, "--labels", folder["names.txt"], "--mean", "0.5,0.25,0", "--std", "1,2,4", "--input-size", "16x24", "--network", "resnet-8-4"]);
        var model = TrainedModel.Load(folder["again.safetensors"]);
        Assert.AreEqual("größe 9", model.ClassNames[9]);
        Assert.AreEqual("3×16×24", model.Network.InputShape.ToString());
        CollectionAssert.AreEqual(new[] { 0.5f, 0.25f, 0 }, model.Normalization.Mean.ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 2, 4 }, model.Normalization.StandardDeviation.ToArray());
        CollectionAssert.AreEqual(new[] { 0.5, 0.25, 0 }, json.GetProperty("mean").EnumerateArray().Select(value => value.GetDouble()).ToArray());
        StringAssert.Contains(Cli.Run(command).Out, "2,518 of 5,036 weights are not zero, 50.0 % sparse".Replace(" %", " %", StringComparison.Ordinal));
    }

    [TestMethod]
    public void RefusesWhatDoesNotFit()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        string target = folder["out"];
        StringAssert.Contains(Cli.RunFailing(1, "export", "--model", folder["none.zip"], "--format", "onnx", "--out", target), folder["none.zip"]);
        StringAssert.Contains(Cli.RunFailing(1, "export", "--model", model, "--format", "onnx", "--out", folder["none/out"]), folder["none/out"]);
        StringAssert.Contains(
            Cli.RunFailing(1, "export", "--model", model, "--format", "model", "--precision", "int8", "--data", "generated", "--out", target), "'kind0'");
        StringAssert.Contains(Cli.RunFailing(1, "import", "--weights", folder["none"], "--out", target), folder["none"]);
        StringAssert.Contains(Cli.RunFailing(1, "import", "--weights", model, "--out", target), model);
        Cli.RunJson("export", "--model", model, "--format", "safetensors", "--out", folder["net.safetensors"]);
        StringAssert.Contains(Cli.RunFailing(2, "import", "--weights", folder["net.safetensors"], "--network", "ResNet-9-4", "--out", target), "ResNet-A-B");
        StringAssert.Contains(Cli.RunFailing(1, "import", "--weights", folder["net.safetensors"], "--labels", folder["none.txt"], "--out", target), folder["none.txt"]);
        Assert.IsFalse(File.Exists(target));
    }

    [TestMethod]
    public void PrintsASummaryForPeople()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        string[] command = ["export", "--model", model, "--format", "model", "--precision", "int8", "--out", folder["small.safetensors"]];
        var result = Cli.Run(command);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Out, "ResNet-8-4, 2,518 of 5,036 weights, as model in int8");
        StringAssert.Contains(result.Out, "measured with --data");
        StringAssert.Contains(result.Out, folder["small.safetensors"]);
        result = Cli.Run([.. command, "--data", SmallCifar.Shared]);
        StringAssert.Contains(result.Out, "before rounding");
        StringAssert.Contains(result.Out, "images get another label");
    }

    [TestMethod]
    public void SaysThatThePipelineStaysBehind()
    {
        using var folder = new TestFolder();
        var mlContext = new MLContext();
        var network = TrainedModel.Load(SmallModel.Train(folder["model.safetensors"])).ToTransformer(mlContext);
        var data = mlContext.Data.LoadFromCifarBinary(SmallCifar.Shared);
        mlContext.Model.Save(network.Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(network.Transform(data))), data.Schema, folder["pipeline.zip"]);
        var result = Cli.Run("export", "--model", folder["pipeline.zip"], "--format", "onnx", "--out", folder["model.onnx"]);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Error, "the network alone is exported");
    }

    private static byte[] Onnx(TrainedModel model, OnnxExportOptions options)
    {
        using var stream = new MemoryStream();
        model.ExportToOnnx(stream, options);
        return stream.ToArray();
    }

    private static byte[] AssertFile(JsonElement json, string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        Assert.AreEqual((path, bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes))), (Text(json, "modelPath"), json.GetProperty("modelBytes").GetInt64(), Text(json, "modelSha256")));
        return bytes;
    }

    private static void AssertEvaluates(string model, JsonElement rounding, string suffix)
    {
        var json = Cli.RunJson("evaluate", "--model", model, "--data", SmallCifar.Shared);
        Assert.AreEqual(json.GetProperty("accuracy").GetDouble(), rounding.GetProperty($"accuracy{suffix}").GetDouble());
        Assert.AreEqual(json.GetProperty("logLoss").GetDouble(), rounding.GetProperty($"logLoss{suffix}").GetDouble());
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
