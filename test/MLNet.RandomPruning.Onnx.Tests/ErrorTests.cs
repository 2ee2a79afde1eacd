using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Onnx.Tests.Format;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Onnx.Tests;

/// <summary>What cannot be written, and what is left behind then: nothing.</summary>
[TestClass]
public class ErrorTests
{
    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("onnx-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void WritesAFileAsItWritesAStream()
    {
        string path = Path.Combine(_folder, "model.onnx");
        var model = Samples.Model();
        File.WriteAllText(path, "what was there before");
        model.ExportToOnnx(path);
        CollectionAssert.AreEqual(Samples.Export(model), File.ReadAllBytes(path));
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFileSystemEntries(_folder));
    }

    [TestMethod]
    public void AStreamStaysOpen()
    {
        using var stream = new MemoryStream();
        stream.WriteByte(1);
        Samples.Model().ExportToOnnx(stream);
        stream.WriteByte(2);
        OnnxFile.Read(stream.ToArray()[1..^1]);
    }

    [TestMethod]
    public void OptionsThatDoNotFitTogether()
    {
        (OnnxExportOptions Options, string Expected)[] cases =
        [
            (new() { PixelType = (OnnxPixelType)7 }, "Byte, Float"),
            (new() { PixelType = OnnxPixelType.Float, PixelMinimum = 1, PixelMaximum = 1 }, "the first below the second"),
            (new() { PixelType = OnnxPixelType.Float, PixelMaximum = float.NaN }, "finite"),
            (new() { PixelType = OnnxPixelType.Float, PixelMinimum = float.NegativeInfinity }, "finite"),
            (new() { PixelType = OnnxPixelType.Float, PixelMaximum = float.Epsilon }, "cannot be normalised"),
            (new() { PixelType = OnnxPixelType.Float, PixelMinimum = float.MinValue, PixelMaximum = float.MaxValue }, "cannot be normalised"),
        ];
        foreach (var (options, expected) in cases)
        {
            var model = Samples.Model();
            if (options.PixelMinimum == float.MinValue)
            {
                model = new TrainedModel(model.State, new([2, 2, 2], [1, 1, 1]), model.ClassNames);
            }

            AssertRefused<ArgumentException>(model, options, expected);
        }
    }

    [TestMethod]
    [DataRow("blocks.0.conv2.weight", 3, float.NaN)]
    [DataRow("blocks.1.bn1.running_mean", 2, float.PositiveInfinity)]
    [DataRow("fc.bias", 0, float.NegativeInfinity)]
    [DataRow("bn.running_var", 1, -0.5f)]
    public void ValuesThatNoNetworkShouldHave(string tensor, int index, float value)
    {
        var model = Samples.Model();
        model.State[tensor][index] = value;
        foreach (var options in Samples.AllOptions)
        {
            AssertRefused<ArgumentException>(model, options, $"value {index} of tensor '{tensor}'");
        }
    }

    [TestMethod]
    public void FoldingThatOverflowsNamesTheLayer()
    {
        var model = Samples.Model(Samples.Mask(sparsity: 0));
        model.State["blocks.0.conv1.weight"][2 * ((WeightLayer)model.Network["blocks.0.conv1"]).FanIn] = 50;
        model.State["blocks.0.bn1.weight"][2] = 3e38f;
        model.State["blocks.0.bn1.running_var"][2] = 0;
        model.State["blocks.0.bn1.running_mean"][2] = 0;
        AssertRefused<ArgumentException>(model, new(), "output channel 2 of layer 'blocks.0.conv1'");
        AssertRefused<ArgumentException>(model, new() { Int8Weights = true }, "KeepBatchNorm");
        Assert.IsNotEmpty(Samples.Export(model, new() { KeepBatchNorm = true }));

        model.State["blocks.0.bn1.running_mean"][2] = 1e10f;
        AssertRefused<ArgumentException>(model, new(), "channel 2 of batch-norm 'blocks.0.bn1'");
    }

    [TestMethod]
    public void NetworksThatNoFileHolds()
    {
        // Of 700 million weights hardly any is kept: only the dense form is too large.
        var network = ResNet.Parse("ResNet-14-1024").Build(new ImageShape(1, 4, 4), 2);
        var mask = new NetworkMask(network, [.. network.WeightLayers.Select(layer => WeightMask.FromIndices(layer, [0]))]);
        var model = Samples.Model(mask);
        AssertRefused<NotSupportedException>(model, new(), "holds less than 2");
        Assert.IsLessThan(2_000_000, Samples.Export(model, new() { SparseInitializers = true }).Length);
    }

    [TestMethod]
    public void PlacesWhereNothingCanBeWritten()
    {
        var model = Samples.Model();
        string missing = Path.Combine(_folder, "missing", "model.onnx");
        Assert.Contains(missing, Assert.ThrowsExactly<IOException>(() => model.ExportToOnnx(missing)).Message);
        Assert.Contains(_folder, Assert.ThrowsExactly<IOException>(() => model.ExportToOnnx(_folder)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => model.ExportToOnnx(""));
        Assert.ThrowsExactly<ArgumentNullException>(() => model.ExportToOnnx((Stream)null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => OnnxExporter.ExportToOnnx(null!, new MemoryStream()));
        using var readOnly = new MemoryStream([], writable: false);
        Assert.Contains("cannot be written", Assert.ThrowsExactly<ArgumentException>(() => model.ExportToOnnx(readOnly)).Message);
    }

    private void AssertRefused<T>(TrainedModel model, OnnxExportOptions options, string expected)
        where T : Exception
    {
        using var stream = new MemoryStream();
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllText(path, "before");
        foreach (var export in new Action[] { () => model.ExportToOnnx(stream, options), () => model.ExportToOnnx(path, options) })
        {
            Assert.Contains(expected, Assert.ThrowsExactly<T>(export).Message);
        }

        Assert.AreEqual(0, stream.Length);
        Assert.AreEqual("before", File.ReadAllText(path));
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFileSystemEntries(_folder));
    }
}
