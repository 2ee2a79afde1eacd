using System.Security.Cryptography;
using System.Text.Json;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class MaskTests
{
    private static readonly string[] Small = ["mask", "--network", "ResNet-8-8"];

    [TestMethod]
    [DataRow("ERK", "0.8", "Unstructured")]
    [DataRow("Uniform", "0.5", "Filter")]
    [DataRow("Uniform", "0.5", "2:4")]
    [DataRow("ERK", "0.7", "1x4")]
    [DataRow("SNIP", "0.6", "Kernel")]
    public void AreThoseOfTrainingToTheByte(string ratio, string sparsity, string granularity)
    {
        using var folder = new TestFolder();
        string[] how = ["--network", "ResNet-8-4", "--ratio", ratio, "--sparsity", sparsity, "--granularity", granularity, "--seed", "5"];
        string[] data = ratio == "SNIP" ? ["--data", SmallCifar.Shared] : [];
        string[] training = ["train", "--data", SmallCifar.Shared, "--epochs", "1", "--batch", "32", "--no-test"];
        Cli.RunJson(["mask", .. how, .. data, "--out", folder["made.safetensors"]]);
        var trained = Cli.RunJson([.. training, .. how, "--out", folder["model.zip"]]);
        Assert.AreEqual(granularity, trained.GetProperty("granularity").GetString());
        Cli.RunJson("mask", "--model", folder["model.zip"], "--out", folder["trained.safetensors"]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["made.safetensors"]), File.ReadAllBytes(folder["trained.safetensors"]));

        // A training with these masks is the training that makes them.
        var again = Cli.RunJson([.. training, "--mask", folder["made.safetensors"], "--seed", "5", "--out", folder["again.zip"]]);
        Assert.AreEqual(trained.GetProperty("modelSha256").GetString(), again.GetProperty("modelSha256").GetString());
        foreach (string name in new[] { "network", "ratio", "granularity", "sparsity", "seed", "kept" })
        {
            Assert.AreEqual(trained.GetProperty(name).ToString(), again.GetProperty(name).ToString(), name);
        }
    }

    [TestMethod]
    public void SaysWhatTheFileHolds()
    {
        using var folder = new TestFolder();
        string path = folder["masks.safetensors"];
        var json = Cli.RunJson([.. Small, "--ratio", "ER", "--sparsity", "0.9", "--sampling", "bernoulli", "--seed", "-3", "--input-size", "1x20x24", "--classes", "7", "--out", path]);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.AreEqual(path, json.GetProperty("maskPath").GetString());
        Assert.AreEqual(bytes.LongLength, json.GetProperty("maskBytes").GetInt64());
        Assert.AreEqual(Convert.ToHexStringLower(SHA256.HashData(bytes)), json.GetProperty("maskSha256").GetString());
        Assert.AreEqual(("ResNet-8-8", "ER", "Unstructured", "bernoulli"), (Text(json, "network"), Text(json, "ratio"), Text(json, "granularity"), Text(json, "sampling")));
        Assert.AreEqual((0.9, -3L, 7), (json.GetProperty("sparsity").GetDouble(), json.GetProperty("seed").GetInt64(), json.GetProperty("classes").GetInt32()));
        Assert.AreEqual("[1,20,24]", json.GetProperty("inputShape").ToString());
        Assert.IsFalse(json.GetProperty("removesChannels").GetBoolean() || json.TryGetProperty("units", out _) || json.TryGetProperty("comparison", out _));

        var mask = NetworkMask.Load(path);
        Assert.AreEqual(mask.KeptCount, json.GetProperty("kept").GetInt64());
        Assert.AreEqual(mask.Density, json.GetProperty("density").GetDouble(), 1e-12);
        Assert.AreEqual(mask.MultiplyAdds, json.GetProperty("multiplyAdds").GetInt64());
        var layers = json.GetProperty("layers").EnumerateArray().ToArray();
        Assert.HasCount(mask.Layers.Count, layers);
        foreach (var (layer, expected) in layers.Zip(mask.Layers))
        {
            Assert.AreEqual(expected.Layer.Name, Text(layer, "name"));
            Assert.AreEqual(expected.KeptCount, layer.GetProperty("kept").GetInt32());
            Assert.AreEqual(expected.Checksum(), Convert.ToUInt64(Text(layer, "checksum"), 16));
            Assert.IsFalse(layer.TryGetProperty("units", out _) || layer.TryGetProperty("narrowedShape", out _));
        }

        // Of the file it says the same, but for where it was written.
        var read = Cli.RunJson("mask", "--mask", path);
        foreach (var property in read.EnumerateObject())
        {
            Assert.AreEqual(json.GetProperty(property.Name).ToString(), property.Value.ToString(), property.Name);
        }
    }

    [TestMethod]
    public void CountsKernels()
    {
        using var folder = new TestFolder();
        var json = Cli.RunJson([.. Small, "--granularity", "Kernel", "--sparsity", "0.75", "--out", folder["masks.safetensors"]]);
        var mask = NetworkMask.Load(folder["masks.safetensors"]);
        int all = 0;
        foreach (var (layer, expected) in json.GetProperty("layers").EnumerateArray().Zip(mask.Layers))
        {
            int plane = expected.Layer.WeightShape.Skip(2).Aggregate(1, (product, length) => product * length);
            int kept = expected.KeptIndices().Select(index => index / plane).Distinct().Count();
            all += kept;
            Assert.AreEqual((kept, expected.Length / plane), Units(layer), expected.Layer.Name);
        }

        Assert.AreEqual(all, Units(json).Kept);
    }

    [TestMethod]
    [DataRow("Filter")]
    [DataRow("Channel")]
    public void ShowsTheNarrowerNetwork(string granularity)
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--granularity", granularity, "--ratio", "Uniform", "--sparsity", "0.5"];
        var json = Cli.RunJson([.. command, "--out", folder["masks.safetensors"]]);
        var mask = NetworkMask.Load(folder["masks.safetensors"]);
        Assert.IsTrue(json.GetProperty("removesChannels").GetBoolean());
        foreach (var (layer, expected) in json.GetProperty("layers").EnumerateArray().Zip(mask.Layers))
        {
            // Rows with a kept weight, counted here from the bits.
            int[] narrowed = [.. layer.GetProperty("narrowedShape").EnumerateArray().Select(length => length.GetInt32())];
            int rows = expected.KeptIndices().Select(index => index / (expected.Length / expected.Layer.WeightShape[0])).Distinct().Count();
            Assert.AreEqual(rows, narrowed[0], expected.Layer.Name);
        }

        var result = Cli.Run(command);
        StringAssert.Contains(result.Out, "narrowed to");
        StringAssert.Contains(result.Out, $"units ({granularity})");
        if (granularity == "Filter")
        {
            // Half of the filters of each layer; the residual stream of each of the three stages is one group, and so is each first convolution.
            var (kept, count) = Units(json);
            Assert.AreEqual((8 + 8 + 16 + 16 + 32 + 32, 4 + 4 + 8 + 8 + 16 + 16), (count, kept));
            StringAssert.Contains(result.Out, "16×8×3×3");
        }
    }

    [TestMethod]
    public void ComparesTwo()
    {
        using var folder = new TestFolder();
        string[] paths = [folder["half.safetensors"], folder["tenth.safetensors"], folder["other.safetensors"]];
        Cli.RunJson([.. Small, "--ratio", "Uniform", "--sparsity", "0.5", "--out", paths[0]]);
        Cli.RunJson([.. Small, "--ratio", "Uniform", "--sparsity", "0.9", "--out", paths[1]]);
        Cli.RunJson([.. Small, "--ratio", "Uniform", "--sparsity", "0.9", "--seed", "18", "--out", paths[2]]);
        foreach (string left in paths)
        {
            foreach (string right in paths)
            {
                var (mask, other) = (NetworkMask.Load(left), NetworkMask.Load(right));
                var json = Cli.RunJson("mask", "--mask", left, "--compare", right).GetProperty("comparison");
                long common = 0;
                foreach (var (layer, index) in json.GetProperty("layers").EnumerateArray().Select((layer, index) => (layer, index)))
                {
                    int expected = mask.Layers[index].KeptIndices().Intersect(other.Layers[index].KeptIndices()).Count();
                    common += expected;
                    Assert.AreEqual(expected, layer.GetProperty("common").GetInt32());
                    Assert.AreEqual((double)expected / mask.Layers[index].KeptCount, layer.GetProperty("overlap").GetDouble(), 1e-12);
                }

                Assert.AreEqual(common, json.GetProperty("common").GetInt64());
                Assert.AreEqual((double)common / mask.KeptCount, json.GetProperty("overlap").GetDouble(), 1e-12);
                Assert.AreEqual((mask.KeptCount, other.KeptCount), (json.GetProperty("kept").GetInt64(), json.GetProperty("otherKept").GetInt64()));
                Assert.AreEqual(left == right, json.GetProperty("isSame").GetBoolean());
                Assert.AreEqual(right, Text(json, "path"));
            }
        }

        StringAssert.Contains(Cli.Run("mask", "--mask", paths[1], "--compare", paths[0]).Out, "100.00 % of the kept weights are kept in");
        StringAssert.Contains(Cli.Run("mask", "--mask", paths[1], "--compare", paths[1]).Out, "the masks are the same");
        string error = Cli.RunFailing(2, "mask", "--network", "ResNet-8-4", "--compare", paths[0]);
        StringAssert.Contains(error, "'conv'");
        StringAssert.Contains(error, "ResNet-8-8");
    }

    [TestMethod]
    public void ComparesWithModels()
    {
        using var folder = new TestFolder();
        foreach (string name in new[] { "model.zip", "model.safetensors" })
        {
            SmallModel.Train(folder[name]);
            var json = Cli.RunJson("mask", "--network", "ResNet-8-4", "--sparsity", "0.5", "--compare", folder[name]);
            Assert.IsTrue(json.GetProperty("comparison").GetProperty("isSame").GetBoolean());
        }
    }

    [TestMethod]
    public void ShowsMasksThatNoSeedMakes()
    {
        using var folder = new TestFolder();
        var network = ResNet.Parse("ResNet-8-2").Build(new ImageShape(3, 32, 32), 10);
        new NetworkMask(network, [.. network.WeightLayers.Select(layer => WeightMask.FromIndices(layer, [0, 5]))]).Save(folder["masks.safetensors"]);
        var json = Cli.RunJson("mask", "--mask", folder["masks.safetensors"]);
        Assert.AreEqual((JsonValueKind.Null, JsonValueKind.Null, JsonValueKind.Null), (json.GetProperty("ratio").ValueKind, json.GetProperty("seed").ValueKind, json.GetProperty("sampling").ValueKind));
        Assert.AreEqual(2 * network.WeightLayers.Count, json.GetProperty("kept").GetInt32());
        StringAssert.Contains(Cli.Run("mask", "--mask", folder["masks.safetensors"]).Out, "masks that no seed makes");
    }

    [TestMethod]
    public void PrintsATableForPeople()
    {
        using var folder = new TestFolder();
        string[] command = [.. Small, "--out", folder["masks.safetensors"]];
        var (result, json) = (Cli.Run(command), Cli.RunJson(command));
        Assert.AreEqual((0, ""), (result.Code, result.Error));
        foreach (var layer in json.GetProperty("layers").EnumerateArray())
        {
            string row = result.Out.Split('\n').Single(line => line.Trim().StartsWith(Text(layer, "name") + " ", StringComparison.Ordinal));
            StringAssert.Contains(row, $" {layer.GetProperty("kept").GetInt32():N0} ");
            StringAssert.Contains(row, Text(layer, "checksum"));
        }

        StringAssert.Contains(result.Out, Text(json, "maskSha256"));
    }

    [TestMethod]
    public void AFileThatCannotBeUsedIsNamed()
    {
        using var folder = new TestFolder();
        Cli.RunJson([.. Small, "--out", folder["masks.safetensors"]]);
        byte[] bytes = File.ReadAllBytes(folder["masks.safetensors"]);
        File.WriteAllBytes(folder["cut"], bytes[..^1]);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(folder["flipped"], bytes);
        File.WriteAllText(folder["text"], "no masks at all");
        SmallModel.Train(folder["model.safetensors"]);
        foreach (string name in new[] { "none", "cut", "flipped", "text", "", "none/none" })
        {
            foreach (string option in new[] { "--mask", "--compare" })
            {
                StringAssert.Contains(Cli.RunFailing(1, "mask", option, folder[name], "--json"), folder[name], name);
            }

            StringAssert.Contains(Cli.RunFailing(1, "train", "--data", SmallCifar.Shared, "--mask", folder[name], "--out", folder["out.zip"]), folder[name], name);
        }

        StringAssert.Contains(Cli.RunFailing(1, "mask", "--mask", folder["model.safetensors"]), "MLNet.RandomPruning mask");
        StringAssert.Contains(Cli.RunFailing(1, [.. Small, "--out", folder["none/masks.safetensors"]]), folder["none/masks.safetensors"]);
        Assert.IsFalse(File.Exists(folder["out.zip"]));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static (int Kept, int Count) Units(JsonElement json)
    {
        var units = json.GetProperty("units");
        return (units.GetProperty("kept").GetInt32(), units.GetProperty("count").GetInt32());
    }
}
