using System.Globalization;
using System.Text.Json;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Onnx.Tests.Format;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Onnx.Tests;

/// <summary>What stands in the files.</summary>
[TestClass]
public class FileTests
{
    [TestMethod]
    public void StatesTheVersionsOfFormatAndOperators()
    {
        foreach (var options in Samples.AllOptions)
        {
            var file = OnnxFile.Read(Samples.Export(Samples.Model(), options));
            Assert.AreEqual(8, file.IrVersion);
            CollectionAssert.AreEqual(new KeyValuePair<string, long>[] { new("", 17) }, file.OperatorSets);
            Assert.AreEqual("MLNet.RandomPruning", file.Producer);
            Assert.AreEqual("0.1.0", file.ProducerVersion);
        }
    }

    [TestMethod]
    [DataRow(OnnxPixelType.Byte, false, Tensor.Uint8, "batch,3,12,9")]
    [DataRow(OnnxPixelType.Float, false, Tensor.Float, "batch,3,12,9")]
    [DataRow(OnnxPixelType.Byte, true, Tensor.Uint8, "batch,12,9,3")]
    [DataRow(OnnxPixelType.Float, true, Tensor.Float, "batch,12,9,3")]
    public void InputsAndOutputs(OnnxPixelType type, bool interleaved, int expectedType, string expectedShape)
    {
        var file = OnnxFile.Read(Samples.Export(Samples.Model(), new() { PixelType = type, InterleavedColors = interleaved }));
        var input = file.Inputs.Single();
        Assert.AreEqual("Pixels", input.Name);
        Assert.AreEqual(expectedType, input.Type);
        Assert.AreEqual(expectedShape, string.Join(',', input.Shape));
        Assert.Contains("0 to 255", input.Description);
        CollectionAssert.AreEqual(
            new[] { $"Score {Tensor.Float} batch,5", $"Logits {Tensor.Float} batch,5", $"PredictedLabel {Tensor.Int64} batch" },
            file.Outputs.Select(output => $"{output.Name} {output.Type} {string.Join(',', output.Shape)}").ToArray());
        Assert.IsTrue(file.Outputs.All(output => output.Description.Length > 0));
        Assert.IsGreaterThan(0, file.GraphName.Length);
        Assert.Contains("ResNet-8-4", file.GraphDescription);
        Assert.Contains("ResNet-8-4", file.Description);
    }

    [TestMethod]
    public void EveryNameIsGivenOnceAndBeforeItIsRead()
    {
        foreach (var options in Samples.AllOptions)
        {
            var file = OnnxFile.Read(Samples.Export(Samples.Model(), options));
            string[] known = [.. file.Inputs.Select(input => input.Name), .. file.Constants.Select(constant => constant.Key)];
            var given = known.ToHashSet();
            Assert.HasCount(known.Length, given);
            var read = new HashSet<string>();
            foreach (var node in file.Nodes)
            {
                Assert.IsTrue(node.Inputs.All(given.Contains), $"{node.Name} reads what is not there yet");
                Assert.IsTrue(node.Outputs.All(given.Add), $"{node.Name} gives what is there already");
                read.UnionWith(node.Inputs);
            }

            Assert.HasCount(file.Nodes.Count, file.Nodes.Select(node => node.Name).ToHashSet());
            Assert.IsTrue(file.Outputs.All(output => given.Contains(output.Name)));
            Assert.IsTrue(given.Except(read).All(name => file.Outputs.Any(output => output.Name == name)), "something is there that nobody reads");
        }
    }

    [TestMethod]
    public void BatchNormIsFoldedUnlessItIsToBeKept()
    {
        var model = Samples.Model();
        int norms = model.Network.Layers.OfType<BatchNormLayer>().Count();
        var folded = OnnxFile.Read(Samples.Export(model));
        Assert.DoesNotContain("BatchNormalization", folded.Nodes.Select(node => node.Operation));
        Assert.IsTrue(folded.Nodes.Where(node => node.Operation == "Conv").All(node => node.Inputs.Length == 3));

        var kept = OnnxFile.Read(Samples.Export(model, new() { KeepBatchNorm = true }));
        Assert.AreEqual(norms, kept.Nodes.Count(node => node.Operation == "BatchNormalization"));
        Assert.IsTrue(kept.Nodes.Where(node => node.Operation == "Conv").All(node => node.Inputs.Length == 2));
        var weights = kept.Constants.Single(constant => constant.Key == "blocks.1.conv1.weight").Value;
        int[] indices = model.Mask["blocks.1.conv1"].KeptIndices();
        CollectionAssert.AreEqual(
            model.State["blocks.1.conv1.weight"].Select(value => (double)value).ToArray(), indices.Select(index => weights.Values[index]).ToArray());
        Assert.AreEqual(indices.Length, weights.Values.Count(value => value != 0));
    }

    [TestMethod]
    public void MetadataSayWhatTheModelIs()
    {
        var mask = Samples.Mask(sparsity: 0.9, granularity: "kernel", seed: -5);
        string[] names = ["cat", "", "\"quoted\"", "žluťoučký kůň", "鳥"];
        var model = new TrainedModel(Samples.Model(mask).State, Samples.Model(mask).Normalization, names);
        var metadata = OnnxFile.Read(Samples.Export(model)).Metadata.ToDictionary();
        CollectionAssert.AreEqual(names, JsonSerializer.Deserialize<string[]>(metadata["class_names"]));
        Assert.AreEqual("ResNet-8-4", metadata["network"]);
        Assert.AreEqual(1 - mask.Density, double.Parse(metadata["sparsity"], CultureInfo.InvariantCulture));
        Assert.AreEqual("ERK", metadata["layerwise_ratio"]);
        Assert.AreEqual("Kernel", metadata["granularity"]);
        Assert.AreEqual("-5", metadata["seed"]);
        using var normalization = JsonDocument.Parse(metadata["normalization"]);
        CollectionAssert.AreEqual(model.Normalization.Mean.ToArray(), normalization.RootElement.GetProperty("mean").Deserialize<float[]>());
        CollectionAssert.AreEqual(model.Normalization.StandardDeviation.ToArray(), normalization.RootElement.GetProperty("standardDeviation").Deserialize<float[]>());

        var withoutOrigin = Samples.Model(new NetworkMask(mask.Network, mask.Layers));
        metadata = OnnxFile.Read(Samples.Export(withoutOrigin)).Metadata.ToDictionary();
        Assert.IsFalse(metadata.ContainsKey("seed") || metadata.ContainsKey("layerwise_ratio"));
    }

    [TestMethod]
    public void TheSameModelGivesTheSameBytes()
    {
        var model = Samples.Model();
        using var stream = new MemoryStream();
        model.Save(stream);
        stream.Position = 0;
        var loaded = TrainedModel.Load(stream);
        foreach (var options in Samples.AllOptions)
        {
            byte[] first = Samples.Export(model, options);
            CollectionAssert.AreEqual(first, Samples.Export(model, options));
            CollectionAssert.AreEqual(first, Samples.Export(loaded, options));
        }
    }

    [TestMethod]
    public void SparseWhereThatIsSmaller()
    {
        var mask = Samples.Mask("ResNet-20-8", sparsity: 0.95, ratio: "ERK+");
        var model = Samples.Model(mask);
        foreach (bool int8 in new[] { false, true })
        {
            var file = OnnxFile.Read(Samples.Export(model, new() { SparseInitializers = true, KeepBatchNorm = true, Int8Weights = int8 }));
            foreach (var layer in mask.Layers)
            {
                string name = layer.Layer.Name + (int8 ? ".weight.int8" : ".weight");
                bool isSmaller = layer.KeptCount * (int8 ? 9 : 12) < layer.Length * (int8 ? 1 : 4);
                Assert.AreEqual(isSmaller, file.Sparse.ContainsKey(name), name);
                Assert.AreEqual(isSmaller ? layer.KeptCount : 0, file.Sparse.GetValueOrDefault(name), name);
            }

            Assert.IsTrue(file.Sparse.Count > 0 && file.Sparse.Count < mask.Layers.Count);
        }

        Assert.IsEmpty(OnnxFile.Read(Samples.Export(model)).Sparse);
        Assert.IsEmpty(OnnxFile.Read(Samples.Export(Samples.Model(Samples.Mask(sparsity: 0)), new() { SparseInitializers = true })).Sparse);
    }

    [TestMethod]
    public void SizesFollowTheWeights()
    {
        var mask = Samples.Mask("ResNet-20-16", 3, 8, 8, 10, sparsity: 0.98);
        var model = Samples.Model(mask);
        long weights = mask.Network.WeightCount;
        long rest = Samples.Export(model).Length - 4 * weights;
        Assert.IsLessThan(30_000, rest, "what is no weight");
        Assert.IsLessThan(weights + rest + 10_000, Samples.Export(model, new() { Int8Weights = true }).Length, "int8");
        Assert.IsLessThan(12 * mask.KeptCount + rest + 10_000, Samples.Export(model, new() { SparseInitializers = true }).Length, "sparse");
    }

    [TestMethod]
    public void RemovedChannelsAreNotInTheFile()
    {
        var mask = Samples.Mask("ResNet-8-8", sparsity: 0.7, granularity: "filter");
        var file = OnnxFile.Read(Samples.Export(Samples.Model(mask), new() { KeepBatchNorm = true }));
        var constants = file.Constants.ToDictionary();
        foreach (var layer in mask.Narrowed.Network.WeightLayers)
        {
            CollectionAssert.AreEqual(layer.WeightShape.ToArray(), constants[$"{layer.Name}.weight"].Shape, layer.Name);
        }

        Assert.IsLessThan(mask.Network["conv"].OutputShape.Channels, constants["conv.weight"].Shape[0]);
    }

    [TestMethod]
    public void Int8HoldsTheValuesOfAModelFileInEightBits()
    {
        var model = Samples.Model(Samples.Mask(sparsity: 0.5));
        using var stream = new MemoryStream();
        model.Save(stream, ModelPrecision.Int8);
        stream.Position = 0;
        var stored = SafetensorsReader.Read(stream);
        foreach (bool keep in new[] { false, true })
        {
            var constants = OnnxFile.Read(Samples.Export(model, new() { Int8Weights = true, KeepBatchNorm = keep })).Constants.ToDictionary();
            foreach (var layer in model.Mask.Layers)
            {
                string name = $"{layer.Layer.Name}.weight";
                var values = constants.Single(constant => constant.Value.Type == Tensor.Int8 && constant.Key.StartsWith(name, StringComparison.Ordinal)).Value;
                double[] expected = [.. stored.Tensors[name].Data.ToArray().Select(value => (double)(sbyte)value)];
                double[] actual = [.. layer.KeptIndices().Select(index => values.Values[index])];
                CollectionAssert.AreEqual(keep ? expected : expected.Select(Math.Abs).ToArray(), keep ? actual : actual.Select(Math.Abs).ToArray(), name);
            }
        }
    }
}
