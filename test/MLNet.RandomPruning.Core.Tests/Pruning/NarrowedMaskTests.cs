using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

/// <summary>Which channels masks take out of a network, and what is left.</summary>
[TestClass]
public sealed class NarrowedMaskTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-14-6").Build(new ImageShape(3, 12, 16), 5);

    [TestMethod]
    public void Half_of_the_filters_leaves_the_network_of_half_the_width()
    {
        var random = new Random(1);
        var mask = HandMadeMasks.Filters(Network, set => HandMadeMasks.Half(HandMadeMasks.ChannelsOf(Network, set), random));
        var half = ResNet.Parse("ResNet-14-3").Build(Network.InputShape, Network.ClassCount);
        var narrowed = mask.Narrowed;
        Assert.AreEqual(Network.Name, narrowed.Network.Name);
        Assert.AreEqual(half.ParameterCount, narrowed.Network.ParameterCount);
        foreach (var (expected, actual) in half.Layers.Zip(narrowed.Network.Layers))
        {
            Assert.AreEqual(expected.GetType(), actual.GetType());
            Assert.AreEqual(expected.Name, actual.Name);
            Assert.AreEqual(expected.OutputShape, actual.OutputShape, expected.Name);
            CollectionAssert.AreEqual(expected.Inputs.ToArray(), actual.Inputs.ToArray(), expected.Name);
            if (expected is WeightLayer weights)
            {
                CollectionAssert.AreEqual(weights.WeightShape.ToArray(), ((WeightLayer)actual).WeightShape.ToArray(), expected.Name);
                Assert.AreEqual(1.0, narrowed[expected.Name].Density, expected.Name);
            }
        }

        Assert.AreEqual(mask.KeptCount, narrowed.KeptCount);
        Assert.AreEqual(mask.MultiplyAdds, narrowed.MultiplyAdds);
        Assert.AreSame(narrowed, mask.Narrowed);
        Assert.AreSame(narrowed, narrowed.Narrowed);
    }

    [TestMethod]
    [DataRow("filter")]
    [DataRow("channel")]
    [DataRow("sparse filter")]
    public void A_channel_goes_if_nothing_makes_it_and_nothing_reads_it_and_kept_weights_keep_their_order(string kind)
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var mask = HandMadeMasks.Of(kind, Network, seed);
            var left = HandMadeMasks.ChannelsLeft(mask);
            foreach (var (full, narrow) in mask.Layers.Zip(mask.Narrowed.Layers))
            {
                int[] outputs = Numbers(left, HandMadeMasks.MadeBy(full.Layer), full.Layer.Outputs);
                int[] inputs = Numbers(left, HandMadeMasks.ReadBy(full.Layer, Network), full.Layer.WeightShape[1]);
                Assert.AreEqual(outputs.Length, narrow.Layer.Outputs, full.Layer.Name);
                Assert.AreEqual(inputs.Length, narrow.Layer.WeightShape[1], full.Layer.Name);

                // Back from the narrower tensor: the same weights in the same order.
                int area = full.Layer.FanIn / full.Layer.WeightShape[1];
                int[] back = [.. narrow.KeptIndices().Select(index =>
                    outputs[index / narrow.Layer.FanIn] * full.Layer.FanIn + inputs[index % narrow.Layer.FanIn / area] * area + index % area)];
                CollectionAssert.AreEqual(full.KeptIndices(), back, full.Layer.Name);
            }

            AssertSameTensors(mask);
        }
    }

    [TestMethod]
    public void Masks_that_take_no_channels_out_stay_as_they_are()
    {
        var empty = new NetworkMask(Network, [.. Network.WeightLayers.Select(layer => WeightMask.FromIndices(layer, []))]);
        Assert.AreSame(empty, empty.Narrowed);
        var dense = new NetworkMask(Network, [.. Network.WeightLayers.Select(WeightMask.Dense)]) { RemovesChannels = true };
        Assert.AreSame(dense, dense.Narrowed);
        AssertSameTensors(dense);
    }

    [TestMethod]
    public void A_channel_that_one_layer_still_makes_or_reads_stays()
    {
        foreach (string last in new[] { "blocks.1.conv2", "blocks.2.conv1", "blocks.2.shortcut.0" })
        {
            // Channel 4 of the first stage goes everywhere but in one layer.
            var mask = new NetworkMask(Network, [.. Network.WeightLayers.Select(layer => WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(index =>
            {
                var (output, input) = HandMadeMasks.Place(layer, index);
                bool isMade = HandMadeMasks.MadeBy(layer) == HandMadeMasks.MadeBy(Network.WeightLayers[0]) && output == 4;
                bool isRead = HandMadeMasks.ReadBy(layer, Network) == HandMadeMasks.MadeBy(Network.WeightLayers[0]) && input == 4;
                return layer.Name == last || !(isMade || isRead);
            })]))]) { RemovesChannels = true };
            Assert.AreSame(mask, mask.Narrowed, last);
        }
    }

    [TestMethod]
    public void A_layer_that_would_lose_all_channels_is_named()
    {
        var mask = new NetworkMask(Network, [.. Network.WeightLayers.Select(layer =>
            layer.Name.StartsWith("blocks.1.conv", StringComparison.Ordinal) ? WeightMask.FromIndices(layer, []) : WeightMask.Dense(layer))]) { RemovesChannels = true };
        foreach (var action in new Action[] { () => _ = mask.Narrowed, () => _ = new NetworkState(mask) })
        {
            var error = Assert.ThrowsExactly<InvalidOperationException>(action);
            Assert.Contains("all 6 channels of layer 'blocks.1.conv1'", error.Message);
        }

        using var file = new MemoryStream();
        mask.Save(file);
        file.Position = 0;
        Assert.Contains("all 6 channels of layer 'blocks.1.conv1'", Assert.ThrowsExactly<InvalidDataException>(() => NetworkMask.Load(file)).Message);
    }

    [TestMethod]
    public void Same_masks_are_told_from_others()
    {
        var mask = HandMadeMasks.Of("filter", Network, 1);
        Assert.IsTrue(mask.SameAs(HandMadeMasks.Of("filter", ResNet.Parse("ResNet-14-6").Build(Network.InputShape, Network.ClassCount), 1)));
        Assert.IsFalse(mask.SameAs(HandMadeMasks.Of("filter", Network, 2)));
        Assert.IsFalse(mask.SameAs(new NetworkMask(Network, mask.Layers)));
        Assert.IsFalse(NetworkMask.Dense(Network).SameAs(NetworkMask.Dense(ResNet.Parse("ResNet-14-6").Build(Network.InputShape, 6))));
        Assert.IsFalse(NetworkMask.Dense(Network).SameAs(NetworkMask.Dense(ResNet.Parse("ResNet-14-6").Build(new ImageShape(3, 12, 15), 5))));
    }

    private static void AssertSameTensors(NetworkMask mask)
    {
        NetworkState full = new(mask), narrow = new(mask.Narrowed);
        Assert.AreSame(Network, full.Network);
        Assert.AreEqual(narrow.Tensors.Count, full.Tensors.Count);
        foreach (var (a, b) in full.Tensors.Zip(narrow.Tensors))
        {
            Assert.AreEqual(b.Name, a.Name);
            Assert.AreEqual(b.Kind, a.Kind);
            Assert.AreEqual(b.Values.Length, a.Values.Length, a.Name);
            if (a.Kind is not (StateTensorKind.Weight or StateTensorKind.Bias))
            {
                Assert.AreEqual(mask.Narrowed.Network[a.Layer.Name].OutputShape.Channels, a.Values.Length, a.Name);
            }
        }

        full.CopyTo(narrow);
    }

    private static int[] Numbers(Dictionary<string, bool[]> left, string? set, int count) =>
        [.. Enumerable.Range(0, count).Where(channel => set is null || left[set][channel])];
}
