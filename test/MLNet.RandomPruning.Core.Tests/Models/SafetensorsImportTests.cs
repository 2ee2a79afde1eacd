using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests.Models;

[TestClass]
public sealed class SafetensorsImportTests
{
    private static readonly SafetensorsImportOptions Options = new() { Normalization = TestNetworks.Normalization, InputShape = new ImageShape(3, 8, 9) };

    private static HandMadeSafetensors File(Func<string, string>? elementTypeOf = null) => HandMadeSafetensors.StateDictionary(8, 2, 3, 4, 0.6, 1, elementTypeOf).File;

    private static TrainedModel Import(HandMadeSafetensors file, SafetensorsImportOptions? options = null) => TrainedModel.ImportSafetensors(file.Stream(), options ?? Options);

    [TestMethod]
    [DataRow(8, 2, 3, 4, 0.0)]
    [DataRow(8, 5, 1, 2, 0.5)]
    [DataRow(14, 3, 3, 10, 0.9)]
    [DataRow(20, 2, 2, 7, 0.98)]
    [DataRow(62, 1, 3, 3, 0.3)]
    public void Import_FindsTheNetworkAndItsMasks(int depth, int width, int channels, int classes, double sparsity)
    {
        var (file, values) = HandMadeSafetensors.StateDictionary(depth, width, channels, classes, sparsity, depth);
        var normalization = new PixelNormalization([.. Enumerable.Repeat(0.4f, channels)], [.. Enumerable.Repeat(0.3f, channels)]);
        var model = Import(file, new() { Normalization = normalization });
        Assert.AreEqual($"ResNet-{depth}-{width}", model.Network.Name);
        Assert.AreEqual(new ImageShape(channels, 32, 32), model.Network.InputShape);
        Assert.AreEqual(classes, model.Network.ClassCount);
        CollectionAssert.AreEqual(Enumerable.Range(0, classes).Select(index => $"{index}").ToArray(), model.ClassNames.ToArray());
        Assert.AreSame(normalization, model.Normalization);
        Assert.IsNull(model.Mask.Origin);
        Assert.IsFalse(model.Mask.RemovesChannels);
        Assert.AreEqual(ModelPrecision.Float32, model.Precision);
        AssertHolds(values, model);

        // Named, it is the same; and smaller images suit it as well.
        AssertHolds(values, Import(file, new() { Normalization = normalization, Network = $"resnet-{depth}-{width}", InputShape = new ImageShape(channels, 6, 5) }));
    }

    [TestMethod]
    [DataRow("F16")]
    [DataRow("BF16")]
    [DataRow("F64")]
    [DataRow("mixed")]
    public void Import_TakesEveryTypeOfNumbersWithAPoint(string type)
    {
        string[] types = ["F32", "F64", "BF16", "F16"];
        var (file, values) = HandMadeSafetensors.StateDictionary(8, 2, 3, 4, 0.6, 1, name => type == "mixed" ? types[name.Length % 4] : type);
        AssertHolds(values, Import(file));
    }

    [TestMethod]
    public void Import_TakesNegativeZerosAndVanishingWeightsAsPruned()
    {
        var file = File(name => name == "fc.weight" ? "F64" : "F32");
        int kept = Import(file).Mask["conv"].KeptCount, keptLast = Import(file).Mask["fc"].KeptCount;
        float[] weights = Floats(file, "conv.weight");
        int index = Array.FindIndex(weights, weight => weight != 0);
        file.Replace("conv.weight", tensor => tensor with { Data = [.. tensor.Data[..(4 * index)], 0, 0, 0, 0x80, .. tensor.Data[(4 * index + 4)..]] });
        int last = Array.FindIndex(Floats(file, "fc.weight"), weight => weight != 0);
        file.Replace("fc.weight", tensor => tensor with { Data = [.. tensor.Data[..(8 * last)], .. BitConverter.GetBytes(1e-60), .. tensor.Data[(8 * last + 8)..]] });
        var mask = Import(file).Mask;
        Assert.IsFalse(mask["conv"][index]);
        Assert.AreEqual(kept - 1, mask["conv"].KeptCount);
        Assert.AreEqual(keptLast - 1, mask["fc"].KeptCount);

        // The smallest weight there is stays.
        file.Replace("conv.weight", tensor => tensor with { Data = [.. tensor.Data[..(4 * index)], 1, 0, 0, 0x80, .. tensor.Data[(4 * index + 4)..]] });
        Assert.IsTrue(Import(file).Mask["conv"][index]);
    }

    [TestMethod]
    [DataRow("module.")]
    [DataRow("model.")]
    [DataRow("state_dict.")]
    [DataRow("model.module.")]
    [DataRow("my.conv.weight.")]
    public void Import_LeavesOutAPrefixThatAllNamesHave(string prefix)
    {
        var (file, values) = HandMadeSafetensors.StateDictionary(8, 2, 3, 4, 0.6, 1);
        AssertHolds(values, Import(file.Renamed(name => prefix + name)));

        // Messages name tensors as the file does.
        string message = Refused(file.Replace(prefix + "bn.bias", tensor => tensor with { Shape = [1], Data = tensor.Data[..4] }));
        Assert.Contains($"'{prefix}bn.bias' is F32 [1] where [2] is expected in ResNet-8-2", message);
    }

    [TestMethod]
    public void Import_DoesNotCareForBatchCounts()
    {
        var (file, values) = HandMadeSafetensors.StateDictionary(8, 2, 3, 4, 0.6, 1);
        file.Replace("bn.num_batches_tracked", tensor => tensor with { ElementType = "F32", Data = [0, 0, 0xc0, 0x7f] });
        AssertHolds(values, Import(file));
        AssertHolds(values, Import(file.Without(name => name.EndsWith("num_batches_tracked", StringComparison.Ordinal))));
    }

    [TestMethod]
    public void Import_TakesMetadataWhereNoOptionSaysOtherwise()
    {
        var file = File().With("input_shape", "[3,12,10]").With("class_names", """["a","b","","ž"]""").With("normalization", """{"mean":[0.1,0.2,0.3],"standardDeviation":[1,2,3]}""").With("format", "pt").With("more", "of it");
        var model = TrainedModel.ImportSafetensors(file.Stream());
        Assert.AreEqual(new ImageShape(3, 12, 10), model.Network.InputShape);
        CollectionAssert.AreEqual(new[] { "a", "b", "", "ž" }, model.ClassNames.ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 2, 3 }, model.Normalization.StandardDeviation.ToArray());

        model = Import(file, Options with { ClassNames = ["k", "l", "m", "n"] });
        Assert.AreEqual(new ImageShape(3, 8, 9), model.Network.InputShape);
        CollectionAssert.AreEqual(new[] { "k", "l", "m", "n" }, model.ClassNames.ToArray());
        Assert.AreSame(TestNetworks.Normalization, model.Normalization);

        // Metadata that is wrong does not matter where options stand in its place.
        file.With("input_shape", "?").With("class_names", "?").With("normalization", "?").With("network", "?");
        Import(file, Options with { ClassNames = ["k", "l", "m", "n"] });
    }

    [TestMethod]
    [DataRow("input_shape", "[3,12]", "2 lengths")]
    [DataRow("input_shape", "[1,12,12]", "'conv.weight' is F32 [2, 3, 3, 3] where [2, 1, 3, 3] is expected in ResNet-8-2 for images of 1×12×12")]
    [DataRow("input_shape", "[3,2,2]", "at least 1×4×4")]
    [DataRow("input_shape", "[3,99999,99999]", "too large")]
    [DataRow("class_names", "[]", "0 names, but ResNet-8-2 tells 4 classes apart")]
    [DataRow("class_names", "[1,2,3,4]", "class_names")]
    [DataRow("normalization", "{\"mean\":[0],\"standardDeviation\":[1]}", "1 channels")]
    [DataRow("normalization", "{\"mean\":[0,0,0],\"standardDeviation\":[1,0,1]}", "standard deviation 0")]
    [DataRow("removes_channels", "yes", "'yes' where 'true'")]
    public void Import_RefusesMetadataThatDoesNotFit(string key, string text, string expected)
    {
        var file = File().With("normalization", """{"mean":[0.1,0.2,0.3],"standardDeviation":[1,2,3]}""").With(key, text);
        Assert.Contains(expected, Refused(file, new SafetensorsImportOptions()));
    }

    [TestMethod]
    public void Import_RefusesOptionsThatDoNotFit()
    {
        string RefusedOptions(SafetensorsImportOptions options) => Assert.ThrowsExactly<ArgumentException>(() => Import(File(), options)).Message;

        string message = RefusedOptions(new());
        Assert.Contains("SafetensorsImportOptions.Normalization", message);
        Assert.Contains("3 channels", message);
        Assert.Contains("PixelNormalization.Cifar10", message);
        Assert.Contains("1 channels", RefusedOptions(Options with { Normalization = new([0], [1]) }));
        Assert.Contains("3 class names", RefusedOptions(Options with { ClassNames = ["a", "b", "c"] }));
        Assert.Contains("null", RefusedOptions(Options with { ClassNames = ["a", "b", null!, "d"] }));
        Assert.Contains("'VGG-16'", RefusedOptions(Options with { Network = "VGG-16" }));
        Assert.Contains("at least 1×4×4", RefusedOptions(Options with { InputShape = new ImageShape(3, 3, 3) }));
        Assert.Contains("'blocks.1.conv1.weight' is F32 [4, 2, 3, 3] where [2, 2, 3, 3] is expected in ResNet-14-2", Refused(File(), Options with { Network = "ResNet-14-2" }));
        Assert.Contains("'conv.weight' is F32 [2, 3, 3, 3] where [16, 3, 3, 3] is expected in ResNet-8-16", Refused(File(), Options with { Network = "ResNet-8" }));
        Assert.Contains("[2, 1, 3, 3] is expected", Refused(File(), Options with { InputShape = new ImageShape(1, 8, 8) }));
        Assert.Contains("more than the 100 allowed", Refused(File(), Options with { MaximumLength = 100 }));
    }

    [TestMethod]
    public void Import_RefusesTensorsThatDoNotFit()
    {
        HandMadeSafetensors Reshaped(string name, params long[] shape) => File().Replace(name, tensor => tensor with { Shape = shape });
        HandMadeSafetensors Set(string name, int index, float value, string type = "F32") => File(other => other == name ? type : "F32").Replace(name, tensor =>
        {
            byte[] bytes = HandMadeSafetensors.Encode(type, value);
            bytes.CopyTo(tensor.Data, index * bytes.Length);
            return tensor;
        });
        HandMadeSafetensors More(string name) => Add(File(), name);

        // Missing, surplus, misshapen.
        foreach (string name in File().Tensors.Select(tensor => tensor.Name).Where(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
        {
            Assert.Contains($"it has no tensor '{name}', which", Refused(File().Without(other => other == name)));
            Assert.Contains($"'{name}' is F32 [", Refused(File().Replace(name, tensor => tensor with { Shape = [1, .. tensor.Shape] })));
        }

        Assert.Contains("'conv.bias' is none of ResNet-8-2", Refused(More("conv.bias")));
        Assert.Contains("'blocks.0.shortcut.0.weight' is none of ResNet-8-2", Refused(More("blocks.0.shortcut.0.weight")));
        Assert.Contains("'fc.num_batches_tracked' is none of", Refused(More("fc.num_batches_tracked")));
        Assert.Contains("5 blocks, 'blocks.0' to 'blocks.4'", Refused(More("blocks.4.conv1.weight")));
        Assert.Contains("no blocks", Refused(File().Without(name => name.StartsWith("blocks", StringComparison.Ordinal))));
        Assert.Contains("'ResNet-2000000000-2' is not a known network", Refused(More("blocks.999999998.conv1.weight")));
        Assert.Contains("'conv.weight' is F32 [2, 27] where [outputs, inputs, 3, 3] is expected", Refused(Reshaped("conv.weight", 2, 27)));
        Assert.Contains("'fc.weight' is F32 [8, 4] where [8, 8] is expected", Refused(Reshaped("fc.weight", 8, 4)));
        Assert.Contains("at least two classes", Refused(Reshaped("fc.weight", 1, 32)));
        Assert.Contains("'conv.weight' is F32 [54, 1, 1, 1] where [54, 1, 3, 3] is expected in ResNet-8-54", Refused(Reshaped("conv.weight", 54, 1, 1, 1), Options with { InputShape = null }));
        Assert.Contains("no tensors at all", Refused(new HandMadeSafetensors()));

        // Names of another network, and prefixes that not all have.
        string message = Refused(File().Renamed(name => "layer1." + name.Replace("conv", "c")));
        Assert.Contains("'conv.weight', which every ResNet-A-B has; the first of its 56 tensors are 'layer1.c.weight', 'layer1.bn.weight', 'layer1.bn.bias'", message);
        message = Refused(Add(File().Renamed(name => "module." + name), "epoch"));
        Assert.Contains("it has 'module.conv.weight', but a prefix does not count only where all names have it, and 'epoch' has not", message);

        // Values and types.
        Assert.Contains("value 3 of tensor 'blocks.2.conv1.weight' is NaN", Refused(Set("blocks.2.conv1.weight", 3, float.NaN)));
        Assert.Contains("value 1 of tensor 'bn.running_mean' is -Infinity", Refused(Set("bn.running_mean", 1, float.NegativeInfinity, "F16")));
        Assert.Contains("value 0 of tensor 'fc.bias' is Infinity", Refused(Set("fc.bias", 0, float.PositiveInfinity, "BF16")));
        Assert.Contains("value 0 of tensor 'fc.bias' is Infinity", Refused(File(name => name == "fc.bias" ? "F64" : "F32").Replace("fc.bias", tensor => tensor with { Data = [.. BitConverter.GetBytes(1e300), .. tensor.Data[8..]] })));
        Assert.Contains("value 1 of tensor 'blocks.1.shortcut.1.running_var', a variance, is -0.5", Refused(Set("blocks.1.shortcut.1.running_var", 1, -0.5f)));
        Assert.Contains("'bn.weight' holds I32", Refused(File().Replace("bn.weight", tensor => tensor with { ElementType = "I32" })));
    }

    [TestMethod]
    public void Import_OfASmallFileAllocatesLittle()
    {
        // The first convolution of a huge network, its classifier and the name of its last block.
        var file = new HandMadeSafetensors();
        file.Tensors.Add(new("conv.weight", "F16", [1024, 1, 3, 3], new byte[2 * 9216]));
        file.Tensors.Add(new("fc.weight", "F16", [2, 4096], new byte[2 * 8192]));
        file.Tensors.Add(new("blocks.599.bn1.weight", "F16", [0], []));
        byte[] bytes = file.Bytes();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.ImportSafetensors(new MemoryStream(bytes), Options with { InputShape = null }));
        Assert.IsLessThan(16L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Import_NamesTheFileThatCannotBeRead()
    {
        string folder = Directory.CreateTempSubdirectory("random-pruning-").FullName;
        try
        {
            string path = Path.Combine(folder, "network.safetensors");
            Assert.ThrowsExactly<FileNotFoundException>(() => TrainedModel.ImportSafetensors(path, Options));
            System.IO.File.WriteAllBytes(path, File().Without(name => name == "bn.bias").Bytes());
            string message = Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.ImportSafetensors(path, Options)).Message;
            Assert.Contains(path, message);
            Assert.Contains("'bn.bias'", message);
            System.IO.File.WriteAllBytes(path, File().Bytes());
            Assert.AreEqual("ResNet-8-2", TrainedModel.ImportSafetensors(path, Options).Network.Name);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A whole layer of zeros, and all layers of zeros.
    [TestMethod]
    [DataRow("conv.weight")]
    [DataRow("blocks.1.conv1.weight")]
    [DataRow("blocks.2.shortcut.0.weight")]
    [DataRow("fc.weight")]
    [DataRow("weight")]
    public void Import_OfALayerOfZerosPredictsAndTrains(string zeros)
    {
        var (file, values) = HandMadeSafetensors.StateDictionary(8, 2, 3, 4, 0.6, 1);
        foreach (string name in values.Keys.Where(name => name.EndsWith(zeros, StringComparison.Ordinal) && file.Tensors.Single(tensor => tensor.Name == name).Shape.Length > 1))
        {
            Array.Clear(values[name]);
            file.Replace(name, tensor => tensor with { Data = new byte[tensor.Data.Length] });
        }

        var model = Import(file);
        AssertHolds(values, model);
        var dense = new NaiveNetwork(new NetworkState(NetworkMask.Dense(model.Network)), model.Normalization, training: false);
        foreach (var (name, dataOf) in values)
        {
            dense.Parameters[name] = [.. dataOf.Select(value => (double)value)];
        }

        var (batch, pixels, _) = TestNetworks.RandomBatch(model.Network, 4, 1);
        using var engine = new SparseTrainingEngine(model.State, model.Normalization, 4, 1);
        float[] logits = new float[16];
        engine.Predict(batch, logits);
        TestNetworks.AssertClose(dense.Forward(pixels)[^1].SelectMany(row => row), logits, 1e-4, zeros);
        double first = engine.TrainStep(batch, new SgdStep(0.01f, 0.9f, true, 5e-4f)).Loss;
        double last = first;
        for (int step = 0; step < 30; step++)
        {
            last = engine.TrainStep(batch, new SgdStep(0.01f, 0.9f, true, 5e-4f)).Loss;
        }

        Assert.IsTrue(last < first, $"The loss went from {first} to {last}.");
    }

    private static HandMadeSafetensors Add(HandMadeSafetensors file, string name)
    {
        file.Tensors.Add(new(name, "F32", [1], new byte[4]));
        return file;
    }

    private static float[] Floats(HandMadeSafetensors file, string name)
    {
        var tensor = SafetensorsReader.Read(file.Stream()).Tensors[name];
        float[] values = new float[tensor.Count];
        tensor.CopyFloatsTo(values);
        return values;
    }

    // Every weight of the file that is not zero is kept, with its value; all else is there as it was.
    private static void AssertHolds(Dictionary<string, float[]> values, TrainedModel model)
    {
        Assert.HasCount(values.Count, model.State.Tensors);
        foreach (var tensor in model.State.Tensors)
        {
            float[] expected = values[tensor.Name];
            if (tensor.Kind == StateTensorKind.Weight)
            {
                var mask = model.Mask[tensor.Layer.Name];
                Assert.AreEqual(expected.Length, mask.Length);
                Assert.IsTrue(Enumerable.Range(0, expected.Length).All(index => mask[index] == (expected[index] != 0)), tensor.Name);
                expected = [.. expected.Where(value => value != 0)];
            }

            CollectionAssert.AreEqual(expected, tensor.Values, tensor.Name);
        }
    }

    private static string Refused(HandMadeSafetensors file, SafetensorsImportOptions? options = null) =>
        Assert.ThrowsExactly<InvalidDataException>(() => Import(file, options)).Message;
}
