using System.Text.Json;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class InspectTests
{
    [TestMethod]
    public void GivesExactCountsOfADeepNetwork()
    {
        var json = Cli.RunJson("inspect", "--network", "ResNet-110-16", "--ratio", "ERK", "--sparsity", "0.95");

        // Three stages of 18 blocks with 16, 32 and 64 filters; shortcuts of 1×1 where the filters double.
        long weights = (3 * 16 * 9)
            + (36 * 16 * 16 * 9)
            + (16 * 32 * 9) + (35 * 32 * 32 * 9) + (16 * 32)
            + (32 * 64 * 9) + (35 * 64 * 64 * 9) + (32 * 64)
            + (64 * 10);
        long macs = (1024L * ((3 * 16 * 9) + (36 * 16 * 16 * 9)))
            + (256L * ((16 * 32 * 9) + (35 * 32 * 32 * 9) + (16 * 32)))
            + (64L * ((32 * 64 * 9) + (35 * 64 * 64 * 9) + (32 * 64)))
            + (64 * 10);
        Assert.AreEqual("ResNet-110-16", json.GetProperty("network").GetString());
        Assert.AreEqual("ERK", json.GetProperty("ratio").GetString());
        Assert.AreEqual(0.95, json.GetProperty("sparsity").GetDouble());
        Assert.AreEqual(17, json.GetProperty("seed").GetInt64());
        Assert.AreEqual(weights, json.GetProperty("parameters").GetInt64());
        Assert.AreEqual((long)Math.Round(0.05 * weights), json.GetProperty("kept").GetInt64());
        Assert.AreEqual(macs, json.GetProperty("denseMultiplyAdds").GetInt64());

        var layers = json.GetProperty("layers").EnumerateArray().ToArray();
        Assert.HasCount(1 + (2 * 54) + 2 + 1, layers);
        Assert.AreEqual(json.GetProperty("kept").GetInt64(), layers.Sum(layer => layer.GetProperty("kept").GetInt64()));
        Assert.AreEqual(weights, layers.Sum(layer => layer.GetProperty("parameters").GetInt64()));
        Assert.AreEqual(json.GetProperty("multiplyAdds").GetInt64(), layers.Sum(layer => layer.GetProperty("multiplyAdds").GetInt64()));
        foreach (var layer in layers)
        {
            string name = layer.GetProperty("name").GetString()!;
            long shape = layer.GetProperty("shape").EnumerateArray().Aggregate(1L, (product, length) => product * length.GetInt64());
            long kept = layer.GetProperty("kept").GetInt64();
            Assert.AreEqual(shape, layer.GetProperty("parameters").GetInt64(), name);
            Assert.AreEqual((double)kept / shape, layer.GetProperty("density").GetDouble(), 1e-12, name);
            int stage = name is "conv" ? 0 : name is "fc" ? 3 : int.Parse(name.Split('.')[1]) / 18;
            Assert.AreEqual(kept * (stage == 3 ? 1 : 1024 >> (2 * stage)), layer.GetProperty("multiplyAdds").GetInt64(), name);
        }

        string[] names = [.. layers.Select(layer => layer.GetProperty("name").GetString()!)];
        CollectionAssert.IsSubsetOf(new[] { "conv", "blocks.0.conv1", "blocks.53.conv2", "blocks.18.shortcut.0", "blocks.36.shortcut.0", "fc" }, names);
    }

    [TestMethod]
    [DataRow("erk", "ERK")]
    [DataRow("ERK+", "ERK+")]
    [DataRow("Er", "ER")]
    [DataRow("UNIFORM", "Uniform")]
    [DataRow("uniform+", "Uniform+")]
    public void KeepsExactlyTheShareThatIsLeft(string given, string name)
    {
        foreach (string network in new[] { "resnet-8-16", "ResNet-14-10", "ResNet-20" })
        {
            foreach (double sparsity in new[] { 0.0, 0.5, 0.777, 0.9 })
            {
                var json = Cli.RunJson("inspect", "--network", network, "--ratio", given, "--sparsity", FormattableString.Invariant($"{sparsity}"));
                Assert.AreEqual(name, json.GetProperty("ratio").GetString());
                Assert.AreEqual(
                    (long)Math.Round((1 - sparsity) * json.GetProperty("parameters").GetInt64()), json.GetProperty("kept").GetInt64(), 1, $"{network}, {sparsity}");
            }
        }
    }

    [TestMethod]
    [DataRow("SNIP")]
    [DataRow("GraSP")]
    public void MeasuresARatioOnTrainingImages(string ratio)
    {
        string[] command = ["inspect", "--network", "ResNet-8-2", "--ratio", ratio, "--data", "generated", "--subset", "60", "--sparsity", "0.8", "--seed", "5"];
        var json = Cli.RunJson([.. command, "--threads", "1"]);
        Assert.AreEqual(ratio, json.GetProperty("ratio").GetString());
        Assert.AreEqual((long)Math.Round(0.2 * json.GetProperty("parameters").GetInt64()), json.GetProperty("kept").GetInt64());
        Assert.AreEqual(json.ToString(), Cli.RunJson([.. command, "--threads", "3"]).ToString());
        var other = Cli.RunJson([.. command, "--validation", "0.5"]);
        Assert.AreNotEqual(json.GetProperty("layers").ToString(), other.GetProperty("layers").ToString(), "other images were measured");
    }

    [TestMethod]
    public void ImagesGiveTheirSizeAndClassesToAnyRatio()
    {
        var json = Cli.RunJson("inspect", "--network", "ResNet-8-2", "--ratio", "ERK", "--data", "generated", "--subset", "20");
        Assert.AreEqual(Cli.RunJson("inspect", "--network", "ResNet-8-2", "--ratio", "ERK").ToString(), json.ToString());
        Assert.AreEqual(1d, Cli.RunJson("inspect", "--ratio", "GraSP", "--sparsity", "0").GetProperty("layers")[0].GetProperty("density").GetDouble());
    }

    [TestMethod]
    public void ADenseNetworkKeepsAll()
    {
        var json = Cli.RunJson("inspect", "--ratio", "dense");
        Assert.AreEqual(0, json.GetProperty("sparsity").GetDouble());
        Assert.AreEqual(json.GetProperty("parameters").GetInt64(), json.GetProperty("kept").GetInt64());
        Assert.AreEqual(json.GetProperty("denseMultiplyAdds").GetInt64(), json.GetProperty("multiplyAdds").GetInt64());
    }

    [TestMethod]
    public void ACustomMapDecidesTheSparsity()
    {
        var json = Cli.RunJson("inspect", "--network", "ResNet-8-16", "--ratio", "Custom(conv=1,blocks.*=0.5,fc=0.25)");
        var kept = json.GetProperty("layers").EnumerateArray().ToDictionary(layer => layer.GetProperty("name").GetString()!, layer => layer.GetProperty("kept").GetInt64());
        Assert.AreEqual(432, kept["conv"]);
        Assert.AreEqual(1152, kept["blocks.0.conv1"]);
        Assert.AreEqual(160, kept["fc"]);
    }

    [TestMethod]
    [DataRow("1x28x20", 1, 28, 20)]
    [DataRow("64x48", 3, 64, 48)]
    [DataRow("16", 3, 16, 16)]
    public void TakesOtherImagesAndClasses(string size, int channels, int height, int width)
    {
        var json = Cli.RunJson("inspect", "--network", "ResNet-8-4", "--ratio", "Dense", "--input-size", size, "--classes", "7");
        var layers = json.GetProperty("layers").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(new[] { 4, channels, 3, 3 }, Shape(layers[0]));
        CollectionAssert.AreEqual(new[] { 7, 16 }, Shape(layers[^1]));
        Assert.AreEqual(4L * channels * 9 * height * width, layers[0].GetProperty("multiplyAdds").GetInt64());
    }

    [TestMethod]
    public void PrintsATableForPeople()
    {
        var result = Cli.Run("inspect", "--network", "ResNet-8-8");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.AreEqual("", result.Error);
        var report = Cli.RunJson("inspect", "--network", "ResNet-8-8");
        foreach (var layer in report.GetProperty("layers").EnumerateArray())
        {
            string name = layer.GetProperty("name").GetString()!;
            string row = result.Out.Split('\n').Single(line => line.Trim().StartsWith(name + " ", StringComparison.Ordinal));
            StringAssert.Contains(row, $" {layer.GetProperty("kept").GetInt64():N0} ");
        }

        StringAssert.Contains(result.Out, "1,961 of 19,608 weights");
    }

    [TestMethod]
    [DataRow("kernel", "Kernel")]
    [DataRow("FILTER", "Filter")]
    [DataRow("1x4", "1x4")]
    [DataRow("2 : 4", "2:4")]
    public void TakesAGranularity(string given, string name)
    {
        string[] command = ["inspect", "--network", "ResNet-8-8", "--ratio", "Uniform", "--sparsity", "0.5", "--granularity", given];
        var json = Cli.RunJson(command);
        Assert.AreEqual(name, json.GetProperty("granularity").GetString());
        Assert.IsLessThan(json.GetProperty("parameters").GetInt64(), json.GetProperty("kept").GetInt64());
        StringAssert.Contains(Cli.Run(command).Out, $"Uniform, {name}, sparsity 0.5, seed 17");
    }

    [TestMethod]
    public void RefusesWhatNoRatioCanReach()
    {
        foreach (var ratio in LayerwiseRatio.All)
        {
            string[] data = ratio.NeedsTrainingImages ? ["--data", "generated", "--subset", "20"] : [];
            string error = Cli.RunFailing(2, ["inspect", "--network", "ResNet-8-4", "--ratio", ratio.Name, "--sparsity", "0.9999", .. data]);
            StringAssert.Contains(error, "largest possible");
        }
    }

    private static int[] Shape(JsonElement layer) => [.. layer.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32())];
}
