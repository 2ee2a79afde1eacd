using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx;

namespace MLNet.RandomPruning.Tests;

[TestClass]
public class ExportTests
{
    private static readonly MLContext MLContext = new(seed: 3);

    // Trained on pixels from −1 to 1.
    private static readonly Lazy<RandomPrunedResNetTransformer> Trained = new(() =>
        MLContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
        {
            Network = "ResNet-8-2", Sparsity = 0.5, Epochs = 1, PixelMinimum = -1, PixelMaximum = 1,
        }).Fit(MLContext.Data.LoadFromGeneratedImages(64)));

    [TestMethod]
    public void FloatPixelsOfOnnxRangeAsThoseOfTheTransformerUnlessTheOptionsSayOtherwise()
    {
        var model = Trained.Value;
        var options = new OnnxExportOptions { PixelType = OnnxPixelType.Float };
        CollectionAssert.AreEqual(Onnx(options with { PixelMinimum = -1, PixelMaximum = 1, InterleavedColors = false }), Exported(options));
        CollectionAssert.AreEqual(Onnx(options with { PixelMinimum = 0, PixelMaximum = 1 }), Exported(options with { PixelMinimum = 0 }));
        CollectionAssert.AreEqual(Onnx(options with { PixelMinimum = -1, PixelMaximum = 1, InterleavedColors = true }), Exported(options with { InterleavedColors = true }));
        CollectionAssert.AreNotEqual(Onnx(options), Exported(options));
        Assert.IsNull(options.PixelMinimum);

        // Bytes are bytes.
        CollectionAssert.AreEqual(Onnx(new OnnxExportOptions()), Exported(null));

        static byte[] Onnx(OnnxExportOptions options) => Written(stream => Trained.Value.Model.ExportToOnnx(stream, options));
        byte[] Exported(OnnxExportOptions? options) => Written(stream => model.ExportToOnnx(stream, options));
    }

    [TestMethod]
    public void FilesHoldWhatStreamsGet()
    {
        string folder = Directory.CreateTempSubdirectory("export-test-").FullName;
        try
        {
            string onnx = Path.Combine(folder, "model.onnx"), weights = Path.Combine(folder, "model.safetensors");
            Trained.Value.ExportToOnnx(onnx, new OnnxExportOptions { Int8Weights = true });
            Trained.Value.ExportSafetensors(weights);
            CollectionAssert.AreEqual(Written(stream => Trained.Value.ExportToOnnx(stream, new OnnxExportOptions { Int8Weights = true })), File.ReadAllBytes(onnx));
            CollectionAssert.AreEqual(Written(Trained.Value.ExportSafetensors), File.ReadAllBytes(weights));
            CollectionAssert.AreEquivalent(new[] { onnx, weights }, Directory.GetFiles(folder));
            var error = Assert.ThrowsExactly<IOException>(() => Trained.Value.ExportToOnnx(Path.Combine(folder, "none", "model.onnx")));
            StringAssert.Contains(error.Message, Path.Combine(folder, "none"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void ImportedWeightsScoreAndTrainOn()
    {
        using var file = new MemoryStream(Written(Trained.Value.ExportSafetensors));
        var imported = TrainedModel.ImportSafetensors(file);
        Assert.AreEqual(Trained.Value.Model.Mask.KeptCount, imported.Mask.KeptCount);
        var images = MLContext.Data.LoadFromGeneratedImages(40, firstIndex: 64);
        CollectionAssert.AreEqual(Scores(Trained.Value.Model), Scores(imported));

        var tuned = MLContext.MulticlassClassification.Trainers
            .RandomPrunedResNet(new RandomPrunedResNetTrainer.Options { InitialModel = imported, Epochs = 1, LearningRate = 0.01 })
            .Fit(MLContext.Data.LoadFromGeneratedImages(64));
        Assert.IsTrue(tuned.Model.Mask.SameAs(imported.Mask));
        Assert.AreNotEqual(imported.State["conv.weight"][0], tuned.Model.State["conv.weight"][0]);

        float[] Scores(TrainedModel model) =>
            [.. model.ToTransformer(MLContext).Transform(images).GetColumn<float[]>("Score").SelectMany(scores => scores)];
    }

    private static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
