using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Onnx.Tests.Format;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Onnx.Tests;

/// <summary>A graph, computed by the definitions of its operators, says what this library's predictor says.</summary>
[TestClass]
public class AgreementTests
{
    private const int ImageCount = 3;

    [TestMethod]
    [DataRow("ResNet-8-4", 3, 12, 9, 5, 0.0)]
    [DataRow("ResNet-8-4", 3, 12, 9, 5, 0.5)]
    [DataRow("ResNet-8-4", 3, 12, 9, 5, 0.9)]
    [DataRow("ResNet-8-6", 3, 8, 8, 10, 0.98)]
    [DataRow("ResNet-14-3", 1, 7, 11, 2, 0.8)]
    [DataRow("ResNet-8-1", 4, 4, 4, 3, 0.3)]
    public void EveryFormOfEveryNetwork(string name, int channels, int height, int width, int classes, double sparsity)
    {
        var model = Samples.Model(Samples.Mask(name, channels, height, width, classes, sparsity, ratio: "uniform"));
        foreach (var options in Samples.AllOptions)
        {
            AssertAgrees(model, options);
        }
    }

    [TestMethod]
    [DataRow("filter")]
    [DataRow("channel")]
    [DataRow("kernel")]
    [DataRow("1x4")]
    [DataRow("2:4")]
    public void EveryGranularity(string granularity)
    {
        var mask = Samples.Mask("ResNet-14-8", 3, 8, 8, 4, sparsity: 0.5, granularity: granularity, ratio: "uniform");
        if (granularity is "filter" or "channel")
        {
            Assert.IsTrue(mask.RemovesChannels);
            Assert.IsLessThan(mask.Network.ParameterCount, mask.Narrowed.Network.ParameterCount);
        }

        var model = Samples.Model(mask);
        foreach (var options in Samples.AllOptions.Where(options => options is { PixelType: OnnxPixelType.Byte, InterleavedColors: not true }))
        {
            AssertAgrees(model, options);
        }
    }

    [TestMethod]
    public void LayersThatKeepNothingOrEverything()
    {
        var network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 4);
        var random = new Random(5);
        var mask = new NetworkMask(network, [.. network.WeightLayers.Select((layer, index) => index switch
        {
            1 or 4 => WeightMask.FromIndices(layer, []),
            2 => WeightMask.Dense(layer),
            _ => WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(_ => random.Next(20) == 0)]),
        })]);
        var model = Samples.Model(mask);
        foreach (var options in Samples.AllOptions)
        {
            AssertAgrees(model, options);
        }
    }

    [TestMethod]
    [DataRow(0f, 1f)]
    [DataRow(-1f, 1f)]
    [DataRow(0f, 65535f)]
    [DataRow(100f, 101f)]
    public void FloatPixelsOfOtherRanges(float minimum, float maximum)
    {
        var model = Samples.Model();
        foreach (bool interleaved in new[] { false, true })
        {
            AssertAgrees(model, new OnnxExportOptions { PixelType = OnnxPixelType.Float, PixelMinimum = minimum, PixelMaximum = maximum, InterleavedColors = interleaved });
        }
    }

    [TestMethod]
    public void BytesAreBytesWhateverTheRangeOfFloats()
    {
        var model = Samples.Model();
        CollectionAssert.AreEqual(Samples.Export(model), Samples.Export(model, new() { PixelMinimum = -1, PixelMaximum = -2, InterleavedColors = false }));
    }

    [TestMethod]
    public void TheFirstOfEqualLogitsIsPredicted()
    {
        var model = Samples.Model(Samples.Mask(sparsity: 0));
        foreach (var tensor in model.State.Tensors.Where(tensor => tensor.Layer is LinearLayer))
        {
            Array.Clear(tensor.Values);
        }

        var outputs = Run(model, new OnnxExportOptions());
        CollectionAssert.AreEqual(new double[ImageCount], outputs["PredictedLabel"].Values);
        Assert.IsTrue(outputs["Score"].Values.All(score => Math.Abs(score - 0.2) < 1e-12));
    }

    [TestMethod]
    public void ABatchMayHaveAnySize()
    {
        var model = Samples.Model();
        var file = OnnxFile.Read(Samples.Export(model));
        var shape = model.Network.InputShape;
        byte[] images = Samples.Images(shape, 20);
        double[] together = OnnxEvaluator.Run(file, Samples.Pixels(images, shape, new()))["Score"].Values;
        double[] oneByOne = [.. images.Chunk(shape.Size).SelectMany(image => OnnxEvaluator.Run(file, Samples.Pixels(image, shape, new()))["Score"].Values)];
        CollectionAssert.AreEqual(together, oneByOne);
    }

    private static Dictionary<string, Tensor> Run(TrainedModel model, OnnxExportOptions options)
    {
        var shape = model.Network.InputShape;
        return OnnxEvaluator.Run(OnnxFile.Read(Samples.Export(model, options)), Samples.Pixels(Samples.Images(shape, ImageCount), shape, options));
    }

    private static void AssertAgrees(TrainedModel model, OnnxExportOptions options)
    {
        string what = $"{model.Network}, {Samples.Describe(options)}";
        int classes = model.Network.ClassCount;
        var expected = Samples.Logits(options.Int8Weights ? Samples.Rounded(model) : model, Samples.Images(model.Network.InputShape, ImageCount));
        var outputs = Run(model, options);
        CollectionAssert.AreEqual(new[] { ImageCount, classes }, outputs["Logits"].Shape, what);
        CollectionAssert.AreEqual(new[] { ImageCount, classes }, outputs["Score"].Shape, what);
        CollectionAssert.AreEqual(new[] { ImageCount }, outputs["PredictedLabel"].Shape, what);
        Assert.AreEqual(Tensor.Int64, outputs["PredictedLabel"].Type);
        double tolerance = 2e-5 * (1 + expected.Max(row => row.Max(Math.Abs)));
        for (int image = 0; image < ImageCount; image++)
        {
            double[] logits = outputs["Logits"].Values[(image * classes)..((image + 1) * classes)], scores = outputs["Score"].Values[(image * classes)..((image + 1) * classes)];
            double top = expected[image].Max(), sum = expected[image].Sum(logit => Math.Exp(logit - top));
            for (int c = 0; c < classes; c++)
            {
                Assert.AreEqual(expected[image][c], logits[c], tolerance, $"{what}: logit {c} of image {image}");
                Assert.AreEqual(Math.Exp(expected[image][c] - top) / sum, scores[c], tolerance, $"{what}: score {c} of image {image}");
            }

            Assert.AreEqual(logits.Max(), logits[(int)outputs["PredictedLabel"].Values[image]], what);
        }
    }
}
