using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests.Models;

[TestClass]
public sealed class SafetensorsExportTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-14-4").Build(new ImageShape(3, 12, 15), 5);

    private static TrainedModel ModelOf(NetworkMask mask, int seed) =>
        new(TestNetworks.RandomState(mask, seed), TestNetworks.Normalization, [.. Enumerable.Range(0, mask.Network.ClassCount).Select(index => $"\"{index}\" ž")]);

    private static IEnumerable<NetworkMask> Masks() =>
    [
        NetworkMask.Dense(Network),
        .. new[] { 0.5, 0.9 }.Select(sparsity => MaskGenerator.Generate(Network, "ERK", sparsity, 3)),
        .. HandMadeMasks.Kinds.Select(kind => HandMadeMasks.Of(kind, Network, 1)),
        TestModels.OtherMask(),
        new(Network, [.. Network.WeightLayers.Select(layer => WeightMask.FromIndices(layer, []))]),
    ];

    [TestMethod]
    public void Export_IsTheStateDictionaryOfTheReferenceNetwork()
    {
        foreach (var (depth, width, channels, classes) in new[] { (8, 4, 3, 6), (20, 2, 1, 2), (14, 5, 3, 10) })
        {
            var network = ResNet.Parse($"ResNet-{depth}-{width}").Build(new ImageShape(channels, 8, 9), classes);
            var model = new TrainedModel(
                TestNetworks.RandomState(network, 0.3, 1), new([.. new float[channels]], [.. Enumerable.Repeat(1f, channels)]), [.. Enumerable.Range(0, classes).Select(index => $"{index}")]);
            var exported = Export(model);
            var expected = HandMadeSafetensors.StateDictionary(depth, width, channels, classes, 0, 0).File.Tensors.ToDictionary(tensor => tensor.Name, tensor => $"{tensor.ElementType} [{string.Join(", ", tensor.Shape)}]");
            CollectionAssert.AreEquivalent(expected.ToArray(), exported.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()).ToArray());
            Assert.AreEqual("pt", exported.Metadata["format"]);
            Assert.AreEqual(network.Name, exported.Metadata["network"]);
            Assert.AreEqual($"[{channels},8,9]", exported.Metadata["input_shape"]);
            CollectionAssert.AreEquivalent(new[] { "format", "network", "input_shape", "class_names", "normalization" }, exported.Metadata.Keys.ToArray());
            Assert.IsTrue(exported.Tensors.Where(pair => pair.Key.EndsWith("num_batches_tracked")).All(pair => pair.Value.Data.Span.SequenceEqual(new byte[8])));

            // Each weight in its place, zeros elsewhere.
            foreach (var layer in model.Mask.Layers)
            {
                float[] dense = Floats(exported, $"{layer.Layer.Name}.weight");
                var kept = new Queue<float>(model.State[$"{layer.Layer.Name}.weight"]);
                for (int index = 0; index < dense.Length; index++)
                {
                    Assert.AreEqual(layer[index] ? kept.Dequeue() : 0, dense[index]);
                }
            }
        }
    }

    // The dense network of the file, computed by definition, predicts what the model does: with channels that the masks take out too.
    [TestMethod]
    public void Export_PredictsTheSame()
    {
        int seed = 0;
        foreach (var mask in Masks())
        {
            var model = ModelOf(mask, ++seed);
            var exported = Export(model);
            var dense = new NaiveNetwork(new NetworkState(NetworkMask.Dense(mask.Network)), model.Normalization, training: false);
            foreach (string name in dense.Parameters.Keys.ToArray())
            {
                double[] values = [.. Floats(exported, name).Select(value => (double)value)];
                Assert.HasCount(dense.Parameters[name].Length, values);
                dense.Parameters[name] = values;
            }

            var (batch, pixels, _) = TestNetworks.RandomBatch(mask.Network, 3, seed);
            double[][] expected = dense.Forward(pixels)[^1];
            float[] logits = Predict(model, batch);
            TestNetworks.AssertClose(expected.SelectMany(row => row), logits, 1e-4, mask.ToString()!);

            var imported = TrainedModel.ImportSafetensors(Stream(model));
            CollectionAssert.AreEqual(logits, Predict(imported, batch));
        }
    }

    [TestMethod]
    public void Import_GivesBackWhatWasExported()
    {
        int seed = 0;
        foreach (var mask in Masks())
        {
            var model = ModelOf(mask, ++seed);
            var imported = TrainedModel.ImportSafetensors(Stream(model));
            Assert.IsTrue(mask.SameAs(imported.Mask));
            Assert.IsNull(imported.Mask.Origin);
            Assert.IsEmpty(imported.History);
            foreach (var (before, after) in model.State.Tensors.Zip(imported.State.Tensors))
            {
                Assert.AreEqual(before.Name, after.Name);
                CollectionAssert.AreEqual(before.Values, after.Values);
            }

            CollectionAssert.AreEqual(model.ClassNames.ToArray(), imported.ClassNames.ToArray());
            CollectionAssert.AreEqual(model.Normalization.Mean.ToArray(), imported.Normalization.Mean.ToArray());
            CollectionAssert.AreEqual(model.Normalization.StandardDeviation.ToArray(), imported.Normalization.StandardDeviation.ToArray());
            CollectionAssert.AreEqual(Stream(model).ToArray(), Stream(imported).ToArray());

            // Saved and loaded in our own format it is the same model still.
            using var saved = new MemoryStream();
            imported.Save(saved);
            saved.Position = 0;
            Assert.IsTrue(mask.SameAs(TrainedModel.Load(saved).Mask));
        }
    }

    [TestMethod]
    public void Import_LeavesChannelsInOrTakesThemOutAsAsked()
    {
        var mask = HandMadeMasks.Of("filter", Network, 1);
        Assert.AreNotSame(mask, mask.Narrowed);
        var model = ModelOf(mask, 1);
        var whole = TrainedModel.ImportSafetensors(Stream(model), new() { RemovesChannels = false });
        Assert.AreSame(whole.Mask, whole.Mask.Narrowed);
        Assert.HasCount(4, whole.State["bn.weight"]);
        var narrow = TrainedModel.ImportSafetensors(Stream(whole), new() { RemovesChannels = true });
        Assert.IsTrue(mask.SameAs(narrow.Mask));
        CollectionAssert.AreEqual(model.State["bn.running_var"], narrow.State["bn.running_var"]);
        var (batch, _, _) = TestNetworks.RandomBatch(Network, 2, 1);
        CollectionAssert.AreEqual(Predict(model, batch), Predict(whole, batch));
        CollectionAssert.AreEqual(Predict(model, batch), Predict(narrow, batch));

        var empty = new NetworkMask(Network, [.. Network.WeightLayers.Select(layer => layer.Name.StartsWith("blocks.1.conv") ? WeightMask.FromIndices(layer, []) : WeightMask.Dense(layer))]);
        Assert.Contains("all 4 channels of layer 'blocks.1.conv1'", Assert.ThrowsExactly<InvalidDataException>(
            () => TrainedModel.ImportSafetensors(Stream(ModelOf(empty, 1)), new() { RemovesChannels = true })).Message);
    }

    [TestMethod]
    public void Export_RefusesNaNAndLeavesOldFilesAlone()
    {
        string folder = Directory.CreateTempSubdirectory("random-pruning-").FullName;
        try
        {
            string path = Path.Combine(folder, "network.safetensors");
            var model = ModelOf(HandMadeMasks.Of("filter", Network, 1), 1);
            model.ExportSafetensors(path);
            byte[] file = File.ReadAllBytes(path);
            CollectionAssert.AreEqual(Stream(model).ToArray(), file);
            Assert.IsTrue(model.Mask.SameAs(TrainedModel.ImportSafetensors(path).Mask));

            model.State["blocks.1.bn2.bias"][0] = float.NaN;
            Assert.Contains("'blocks.1.bn2.bias'", Assert.ThrowsExactly<ArgumentException>(() => model.ExportSafetensors(path)).Message);
            Assert.ThrowsExactly<ArgumentException>(() => model.ExportSafetensors(new MemoryStream()));
            CollectionAssert.AreEqual(file, File.ReadAllBytes(path));
            Assert.HasCount(1, Directory.GetFileSystemEntries(folder));
            string missing = Path.Combine(folder, "no", "file");
            Assert.Contains(missing, Assert.ThrowsExactly<IOException>(() => ModelOf(NetworkMask.Dense(Network), 1).ExportSafetensors(missing)).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static float[] Predict(TrainedModel model, ImageBatch batch)
    {
        using var engine = new SparseTrainingEngine(model.State, model.Normalization, batch.Count, 1);
        float[] logits = new float[batch.Count * model.Network.ClassCount];
        engine.Predict(batch, logits);
        return logits;
    }

    private static SafetensorsReader Export(TrainedModel model) => SafetensorsReader.Read(Stream(model));

    private static MemoryStream Stream(TrainedModel model)
    {
        var stream = new MemoryStream();
        model.ExportSafetensors(stream);
        stream.Position = 0;
        return stream;
    }

    private static float[] Floats(SafetensorsReader reader, string name)
    {
        var tensor = reader.Tensors[name];
        Assert.AreEqual("F32", tensor.ElementType);
        float[] values = new float[tensor.Count];
        tensor.CopyFloatsTo(values);
        return values;
    }
}
