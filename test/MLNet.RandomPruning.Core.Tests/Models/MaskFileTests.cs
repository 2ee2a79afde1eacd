using MLNet.RandomPruning.Core.Tests.Pruning;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests.Models;

/// <summary>Masks in files of their own and beside weights.</summary>
[TestClass]
public sealed class MaskFileTests
{
    private string _folder = "";

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("random-pruning-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<NetworkMask> Masks() =>
    [
        .. NaiveUnits.Names.Select(granularity => MaskGenerator.Generate(TestModels.Network, granularity == "Channel" ? "Uniform" : "ERK", 0.76, 17, granularity: granularity)),
        .. new[] { "Filter", "Channel", "Kernel" }.Select(granularity => MaskGenerator.Generate(TestModels.Network, "Uniform", 0.5, -3, MaskSampling.Bernoulli, granularity: granularity)),
        MaskGenerator.PruneFurther(TestModels.SeededMask(), "Uniform", 0.5, 3, "Filter"),
        MaskGenerator.Between(MaskGenerator.Generate(TestModels.Network, "Uniform", 0.7, 1, granularity: "Channel"), 0.5),
        new NetworkMask(TestModels.Network, TestModels.OtherMask().Layers) { RemovesChannels = true },
        TestModels.OtherMask(),
        NetworkMask.Dense(TestModels.Network),
    ];

    [TestMethod]
    public void Load_gives_back_what_was_saved()
    {
        foreach (var mask in Masks())
        {
            byte[] file = Bytes(mask);
            string path = Path.Combine(_folder, "mask.safetensors");
            mask.Save(path);
            CollectionAssert.AreEqual(file, File.ReadAllBytes(path));
            foreach (var loaded in new[] { NetworkMask.Load(path), NetworkMask.Load(new MemoryStream(file)), NetworkMask.Load(new OneWayStream(file)) })
            {
                Assert.IsTrue(NaiveUnits.Same(mask, loaded));
                Assert.AreEqual(mask.Origin, loaded.Origin);
                Assert.AreEqual(mask.Network.Name, loaded.Network.Name);
                Assert.AreEqual(mask.Network.InputShape, loaded.Network.InputShape);
                Assert.AreEqual(mask.Network.ClassCount, loaded.Network.ClassCount);
                CollectionAssert.AreEqual(file, Bytes(loaded));
            }

            Assert.HasCount(1, Directory.GetFileSystemEntries(_folder));
        }
    }

    [TestMethod]
    public void Models_keep_masks_of_every_granularity()
    {
        foreach (var mask in Masks().Where(mask => !mask.RemovesChannels))
        {
            var model = TestModels.Model(mask);
            var loaded = TrainedModel.Load(new MemoryStream(TestModels.Bytes(model)));
            TestModels.AssertSame(model, loaded);
            Assert.AreEqual(mask.Origin, loaded.Mask.Origin);
        }
    }

    [TestMethod]
    public void A_seed_takes_a_line_a_layer_and_dense_layers_take_nothing()
    {
        var network = ResNet.Parse("ResNet-56-16").Build(new ImageShape(3, 32, 32), 100);
        foreach (string granularity in NaiveUnits.Names)
        {
            byte[] file = Bytes(MaskGenerator.Generate(network, "Uniform", 0.8, 1, granularity: granularity));
            Assert.IsLessThan(400 + 100 * network.WeightLayers.Count, file.Length);
        }

        var reader = SafetensorsReader.Read(new MemoryStream(Bytes(NetworkMask.Dense(network))));
        Assert.AreEqual(0L, reader.DataLength);
        reader = SafetensorsReader.Read(new MemoryStream(Bytes(TestModels.OtherMask())));
        Assert.AreEqual(TestModels.OtherMask().Layers.Where(layer => layer.KeptCount < layer.Length).Sum(layer => (layer.Length + 7L) / 8), reader.DataLength);
    }

    [TestMethod]
    public void A_mask_is_written_as_the_seed_that_makes_it_with_a_count_and_a_checksum_a_layer()
    {
        var metadata = SafetensorsReader.Read(new MemoryStream(TestModels.Bytes(TestModels.Model(TestModels.SeededMask())))).Metadata;
        var layers = TestModels.SeededMask().Layers;
        Assert.AreEqual(
            $$"""{"origin":{"layerwiseRatio":"ERK","sparsity":0.8,"seed":17,"sampling":"Exact"},"kept":[{{string.Join(",", layers.Select(layer => layer.KeptCount))}}],"checksums":"{{string.Concat(layers.Select(layer => $"{layer.Checksum():x16}"))}}"}""",
            metadata["mask"]);
        Assert.IsFalse(metadata.ContainsKey("removes_channels"));
        metadata = SafetensorsReader.Read(new MemoryStream(Bytes(MaskGenerator.Generate(TestModels.Network, "ERK", 0.7, 17, granularity: "filter")))).Metadata;
        Assert.Contains("""
            "sampling":"Exact","granularity":"Filter"},
            """, metadata["mask"]);
        Assert.IsFalse(metadata.ContainsKey("removes_channels"));
    }

    [TestMethod]
    public void An_origin_that_does_not_make_the_masks_is_not_trusted()
    {
        var made = MaskGenerator.Generate(TestModels.Network, "Uniform", 0.5, 3, granularity: "Filter");
        var unstructured = MaskGenerator.Generate(TestModels.Network, "Uniform", 0.5, 3);
        foreach (var mask in new[]
        {
            new NetworkMask(made.Network, made.Layers, made.Origin),
            new NetworkMask(made.Network, made.Layers, made.Origin! with { Granularity = "Channel" }) { RemovesChannels = true },
            new NetworkMask(made.Network, made.Layers, made.Origin! with { Granularity = "Unheard of" }) { RemovesChannels = true },
            new NetworkMask(made.Network, unstructured.Layers, unstructured.Origin) { RemovesChannels = true },
        })
        {
            var loaded = NetworkMask.Load(new MemoryStream(Bytes(mask)));
            Assert.IsNull(loaded.Origin);
            Assert.IsTrue(NaiveUnits.Same(mask, loaded));
        }
    }

    [TestMethod]
    public void A_file_holds_several_masks_by_prefix()
    {
        var masks = Masks().Select((mask, index) => (Prefix: $"mask{index}/", Mask: mask)).ToArray();
        var writer = new SafetensorsWriter();
        foreach (var (prefix, mask) in masks)
        {
            NetworkStateSerializer.WriteMask(writer, mask, prefix);
        }

        // Masks stand beside at least as many weights.
        writer.Add("weights", new float[TestModels.Network.WeightCount]);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        stream.Position = 0;
        var reader = SafetensorsReader.Read(stream);
        foreach (var (prefix, mask) in masks)
        {
            var loaded = NetworkStateSerializer.ReadMask(reader, prefix);
            Assert.IsTrue(NaiveUnits.Same(mask, loaded), prefix);
            Assert.AreEqual(mask.Origin, loaded.Origin);
        }

        Assert.Contains("'other/", Assert.ThrowsExactly<InvalidDataException>(() => NetworkStateSerializer.ReadMask(reader, "other/")).Message);
    }

    [TestMethod]
    public void Damaged_files_are_refused()
    {
        foreach (var mask in new[] { MaskGenerator.Generate(TestModels.Network, "ERK", 0.7, 17, granularity: "Filter"), TestModels.OtherMask() })
        {
            byte[] file = Bytes(mask);
            for (int position = 0; position < file.Length; position += 7)
            {
                byte[] damaged = [.. file];
                damaged[position] ^= 0x11;
                Refused(damaged);
                Refused(file[..position]);
            }
        }
    }

    [TestMethod]
    public void Other_files_are_refused_with_their_path()
    {
        string path = Path.Combine(_folder, "model.safetensors");
        TestModels.Model(TestModels.SeededMask()).Save(path);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => NetworkMask.Load(path)).Message;
        Assert.Contains($"The mask file '{path}' cannot be used.", message);
        Assert.Contains("MLNet.RandomPruning mask", message);
        TestModels.SeededMask().Save(path);
        Assert.Contains("MLNet.RandomPruning model", Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(path)).Message);
        Assert.ThrowsExactly<FileNotFoundException>(() => NetworkMask.Load(Path.Combine(_folder, "none")));
        Assert.Contains(_folder, Assert.ThrowsExactly<IOException>(() => TestModels.SeededMask().Save(Path.Combine(_folder, "none", "mask"))).Message);
        Assert.Contains("version '2'", Changed(metadata => metadata["format_version"] = "2"));
        Assert.Contains("'removes_channels'", Changed(metadata => metadata["removes_channels"] = "perhaps"));
        Assert.Contains("'Unheard of'", Changed(metadata => metadata["mask"] = metadata["mask"].Replace("\"Exact\"", "\"Exact\",\"granularity\":\"Unheard of\"")));
        Assert.Contains("'granularity' is not a text", Changed(metadata => metadata["mask"] = metadata["mask"].Replace("\"Exact\"", "\"Exact\",\"granularity\":4")));
        Assert.Contains("are recorded", Changed(metadata => metadata["mask"] = metadata["mask"].Replace("\"Exact\"", "\"Exact\",\"granularity\":\"Kernel\"")));
        Assert.Contains("'extra'", Changed(_ => { }, writer => writer.Add("extra", new byte[3])));

        // A small file that asks for a huge network.
        Assert.Contains("far too many", Changed(metadata => metadata["network"] = "ResNet-1202-1024", layers: ResNet.Parse("ResNet-1202-1024").Build(TestModels.Network.InputShape, TestModels.Network.ClassCount)));
    }

    [TestMethod]
    public void A_mask_file_with_an_object_a_layer_is_read_too()
    {
        var mask = TestModels.SeededMask();
        string entries = string.Join(",", mask.Layers.Select(layer => $$"""{"name":"{{layer.Layer.Name}}","kept":{{layer.KeptCount}},"checksum":"{{layer.Checksum():x16}}"}"""));
        var read = NetworkMask.Load(new MemoryStream(WithMask($$"""{"origin":{"layerwiseRatio":"ERK","sparsity":0.8,"seed":17,"sampling":"Exact"},"layers":[{{entries}}]}""")));
        Assert.IsTrue(mask.SameAs(read));
    }

    [TestMethod]
    [DataRow("\"kept\":[", "\"kept\":[5,", "of")]
    [DataRow("\"checksums\":\"", "\"checksums\":\"0", "digits")]
    [DataRow("\"kept\":[", "\"kept\":[-", "is expected")]
    [DataRow("\"checksums\":", "\"sums\":", "checksums")]
    public void Counts_and_checksums_that_do_not_fit_are_refused(string before, string after, string expected)
    {
        string description = SafetensorsReader.Read(new MemoryStream(Bytes(TestModels.SeededMask()))).Metadata["mask"];
        Assert.Contains(before, description);
        byte[] file = WithMask(description.Replace(before, after));
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidDataException>(() => NetworkMask.Load(new MemoryStream(file))).Message);
    }

    private static byte[] WithMask(string description)
    {
        var writer = new SafetensorsWriter();
        foreach (var (key, value) in SafetensorsReader.Read(new MemoryStream(Bytes(TestModels.SeededMask()))).Metadata.Where(pair => pair.Key != "sha256"))
        {
            writer.AddMetadata(key, key == "mask" ? description : value);
        }

        writer.AddDigest();
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private static string Changed(Action<Dictionary<string, string>> change, Action<SafetensorsWriter>? add = null, Network? layers = null)
    {
        var metadata = SafetensorsReader.Read(new MemoryStream(Bytes(TestModels.SeededMask()))).Metadata.Where(pair => pair.Key != "sha256").ToDictionary();
        change(metadata);
        if (layers is not null)
        {
            metadata["mask"] = $$"""{"origin":{"layerwiseRatio":"ERK","sparsity":0.8,"seed":17,"sampling":"Exact"},"layers":[{{string.Join(",", layers.WeightLayers.Select(layer => $$"""{"name":"{{layer.Name}}","kept":1,"checksum":"0123456789abcdef"}"""))}}]}""";
        }

        var writer = new SafetensorsWriter();
        foreach (var (key, value) in metadata)
        {
            writer.AddMetadata(key, value);
        }

        add?.Invoke(writer);
        writer.AddDigest();
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return Assert.ThrowsExactly<InvalidDataException>(() => NetworkMask.Load(new MemoryStream(stream.ToArray()))).Message;
    }

    private static void Refused(byte[] file) => Assert.ThrowsExactly<InvalidDataException>(() => NetworkMask.Load(new MemoryStream(file)));

    private static byte[] Bytes(NetworkMask mask)
    {
        using var stream = new MemoryStream();
        mask.Save(stream);
        return stream.ToArray();
    }
}
