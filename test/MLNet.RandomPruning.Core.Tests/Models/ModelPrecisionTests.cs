using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests.Models;

[TestClass]
public sealed class ModelPrecisionTests
{
    private static readonly ModelPrecision[] Rounded = [ModelPrecision.Float16, ModelPrecision.Int8];

    private static IEnumerable<NetworkMask> Masks()
    {
        foreach (var (name, shape, classes) in new[] { ("ResNet-8-4", new ImageShape(3, 16, 20), 6), ("ResNet-14-3", new ImageShape(1, 8, 8), 2) })
        {
            var network = ResNet.Parse(name).Build(shape, classes);
            foreach (double sparsity in new[] { 0, 0.5, 0.9, 0.95 })
            {
                yield return MaskGenerator.Generate(network, "ERK", sparsity, 5);
            }

            foreach (string kind in HandMadeMasks.Kinds)
            {
                yield return HandMadeMasks.Of(kind, network, 3);
            }
        }

        yield return TestModels.OtherMask();
    }

    private static TrainedModel ModelOf(NetworkMask mask, int seed) => new(
        TestModels.State(mask, seed), new PixelNormalization(new float[mask.Network.InputShape.Channels], [.. Enumerable.Repeat(0.25f, mask.Network.InputShape.Channels)]),
        [.. Enumerable.Range(0, mask.Network.ClassCount).Select(index => $"class {index}")]);

    [TestMethod]
    public void RoundedForms_KeepMasksAndAllButTheWeights()
    {
        int seed = 0;
        foreach (var mask in Masks())
        {
            var model = ModelOf(mask, ++seed);
            Assert.AreEqual(ModelPrecision.Float32, model.Precision);
            foreach (var precision in Rounded)
            {
                byte[] file = Bytes(model, precision);
                var loaded = TrainedModel.Load(new MemoryStream(file));
                Assert.AreEqual(precision, loaded.Precision);
                Assert.IsTrue(mask.SameAs(loaded.Mask));
                Assert.AreEqual(mask.Origin, loaded.Mask.Origin);
                foreach (var (before, after) in model.State.Tensors.Zip(loaded.State.Tensors).Where(pair => pair.First.Kind != StateTensorKind.Weight))
                {
                    CollectionAssert.AreEqual(before.Values, after.Values, before.Name);
                }

                // Again in the same form the values stay; as float32 they are just what was loaded.
                foreach (var again in new[] { precision, ModelPrecision.Float32 })
                {
                    var twice = TrainedModel.Load(new MemoryStream(Bytes(loaded, again)));
                    Assert.AreEqual(again, twice.Precision);
                    foreach (var (before, after) in loaded.State.Tensors.Zip(twice.State.Tensors))
                    {
                        CollectionAssert.AreEqual(before.Values, after.Values, $"{mask.Network} {precision} {again} {before.Name}");
                    }
                }

                CollectionAssert.AreEqual(file, Bytes(model, precision));
            }
        }
    }

    [TestMethod]
    public void Int8_IsAWholeNumberTimesTheOutputsScale()
    {
        int seed = 0;
        foreach (var mask in Masks())
        {
            var model = ModelOf(mask, ++seed);
            byte[] file = Bytes(model, ModelPrecision.Int8);
            var reader = SafetensorsReader.Read(new MemoryStream(file));
            Assert.AreEqual("int8", reader.Metadata["precision"]);
            Assert.AreEqual("2", reader.Metadata["format_version"]);
            var loaded = TrainedModel.Load(new MemoryStream(file)).State;
            double sumOfSquares = 0, sumOfPlainSquares = 0;
            foreach (var layer in mask.Layers)
            {
                string name = $"{layer.Layer.Name}.weight";
                int[] kept = layer.KeptIndices();
                float[] weights = model.State[name], scales = new float[layer.Layer.Outputs];
                var levels = reader.Bytes(name, "I8", kept.Length);
                reader.CopyFloats(name + ".scale", scales);
                for (int output = 0; output < scales.Length; output++)
                {
                    int[] own = [.. Enumerable.Range(0, kept.Length).Where(index => kept[index] / (layer.Length / layer.Layer.Outputs) == output)];
                    double largest = own.Select(index => Math.Abs((double)weights[index])).DefaultIfEmpty(0).Max();
                    double scale = scales[output];
                    if (largest == 0)
                    {
                        Assert.AreEqual(0, scale);
                        continue;
                    }

                    Assert.IsTrue(largest / scale is > 63.99 and < 127.01, $"{largest} ÷ {scale}");
                    foreach (int index in own)
                    {
                        double restored = (sbyte)levels[index] * scale;
                        Assert.AreEqual(restored, loaded[name][index]);
                        double error = Math.Abs(weights[index] - restored);
                        Assert.IsTrue(error <= scale / 2, $"{name}[{index}]: {weights[index]} became {restored} with scale {scale}.");
                        sumOfSquares += error * error;
                        double plain = weights[index] - Math.Round(weights[index] / (largest / 127)) * (largest / 127);
                        sumOfPlainSquares += plain * plain;
                    }
                }
            }

            Assert.IsTrue(sumOfSquares <= sumOfPlainSquares, $"{sumOfSquares:g3} against {sumOfPlainSquares:g3} of largest ÷ 127.");
        }
    }

    [TestMethod]
    public void Float16_IsRoundedToTheNearestAndToEven()
    {
        float ulp = MathF.Pow(2, -10);
        (float Weight, ushort Bits)[] cases =
        [
            (1, 0x3c00), (-2, 0xc000), (1 + ulp, 0x3c01), (1 + ulp / 2, 0x3c00), (1 + 1.5f * ulp, 0x3c02), (1 + ulp * 0.501f, 0x3c01), (-1 - ulp * 1.499f, 0xbc01),
            (65504, 0x7bff), (-65519.99f, 0xfbff), (MathF.Pow(2, -14), 0x0400), (MathF.Pow(2, -24), 1), (MathF.Pow(2, -25), 0), (MathF.Pow(2, -25) * 1.001f, 1), (-1e-30f, 0x8000),
        ];
        var network = TestModels.Network;
        var mask = new NetworkMask(network, [.. network.WeightLayers.Select(layer => WeightMask.FromIndices(layer, [.. Enumerable.Range(layer.WeightCount - cases.Length, cases.Length)]))]);
        var model = TestModels.Model(mask);
        string name = "blocks.1.conv1.weight";
        cases.Select(pair => pair.Weight).ToArray().CopyTo(model.State[name], 0);
        byte[] file = Bytes(model, ModelPrecision.Float16);
        var reader = SafetensorsReader.Read(new MemoryStream(file));
        Assert.AreEqual("float16", reader.Metadata["precision"]);
        Assert.AreEqual("2", reader.Metadata["format_version"]);
        CollectionAssert.AreEqual(cases.SelectMany(pair => BitConverter.GetBytes(pair.Bits)).ToArray(), reader.Bytes(name, "F16", cases.Length).ToArray());
        foreach (var tensor in TrainedModel.Load(new MemoryStream(file)).State.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight))
        {
            // What became zero is still there.
            Assert.HasCount(cases.Length, tensor.Values);
            foreach (var (before, after) in model.State[tensor.Name].Zip(tensor.Values))
            {
                Assert.IsTrue(Math.Abs((double)before - after) <= Math.Max(Math.Abs(before) * Math.Pow(2, -11), Math.Pow(2, -25)), $"{before} became {after}.");
            }
        }
    }

    [TestMethod]
    public void Float16_RefusesWeightsBeyondItsRangeAndWritesNothing()
    {
        string folder = Directory.CreateTempSubdirectory("random-pruning-").FullName;
        try
        {
            foreach (float bad in new[] { 65520f, -1e6f, float.MaxValue })
            {
                var model = TestModels.Model(TestModels.SeededMask());
                model.State["blocks.1.conv2.weight"][5] = bad;
                using var stream = new MemoryStream();
                foreach (var save in new Action[] { () => model.Save(stream, ModelPrecision.Float16), () => model.Save(Path.Combine(folder, "model"), ModelPrecision.Float16) })
                {
                    string message = Assert.ThrowsExactly<ArgumentException>(save).Message;
                    Assert.Contains("'blocks.1.conv2.weight' cannot be saved as float16: its value 5", message);
                    Assert.Contains("65504", message);
                }

                Assert.AreEqual(0, stream.Length);
                Assert.IsEmpty(Directory.GetFileSystemEntries(folder));
                Assert.AreEqual(bad, TrainedModel.Load(new MemoryStream(Bytes(model, ModelPrecision.Int8))).State["blocks.1.conv2.weight"][5], Math.Abs(bad) / 100);

                // Batch-norm parameters are not rounded.
                model = TestModels.Model(TestModels.SeededMask());
                model.State["bn.weight"][1] = bad;
                Assert.AreEqual(bad, TrainedModel.Load(new MemoryStream(Bytes(model, ModelPrecision.Float16))).State["bn.weight"][1]);
            }

            var wrong = TestModels.Model(TestModels.SeededMask());
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => wrong.Save(new MemoryStream(), (ModelPrecision)3));
            wrong.State["conv.weight"][1] = float.NaN;
            foreach (var precision in Rounded)
            {
                Assert.Contains("'conv.weight'", Assert.ThrowsExactly<ArgumentException>(() => wrong.Save(new MemoryStream(), precision)).Message);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    [DataRow(float.MaxValue)]
    [DataRow(1e30f)]
    [DataRow(1e-30f)]
    [DataRow(3e-36f)]
    [DataRow(1.17549435e-38f)]
    [DataRow(1e-40f)]
    [DataRow(1.4e-45f)]
    public void Int8_TakesWeightsOfAnySize(float unit)
    {
        for (int seed = 1; seed < 10; seed++)
        {
            var model = TestModels.Model(TestModels.SeededMask());
            var random = new Random(seed);
            foreach (var tensor in model.State.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight))
            {
                for (int index = 0; index < tensor.Values.Length; index++)
                {
                    tensor.Values[index] = (index % 3 == 0 ? 1 : 2 * random.NextSingle() - 1) * unit;
                }
            }

            var loaded = TrainedModel.Load(new MemoryStream(Bytes(model, ModelPrecision.Int8)));
            var twice = TrainedModel.Load(new MemoryStream(Bytes(loaded, ModelPrecision.Int8)));
            foreach (var (before, (after, again)) in model.State.Tensors.Zip(loaded.State.Tensors.Zip(twice.State.Tensors)))
            {
                CollectionAssert.AreEqual(after.Values, again.Values, before.Name);
                Assert.IsTrue(before.Values.Zip(after.Values).All(pair => Math.Abs((double)pair.First - pair.Second) <= Math.Max(unit / 127.0, Math.Pow(2, -127))), before.Name);
            }
        }
    }

    [TestMethod]
    public void Float32_FilesAreThoseOfTheFirstVersion()
    {
        // The digest of this model's file as it was before there were other forms: programs of then read what is written now.
        var state = new NetworkState(TestModels.SeededMask());
        foreach (var tensor in state.Tensors)
        {
            for (int index = 0; index < tensor.Values.Length; index++)
            {
                tensor.Values[index] = (index + 1) / 64f;
            }
        }

        byte[] file = TestModels.Bytes(new TrainedModel(state, PixelNormalization.Cifar10, TestModels.ClassNames));
        Assert.AreEqual("54a3bf515829addf1b0dd46afb2d362168257a1c806235a45c8571d581ef2393", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file)));
        Assert.IsFalse(SafetensorsReader.Read(new MemoryStream(file)).Metadata.ContainsKey("precision"));
    }

    [TestMethod]
    [DataRow(ModelPrecision.Int8, "format_version", "1", "gives a precision")]
    [DataRow(ModelPrecision.Int8, "format_version", "3", "versions 1 and 2; use a newer one")]
    [DataRow(ModelPrecision.Int8, "precision", null, "lacks 'precision'")]
    [DataRow(ModelPrecision.Int8, "precision", "int4", "'int4', and this program reads float16 and int8")]
    [DataRow(ModelPrecision.Int8, "precision", "float32", "'float32'")]
    [DataRow(ModelPrecision.Int8, "precision", "float16", "I8")]
    [DataRow(ModelPrecision.Float16, "precision", "int8", "F16")]
    public void Load_RefusesPrecisionsThatDoNotFit(ModelPrecision precision, string key, string? value, string expected)
    {
        Assert.Contains(expected, Refused(precision, (metadata, _) =>
        {
            metadata.Remove(key);
            if (value is not null)
            {
                metadata.Add(key, value);
            }
        }));
    }

    [TestMethod]
    public void Load_RefusesRoundedWeightsThatDoNotFit()
    {
        Assert.Contains("value 2 of tensor 'fc.weight' is -128", Refused(ModelPrecision.Int8, (_, tensors) => tensors["fc.weight"].Data[2] = 0x80));
        Assert.Contains("no tensor 'fc.weight.scale'", Refused(ModelPrecision.Int8, (_, tensors) => tensors.Remove("fc.weight.scale")));
        Assert.Contains("'surplus.scale'", Refused(ModelPrecision.Int8, (_, tensors) => tensors.Add("surplus.scale", tensors["fc.weight.scale"])));
        Assert.Contains("'conv.weight.scale'", Refused(ModelPrecision.Float16, (_, tensors) => tensors.Add("conv.weight.scale", tensors["bn.weight"])));
        foreach (float bad in new[] { -1f, float.NaN, float.PositiveInfinity })
        {
            Assert.Contains("value 1 of tensor 'blocks.2.conv2.weight.scale', a scale, is", Refused(ModelPrecision.Int8, (_, tensors) => BitConverter.GetBytes(bad).CopyTo(tensors["blocks.2.conv2.weight.scale"].Data, 4)));
        }

        Assert.Contains("of tensor 'fc.weight' is", Refused(ModelPrecision.Int8, (_, tensors) =>
        {
            tensors["fc.weight"].Data.AsSpan().Fill(127);
            BitConverter.GetBytes(float.MaxValue).CopyTo(tensors["fc.weight.scale"].Data, 0);
        }));
        Assert.Contains("'blocks.0.conv1.weight.scale' is F32 [3]", Refused(ModelPrecision.Int8, (_, tensors) =>
            tensors["blocks.0.conv1.weight.scale"] = tensors["blocks.0.conv1.weight.scale"] with { Shape = [3], Data = tensors["blocks.0.conv1.weight.scale"].Data[..12] }));
        foreach (ushort bits in new ushort[] { 0x7c00, 0xfc00, 0x7e00 })
        {
            Assert.Contains("value 3 of tensor 'conv.weight' is", Refused(ModelPrecision.Float16, (_, tensors) => BitConverter.GetBytes(bits).CopyTo(tensors["conv.weight"].Data, 6)));
        }
    }

    [TestMethod]
    public void Load_OfADamagedRoundedFileGivesInvalidDataOrTheSameModel()
    {
        var random = new KeyedRandom(98, RandomPurpose.Augmentation);
        foreach (var precision in Rounded)
        {
            byte[] file = Bytes(TestModels.Model(TestModels.OtherMask()), precision);
            var model = TrainedModel.Load(new MemoryStream(file));
            for (int round = 0; round < 1500; round++)
            {
                byte[] damaged = [.. file];
                damaged[random.NextInt(round % 2 == 0 ? file.Length : 4000)] ^= (byte)(1 << random.NextInt(8));
                if (round % 3 == 0)
                {
                    damaged = damaged[..random.NextInt(file.Length)];
                }

                try
                {
                    TestModels.AssertSame(model, TrainedModel.Load(new MemoryStream(damaged)));
                }
                catch (InvalidDataException)
                {
                }
            }
        }
    }

    // A file with a change and a digest that is right again.
    private static string Refused(ModelPrecision precision, Action<Dictionary<string, string>, Dictionary<string, HandMadeSafetensors.Tensor>> change)
    {
        var reader = SafetensorsReader.Read(new MemoryStream(Bytes(TestModels.Model(TestModels.SeededMask()), precision)));
        var metadata = reader.Metadata.Where(pair => pair.Key != "sha256").ToDictionary();
        var tensors = reader.Tensors.ToDictionary(pair => pair.Key, pair => new HandMadeSafetensors.Tensor(pair.Key, pair.Value.ElementType, [.. pair.Value.Shape], pair.Value.Data.ToArray()));
        change(metadata, tensors);
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        void Append(byte[] bytes)
        {
            hash.AppendData(BitConverter.GetBytes((long)bytes.Length));
            hash.AppendData(bytes);
        }

        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Append(System.Text.Encoding.UTF8.GetBytes(key));
            Append(System.Text.Encoding.UTF8.GetBytes(value));
        }

        foreach (var (name, tensor) in tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Append(System.Text.Encoding.UTF8.GetBytes(name));
            Append(System.Text.Encoding.UTF8.GetBytes(tensor.ElementType));
            Append(tensor.Data);
        }

        var file = new HandMadeSafetensors();
        foreach (var (key, value) in metadata)
        {
            file.With(key, value);
        }

        file.With("sha256", Convert.ToHexStringLower(hash.GetHashAndReset()));
        file.Tensors.AddRange(tensors.Select(pair => pair.Value with { Name = pair.Key }));
        return Assert.ThrowsExactly<InvalidDataException>(() => TrainedModel.Load(file.Stream())).Message;
    }

    private static byte[] Bytes(TrainedModel model, ModelPrecision precision)
    {
        using var stream = new MemoryStream();
        model.Save(stream, precision);
        return stream.ToArray();
    }
}
