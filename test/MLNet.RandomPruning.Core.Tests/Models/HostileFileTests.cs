using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using MLNet.RandomPruning.Fuzz.Mutation;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tests.Models;

/// <summary>Files with a sound digest that ask for more than they hold, or say what cannot be.</summary>
[TestClass]
public sealed class HostileFileTests
{
    private static readonly TrainedModel Model = TestModels.Model(TestModels.SeededMask());
    private static readonly byte[] ModelFile = TestModels.Bytes(Model);

    [TestMethod]
    [DataRow("network", "ResNet-1202-4")]
    [DataRow("network", "ResNet-8-1024")]
    [DataRow("network", "ResNet-8-40")]
    [DataRow("class_count", "100000")]
    [DataRow("input_shape", "[100000,16,20]")]
    [DataRow("input_shape", "[1000000,4,4]")]
    public void A_network_that_is_larger_than_its_tensors_takes_no_memory(string key, string value)
    {
        foreach (byte[] file in new[] { ModelFile, MaskFile(TestModels.SeededMask()), TestModels.Bytes(TestModels.Model(TestModels.OtherMask())), MaskFile(TestModels.OtherMask()) })
        {
            bool isModel = SafetensorsDocument.Parse(file).Text("format") == "MLNet.RandomPruning model";
            AssertRefusedCheaply(file, Changed(file, document => document.SetText(key, value)), isModel);
        }
    }

    [TestMethod]
    [DataRow("sparsity", "0.99999")]
    [DataRow("sparsity", "0")]
    [DataRow("sparsity", "1e-320")]
    [DataRow("layerwiseRatio", "\"Uniform+\"")]
    [DataRow("layerwiseRatio", "\"Custom(*=1)\"")]
    [DataRow("layerwiseRatio", "\"Dense\"")]
    [DataRow("granularity", "\"2:4\"")]
    [DataRow("granularity", "\"4096x4096\"")]
    [DataRow("granularity", "\"Filter\"")]
    [DataRow("granularity", "\"Channel\"")]
    [DataRow("sampling", "\"Bernoulli\"")]
    public void An_origin_that_makes_other_masks_takes_no_memory(string property, string value)
    {
        byte[] large = TestModels.Bytes(LargeModel());
        foreach (byte[] file in new[] { ModelFile, large })
        {
            AssertRefusedCheaply(file, Changed(file, document => ChangeMask(document, mask => mask["origin"]![property] = JsonNode.Parse(value))), isModel: true);
        }
    }

    [TestMethod]
    public void Groups_of_thousands_of_neighbours_take_no_memory_where_a_layer_has_few_inputs()
    {
        // 4095 of 4096 neighbouring inputs is no bound in a layer of 64 inputs, so the masks are those that are expected.
        byte[] sound = TestModels.Bytes(LargeModel());
        byte[] file = Changed(sound, document => ChangeMask(document, mask => mask["origin"]!["granularity"] = "4095:4096"));
        TrainedModel expected = TrainedModel.Load(new MemoryStream(sound)), read = expected;
        long honest = Allocated(() => TrainedModel.Load(new MemoryStream(sound)));
        Assert.IsLessThan(2 * honest, Allocated(() => read = TrainedModel.Load(new MemoryStream(file))));
        TestModels.AssertSame(expected, read);
    }

    [TestMethod]
    public void Masks_of_as_many_weights_as_the_seed_makes_them_are_read_whatever_their_granularity_and_sampling()
    {
        // The kept counts are foretold from the origin; were they foretold wrongly, a sound file would be refused.
        foreach (var network in new[] { TestModels.Network, ResNet.Parse("ResNet-14-6").Build(new ImageShape(1, 8, 8), 3) })
        {
            foreach (string granularity in new[] { "Unstructured", "Filter", "Channel", "Kernel", "1x4", "3x2", "5x7", "2:4", "1:3" })
            {
                foreach (string ratio in new[] { "Uniform", "ERK", "ER" })
                {
                    foreach (double sparsity in new[] { 0.3, 0.5, 0.7 })
                    {
                        for (int seed = 0; seed < 3; seed++)
                        {
                            foreach (var sampling in granularity.Contains(':') ? [MaskSampling.Exact] : Enum.GetValues<MaskSampling>())
                            {
                                NetworkMask mask;
                                try
                                {
                                    mask = MaskGenerator.Generate(network, ratio, sparsity, seed, sampling, granularity: granularity);
                                    _ = mask.Narrowed;
                                }
                                catch (Exception error) when (error is PruningBudgetException or InvalidOperationException)
                                {
                                    continue;
                                }

                                Assert.IsTrue(mask.SameAs(NetworkMask.Load(new MemoryStream(MaskFile(mask)))), $"{granularity} {ratio} {sparsity} {seed} {sampling}");
                            }
                        }
                    }
                }
            }
        }
    }

    [TestMethod]
    public void Weights_that_are_not_as_many_as_their_mask_keeps_are_refused_before_masks_are_made()
    {
        byte[] file = Changed(ModelFile, document => ResizeTensor(document, "blocks.2.conv2.weight", 3));
        Assert.Contains("'blocks.2.conv2.weight'", AssertRefusedCheaply(ModelFile, file, isModel: true));
    }

    [TestMethod]
    public void A_stream_that_cannot_seek_is_read_in_small_steps()
    {
        // Of a file that promises a header, or a tensor, of many megabytes and ends.
        foreach (long promised in new[] { 90_000_000L, 1L << 20 })
        {
            byte[] headerLength = new byte[20];
            BinaryPrimitives.WriteInt64LittleEndian(headerLength, promised);
            byte[] header = Encoding.UTF8.GetBytes($$$"""{"a":{"dtype":"U8","shape":[{{{promised}}}],"data_offsets":[0,{{{promised}}}]}}""");
            foreach (byte[] file in new[] { headerLength, [.. BitConverter.GetBytes((long)header.Length), .. header, 1, 2, 3] })
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new OneWayStream(file)));
                Assert.IsLessThan(20_000, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
    }

    [TestMethod]
    [DataRow("\"stepGradientNorms\":[1e999]")]
    [DataRow("\"layerGradientNorms\":{\"conv\":-1e999}")]
    public void Gradient_norms_that_could_not_be_saved_again_are_refused(string property)
    {
        byte[] file = Changed(ModelFile, document => document.SetText("history", document.Text("history")!.Replace("{\"epoch\":1,", $"{{\"epoch\":1,{property},", StringComparison.Ordinal)));
        Assert.Contains("too large", Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(new MemoryStream(file))).Message);
    }

    [TestMethod]
    [DataRow("network")]
    [DataRow("class_count")]
    [DataRow("format_version")]
    [DataRow("mask")]
    public void A_long_text_with_control_characters_does_not_reach_the_message(string key)
    {
        foreach (string text in new[] { new string('x', 100_000), $"{new string('x', 999)}\ud83d\udf02{new string('y', 100_000)}", "\u001b[31m\r\n\0\u202e" })
        {
            byte[] file = Changed(ModelFile, document => document.SetText(key, text));
            string message = Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(new MemoryStream(file))).Message;
            Assert.IsLessThan(1200, message.Length);
            Assert.IsFalse(message.Any(character => char.IsControl(character) || character == '\u202e'));

            // Half a surrogate pair is no text.
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(message);
        }
    }

    [TestMethod]
    public void Masks_that_cut_a_layer_off_are_refused()
    {
        var mask = new NetworkMask(TestModels.Network, TestModels.OtherMask().Layers) { RemovesChannels = true };
        byte[] file = Changed(TestModels.Bytes(TestModels.Model(mask)), document =>
        {
            var inner = TestModels.Network.WeightLayers.Where(layer => layer.Name is "blocks.0.conv1" or "blocks.0.conv2");
            foreach (var layer in inner)
            {
                // The second of them is dense, and has no tensor before.
                document.Tensors.RemoveAll(tensor => tensor.Name == $"{layer.Name}.mask");
                document.Tensors.Add(new DocumentTensor($"{layer.Name}.mask", "U8", $"[{(layer.WeightCount + 7) / 8}]", new byte[(layer.WeightCount + 7) / 8]));
            }

            MaskMutation.Repair(document, [.. TestModels.Network.WeightLayers.Select(layer => layer.Name)]);
        });
        Assert.Contains("nothing is left", Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(new MemoryStream(file))).Message);
    }

    private static TrainedModel LargeModel() => new(
        TestModels.State(MaskGenerator.Generate(ResNet.Parse("ResNet-20-16").Build(new ImageShape(3, 32, 32), TestModels.ClassNames.Length), "ERK", 0.98, 1)),
        Model.Normalization, TestModels.ClassNames);

    private static byte[] MaskFile(NetworkMask mask)
    {
        using var stream = new MemoryStream();
        mask.Save(stream);
        return stream.ToArray();
    }

    private static byte[] Changed(byte[] file, Action<SafetensorsDocument> change)
    {
        var document = SafetensorsDocument.Parse(file);
        change(document);
        document.Sign();
        return document.Write();
    }

    private static void ChangeMask(SafetensorsDocument document, Action<JsonNode> change)
    {
        var mask = JsonNode.Parse(document.Text("mask")!)!;
        change(mask);
        document.SetText("mask", mask.ToJsonString());
    }

    private static void ResizeTensor(SafetensorsDocument document, string name, int length)
    {
        int index = document.Tensors.FindIndex(tensor => tensor.Name == name);
        document.Tensors[index] = TensorMutation.Resized(document.Tensors[index], length);
    }

    // Reading the file is refused, and allocates no more than twice what reading the sound one does.
    private static string AssertRefusedCheaply(byte[] sound, byte[] file, bool isModel)
    {
        void Load(byte[] bytes)
        {
            if (isModel)
            {
                TrainedModel.Load(new MemoryStream(bytes));
            }
            else
            {
                NetworkMask.Load(new MemoryStream(bytes));
            }
        }

        // What is made once by whoever reads first is made.
        Load(sound);
        long honest = Allocated(() => Load(sound));
        string message = "";
        long allocated = Allocated(() => message = Assert.ThrowsExactly<InvalidDataException>(() => Load(file)).Message);
        Assert.IsLessThan(2 * honest, allocated, message);
        return message;
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
