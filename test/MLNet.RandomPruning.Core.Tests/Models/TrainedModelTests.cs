using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests.Models;

[TestClass]
public sealed class TrainedModelTests
{
    private string _folder = "";

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("random-pruning-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<NetworkMask> Masks() =>
    [
        TestModels.SeededMask(),
        MaskGenerator.Generate(TestModels.Network, "Uniform+", 0.5, -9, MaskSampling.Bernoulli),
        MaskGenerator.Generate(TestModels.Network, "Custom(conv=1,blocks.*=0.1)", 0, long.MaxValue),
        MaskGenerator.Generate(TestModels.Network, "Dense", 0, 0),
        NetworkMask.Dense(TestModels.Network),
        TestModels.OtherMask(),
    ];

    [TestMethod]
    public void Load_GivesBackWhatWasSaved()
    {
        foreach (var mask in Masks())
        {
            var model = TestModels.Model(mask);
            byte[] file = TestModels.Bytes(model);
            TestModels.AssertSame(model, TrainedModel.Load(new MemoryStream(file)));
            TestModels.AssertSame(model, TrainedModel.Load(new OneWayStream(file)));

            string path = Path.Combine(_folder, "model.safetensors");
            model.Save(path);
            CollectionAssert.AreEqual(file, File.ReadAllBytes(path));
            var loaded = TrainedModel.Load(path);
            TestModels.AssertSame(model, loaded);
            Assert.AreEqual(mask.Origin, loaded.Mask.Origin);

            // What was loaded is saved as the same bytes, and without times nothing else can differ.
            CollectionAssert.AreEqual(file, TestModels.Bytes(loaded));
            Assert.HasCount(1, Directory.GetFileSystemEntries(_folder));
        }
    }

    [TestMethod]
    public void History_TellsOfMasksOnlyWhereTheyChange()
    {
        var model = TestModels.Model(TestModels.SeededMask());
        var changing = new TrainedModel(
            model.State, model.Normalization, model.ClassNames,
            [.. model.History.Select(epoch => epoch with { Density = 1.0 / epoch.Epoch, MaskOverlap = epoch.Epoch == 1 ? 0.3 : null })]);
        var loaded = TrainedModel.Load(new MemoryStream(TestModels.Bytes(changing)));
        CollectionAssert.AreEqual(changing.History.Select(epoch => (epoch.Density, epoch.MaskOverlap)).ToArray(), loaded.History.Select(epoch => (epoch.Density, epoch.MaskOverlap)).ToArray());
        TestModels.AssertSame(changing, loaded);
        string history = SafetensorsReader.Read(new MemoryStream(TestModels.Bytes(model))).Metadata["history"];
        Assert.IsFalse(history.Contains("density", StringComparison.Ordinal) || history.Contains("maskOverlap", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Save_StoresKeptWeightsOnlyAndNoMaskThatASeedMakes()
    {
        var model = TestModels.Model(TestModels.SeededMask());
        var reader = SafetensorsReader.Read(new MemoryStream(TestModels.Bytes(model)));
        Assert.AreEqual(4L * model.State.Tensors.Sum(tensor => tensor.Values.Length), reader.DataLength);
        Assert.IsFalse(reader.Tensors.Keys.Any(name => name.EndsWith(".mask")));
        CollectionAssert.AreEqual(new long[] { model.Mask["blocks.1.conv2"].KeptCount }, reader.Tensors["blocks.1.conv2.weight"].Shape.ToArray());
        Assert.IsTrue(reader.Tensors.ContainsKey("blocks.2.shortcut.1.running_var"));

        var other = TestModels.Model(TestModels.OtherMask());
        reader = SafetensorsReader.Read(new MemoryStream(TestModels.Bytes(other)));
        var packed = reader.Bytes("conv.mask", "U8", (4 * 3 * 9 + 7) / 8);
        for (int index = 0; index < 4 * 3 * 9; index++)
        {
            Assert.AreEqual(other.Mask["conv"][index], (packed[index / 8] >> (index % 8) & 1) != 0);
        }
    }

    [TestMethod]
    public void Save_DoesNotTrustAnOriginThatDoesNotMakeTheMask()
    {
        foreach (var origin in new[] { new MaskOrigin("ERK", 0.8, 17, MaskSampling.Exact), new MaskOrigin("Unheard of", 0.8, 17, MaskSampling.Exact), new MaskOrigin("ERK", 7, 17, MaskSampling.Exact) })
        {
            var mask = new NetworkMask(TestModels.Network, TestModels.OtherMask().Layers, origin);
            var loaded = TrainedModel.Load(new MemoryStream(TestModels.Bytes(TestModels.Model(mask))));
            Assert.IsTrue(mask.Layers.Zip(loaded.Mask.Layers).All(pair => pair.First.SameAs(pair.Second)));
            Assert.IsNull(loaded.Mask.Origin);
        }
    }

    [TestMethod]
    public void Constructor_RefusesWhatDoesNotFit()
    {
        var state = TestModels.State(TestModels.SeededMask());
        Assert.Contains("2 class names", Assert.ThrowsExactly<ArgumentException>(() => new TrainedModel(state, PixelNormalization.Cifar10, ["a", "b"])).Message);
        Assert.Contains("1 channels", Assert.ThrowsExactly<ArgumentException>(() => new TrainedModel(state, new PixelNormalization([0], [1]), TestModels.ClassNames)).Message);
        Assert.AreEqual(1.0, TestModels.Model(NetworkMask.Dense(TestModels.Network)).LayerDensities["fc"]);
    }

    [TestMethod]
    public void Save_RefusesNaNAndWritesNothing()
    {
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity })
        {
            var model = TestModels.Model(TestModels.SeededMask());
            model.State["blocks.0.bn1.weight"][2] = bad;
            var error = Assert.ThrowsExactly<ArgumentException>(() => model.Save(Path.Combine(_folder, "model.safetensors")));
            Assert.Contains("'blocks.0.bn1.weight'", error.Message);
            Assert.IsEmpty(Directory.GetFileSystemEntries(_folder));
        }
    }

    [TestMethod]
    public void Save_NamesAPathThatCannotBeWritten()
    {
        var model = TestModels.Model(TestModels.SeededMask());
        string missing = Path.Combine(_folder, "no", "such", "model.safetensors");
        Assert.Contains(missing, Assert.ThrowsExactly<IOException>(() => model.Save(missing)).Message);
        Assert.Contains("is a folder", Assert.ThrowsExactly<IOException>(() => model.Save(_folder)).Message);

        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        string below = Path.Combine(file, "model.safetensors");
        Assert.Contains(below, Assert.ThrowsExactly<IOException>(() => model.Save(below)).Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Save_ToAFullDiskSaysSo()
    {
        var model = TestModels.Model(TestModels.SeededMask());
        var error = Assert.ThrowsExactly<IOException>(() => model.Save("/dev/full"));
        Assert.Contains("/dev/full", error.Message);
        Assert.Contains("No space left", error.Message);
        Assert.IsFalse(Directory.GetFiles("/dev").Any(name => name.StartsWith("/dev/full.", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Load_NamesTheFileThatCannotBeRead()
    {
        string path = Path.Combine(_folder, "model.safetensors");
        Assert.ThrowsExactly<FileNotFoundException>(() => TrainedModel.Load(path));
        byte[] file = TestModels.Bytes(TestModels.Model(TestModels.SeededMask()));
        File.WriteAllBytes(path, file[..^100]);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(path)).Message;
        Assert.Contains(path, message);
        Assert.Contains("bytes follow", message);
        File.WriteAllText(path, "not a model at all");
        Assert.Contains(path, Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(path)).Message);
    }

    [TestMethod]
    public void Load_RefusesOtherSafetensorsFilesAndVersions()
    {
        Assert.Contains("format", Refused(_ => { }, []));
        Assert.Contains("version '3'", Refused(_ => { }, new() { ["format"] = "MLNet.RandomPruning model", ["format_version"] = "3" }));
        Assert.Contains("lacks 'sha256'", Refused(_ => { }, new() { ["format"] = "MLNet.RandomPruning model", ["format_version"] = "1" }));
    }

    [TestMethod]
    [DataRow("network", "ResNet-9-4", "ResNet-9-4")]
    [DataRow("network", "ResNet-14-4", "layers")]
    [DataRow("network", "ResNet-8-1024", "far too many")]
    [DataRow("network", "ResNet-8-5", "'conv'")]
    [DataRow("input_shape", "[3,16]", "input shape")]
    [DataRow("input_shape", "[3,2000000000,2000000000]", "too large")]
    [DataRow("input_shape", "[3.5,16,20]", "input_shape")]
    [DataRow("input_shape", "nonsense", "input_shape")]
    [DataRow("class_count", "six", "'six'")]
    [DataRow("class_count", "7", "'conv'")]
    [DataRow("class_count", "2000000000", "too large")]
    [DataRow("class_names", "[\"a\"]", "1 class names")]
    [DataRow("class_names", "[1,2,3,4,5,6]", "class_names")]
    [DataRow("normalization", "{\"mean\":[0,0,0],\"standardDeviation\":[1,0,1]}", "standard deviation 0")]
    [DataRow("normalization", "{\"mean\":[0,0,0]}", "'standardDeviation'")]
    [DataRow("history", "{}", "history")]
    [DataRow("history", "[{\"epoch\":1}]", "history")]
    [DataRow("mask", "{}", "'origin'")]
    [DataRow("mask", "[[[[[[[[[[]]]]]]]]]]", "mask")]
    public void Load_RefusesMetadataThatDoesNotFit(string key, string value, string expected)
    {
        var file = SafetensorsReader.Read(new MemoryStream(TestModels.Bytes(TestModels.Model(TestModels.SeededMask()))));
        var metadata = file.Metadata.Where(pair => pair.Key != "sha256").ToDictionary();
        metadata[key] = value;
        Assert.Contains(expected, Refused(writer => Copy(file, writer, (_, data) => data), metadata, digest: true));
    }

    [TestMethod]
    [DataRow("\"seed\":17", "\"seed\":18", "checksum")]
    [DataRow("\"sparsity\":0.8", "\"sparsity\":0.7", "keep")]
    [DataRow("\"sparsity\":0.8", "\"sparsity\":1", "sparsity")]
    [DataRow("\"sparsity\":0.8", "\"sparsity\":0.9999", "would keep none")]
    [DataRow("\"ERK\"", "\"SNAP\"", "'SNAP'")]
    [DataRow("\"Exact\"", "\"Inexact\"", "'Inexact'")]
    [DataRow("\"Exact\"", "\"0\"", "'0'")]
    public void Load_RefusesAMaskThatIsNotTheOneTrained(string before, string after, string expected)
    {
        var file = SafetensorsReader.Read(new MemoryStream(TestModels.Bytes(TestModels.Model(TestModels.SeededMask()))));
        var metadata = file.Metadata.Where(pair => pair.Key != "sha256").ToDictionary();
        Assert.Contains(before, metadata["mask"]);
        metadata["mask"] = metadata["mask"].Replace(before, after);
        Assert.Contains(expected, Refused(writer => Copy(file, writer, (_, data) => data), metadata, digest: true));
    }

    [TestMethod]
    public void Load_RefusesTensorsThatDoNotFit()
    {
        var file = SafetensorsReader.Read(new MemoryStream(TestModels.Bytes(TestModels.Model(TestModels.SeededMask()))));
        var metadata = file.Metadata.Where(pair => pair.Key != "sha256").ToDictionary();
        string RefusedWith(string tensor, Func<float[], float[]?> change) =>
            Refused(writer => Copy(file, writer, (name, data) => name == tensor ? change(data) : data), metadata, digest: true);

        Assert.Contains("value 0 of tensor 'fc.weight' is NaN", RefusedWith("fc.weight", data => [float.NaN, .. data[1..]]));
        Assert.Contains("value 1 of tensor 'fc.bias' is -Infinity", RefusedWith("fc.bias", data => [data[0], float.NegativeInfinity, .. data[2..]]));
        Assert.Contains("variance", RefusedWith("bn.running_var", data => [-1, .. data[1..]]));
        Assert.Contains("'conv.weight'", RefusedWith("conv.weight", data => data[1..]));
        Assert.Contains("no tensor 'bn.bias'", RefusedWith("bn.bias", _ => null));
        Assert.Contains("'surplus'", Refused(writer => { Copy(file, writer, (_, data) => data); writer.Add("surplus", new float[1]); }, metadata, digest: true));
    }

    [TestMethod]
    public void Load_OfASmallFileAllocatesLittle()
    {
        // A file that asks for masks far beyond what it holds.
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "MLNet.RandomPruning model", ["format_version"] = "1", ["network"] = "ResNet-1202-1024", ["input_shape"] = "[3,32,32]", ["class_count"] = "10",
        };
        var network = ResNet.Parse("ResNet-1202-1024").Build(new ImageShape(3, 32, 32), 10);
        metadata["mask"] = $$"""{"origin":{"layerwiseRatio":"ERK","sparsity":0.999,"seed":1,"sampling":"Exact"},"layers":[{{string.Join(",", network.WeightLayers.Select(layer => $$"""{"name":"{{layer.Name}}","kept":1,"checksum":"0000000000000000"}"""))}}]}""";
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("far too many", Refused(writer => writer.Add("x", new float[2000]), metadata, digest: true));
        Assert.IsLessThan(64L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Damage of any kind is found: by the format, by the checks of the content, or by the digest.
    [TestMethod]
    public void Load_OfADamagedFileGivesInvalidDataOrTheSameModel()
    {
        var random = new KeyedRandom(99, RandomPurpose.Augmentation);
        foreach (var mask in new[] { TestModels.SeededMask(), TestModels.OtherMask() })
        {
            var model = TestModels.Model(mask);
            byte[] file = TestModels.Bytes(model);
            int headerEnd = 8 + (int)BitConverter.ToInt64(file);
            for (int round = 0; round < 3000; round++)
            {
                byte[] damaged = [.. file];
                switch (round % 6)
                {
                    case 0:
                        damaged = damaged[..random.NextInt(file.Length)];
                        break;
                    case 1:
                        damaged[random.NextInt(8)] ^= (byte)(1 << random.NextInt(8));
                        break;
                    case 2:
                        damaged[random.NextInt(file.Length)] = (byte)random.NextInt(256);
                        break;
                    case 3:
                        int at = random.NextInt(headerEnd);
                        damaged = [.. damaged[..at], .. damaged[(at + 1)..]];
                        break;
                    case 4:
                        damaged = [.. damaged, (byte)random.NextInt(256)];
                        break;
                    default:
                        damaged[8 + random.NextInt(headerEnd - 8)] ^= (byte)(1 << random.NextInt(8));
                        break;
                }

                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    var loaded = TrainedModel.Load(round % 2 == 0 ? new MemoryStream(damaged) : new OneWayStream(damaged));
                    TestModels.AssertSame(model, loaded);
                }
                catch (InvalidDataException)
                {
                }

                Assert.IsLessThan(16L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
    }

    [TestMethod]
    public void NetworkStateSerializer_KeepsSeveralStatesInOneFile()
    {
        var mask = TestModels.OtherMask();
        NetworkState weights = TestModels.State(mask, 1), momentum = TestModels.State(mask, 2);
        var writer = new SafetensorsWriter();
        NetworkStateSerializer.WriteMask(writer, mask);
        NetworkStateSerializer.Write(writer, "weights/", weights);
        NetworkStateSerializer.Write(writer, "momentum/", momentum);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        stream.Position = 0;
        var reader = SafetensorsReader.Read(stream);
        var loadedMask = NetworkStateSerializer.ReadMask(reader);
        foreach (var (prefix, state) in new[] { ("weights/", weights), ("momentum/", momentum) })
        {
            var loaded = NetworkStateSerializer.Read(reader, prefix, loadedMask);
            Assert.IsTrue(state.Tensors.Zip(loaded.Tensors).All(pair => pair.First.Values.SequenceEqual(pair.Second.Values)));
        }

        Assert.Contains("'best/conv.weight'", Assert.ThrowsExactly<InvalidDataException>(() => NetworkStateSerializer.Read(reader, "best/", loadedMask)).Message);
    }

    private static void Copy(SafetensorsReader from, SafetensorsWriter to, Func<string, float[], float[]?> change)
    {
        foreach (var tensor in from.Tensors.Values)
        {
            float[] data = new float[tensor.Shape[0]];
            from.CopyFloats(tensor.Name, data);
            if (change(tensor.Name, data) is { } changed)
            {
                to.Add(tensor.Name, changed);
            }
        }
    }

    private static string Refused(Action<SafetensorsWriter> fill, Dictionary<string, string> metadata, bool digest = false)
    {
        var writer = new SafetensorsWriter();
        foreach (var (key, value) in metadata)
        {
            writer.AddMetadata(key, value);
        }

        fill(writer);
        if (digest)
        {
            writer.AddDigest();
        }

        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        stream.Position = 0;
        return Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(stream)).Message;
    }
}
