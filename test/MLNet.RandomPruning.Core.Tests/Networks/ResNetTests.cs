using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Tests.Networks;

[TestClass]
public sealed class ResNetTests
{
    private static readonly ImageShape Cifar = new(3, 32, 32);

    // The figures of the paper's networks for CIFAR-10.
    [TestMethod]
    [DataRow("ResNet-20-16", 270_896L, 40.81)]
    [DataRow("ResNet-20-32", 1_081_440L, 162.4)]
    [DataRow("ResNet-56-16", 851_504L, 125.7)]
    [DataRow("ResNet-110-16", 1_722_416L, 253.1)]
    public void Build_HasThePublishedSize(string name, long weights, double millionMultiplyAdds)
    {
        var network = ResNet.Parse(name).Build(Cifar, 10);
        Assert.AreEqual(weights, network.WeightCount);
        Assert.AreEqual(millionMultiplyAdds, network.MultiplyAdds / 1e6, millionMultiplyAdds * 1e-3);
    }

    [TestMethod]
    public void Build_CountsAreThoseOfAHandWrittenFormula()
    {
        foreach (int n in new[] { 1, 2, 3, 9 })
        {
            foreach (int b in new[] { 1, 4, 8, 16, 24 })
            {
                foreach (int classes in new[] { 2, 10, 100 })
                {
                    var network = ResNet.Parse($"ResNet-{6 * n + 2}-{b}").Build(Cifar, classes);
                    long first = 27L * b;
                    long stage1 = 2L * n * 9 * b * b;
                    long stage2 = 9L * b * 2 * b + (2L * n - 1) * 9 * 4 * b * b + 2L * b * b;
                    long stage3 = 9L * 2 * b * 4 * b + (2L * n - 1) * 9 * 16 * b * b + 8L * b * b;
                    long linear = 4L * b * classes;
                    Assert.AreEqual(first + stage1 + stage2 + stage3 + linear, network.WeightCount);
                    Assert.AreEqual((first + stage1) * 1024 + stage2 * 256 + stage3 * 64 + linear, network.MultiplyAdds);

                    long normalized = b + 2L * n * b + (2L * n + 1) * 2 * b + (2L * n + 1) * 4 * b;
                    Assert.AreEqual(network.WeightCount + 2 * normalized + classes, network.ParameterCount);
                }
            }
        }
    }

    [TestMethod]
    public void Build_NamesLayersAsTheReferenceNetwork()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(Cifar, 10);
        CollectionAssert.AreEqual(
            new[]
            {
                "conv", "blocks.0.conv1", "blocks.0.conv2",
                "blocks.1.conv1", "blocks.1.conv2", "blocks.1.shortcut.0",
                "blocks.2.conv1", "blocks.2.conv2", "blocks.2.shortcut.0", "fc",
            },
            network.WeightLayers.Select(layer => layer.Name).ToArray());
        CollectionAssert.AreEqual(new[] { 8, 4, 3, 3 }, ((WeightLayer)network["blocks.1.conv1"]).WeightShape.ToArray());
        CollectionAssert.AreEqual(new[] { 16, 8, 1, 1 }, ((WeightLayer)network["blocks.2.shortcut.0"]).WeightShape.ToArray());
        CollectionAssert.AreEqual(new[] { 10, 16 }, ((WeightLayer)network["fc"]).WeightShape.ToArray());
        Assert.AreEqual(new ImageShape(8, 16, 16), network["blocks.1.relu2"].OutputShape);
        Assert.AreEqual(new ImageShape(16, 8, 8), network["blocks.2.add"].OutputShape);
        Assert.AreEqual(new ImageShape(10, 1, 1), network.Layers[^1].OutputShape);
        Assert.Contains("ResNet-8-4", Assert.ThrowsExactly<ArgumentException>(() => network["conv9"]).Message);
    }

    [TestMethod]
    [DataRow("ResNet-20-16")]
    [DataRow("ResNet-14-5")]
    public void Build_LayersReadWhatStandsBeforeThemAndFits(string name)
    {
        var network = ResNet.Parse(name).Build(new ImageShape(1, 28, 21), 7);
        for (int index = 0; index < network.Layers.Count; index++)
        {
            var layer = network.Layers[index];
            ImageShape Input(int which) => layer.Inputs[which] == Layer.Image ? network.InputShape : network.Layers[layer.Inputs[which]].OutputShape;
            Assert.IsTrue(layer.Inputs.All(input => input < index && input >= Layer.Image), layer.Name);
            if (layer is AddLayer)
            {
                Assert.AreEqual(Input(0), Input(1), layer.Name);
            }
            else if (layer is ConvolutionLayer convolution)
            {
                Assert.AreEqual(Input(0), convolution.InputShape);
                Assert.AreEqual((Input(0).Height + convolution.Stride - 1) / convolution.Stride, layer.OutputShape.Height, layer.Name);
                Assert.AreEqual((Input(0).Width + convolution.Stride - 1) / convolution.Stride, layer.OutputShape.Width, layer.Name);
            }
        }
    }

    [TestMethod]
    [DataRow("resnet-20-16", "ResNet-20-16")]
    [DataRow("RESNET-8-1024", "ResNet-8-1024")]
    [DataRow("ResNet-110", "ResNet-110-16")]
    [DataRow("ResNet-1202-1", "ResNet-1202-1")]
    public void Parse_ReadsNames(string name, string canonical)
    {
        Assert.AreEqual(canonical, ResNet.Parse(name).ToString());
        Assert.AreEqual(ResNet.Parse(canonical), ResNet.Parse(name));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("ResNet")]
    [DataRow("ResNet-18-16")]
    [DataRow("ResNet-2-16")]
    [DataRow("ResNet-20-0")]
    [DataRow("ResNet-20-1025")]
    [DataRow("ResNet-1208-16")]
    [DataRow("ResNet-20-16-3")]
    [DataRow("ResNet--20")]
    [DataRow("ResNet-99999999999-16")]
    [DataRow(" ResNet-20-16")]
    public void Parse_RefusesOtherNamesAndSaysWhatIsAllowed(string name)
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => ResNet.Parse(name)).Message;
        Assert.Contains($"'{name}'", message);
        Assert.Contains("6n + 2", message);
    }

    [TestMethod]
    [DataRow(3, 3, 32, 10, "3×3×32")]
    [DataRow(0, 32, 32, 10, "0×32×32")]
    [DataRow(3, 32, 32, 1, "two classes")]
    [DataRow(3, 100_000, 100_000, 10, "too large")]
    [DataRow(int.MaxValue, int.MaxValue, int.MaxValue, 10, "too large")]
    [DataRow(100_000_000, 4, 4, 10, "too large")]
    [DataRow(3, 32, 32, int.MaxValue, "too large")]
    public void Build_RefusesWhatDoesNotFit(int channels, int height, int width, int classes, string expected)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => ResNet.Parse("ResNet-20-16").Build(new ImageShape(channels, height, width), classes));
        Assert.Contains(expected, error.Message);
    }
}
