using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>An engine that goes on with other masks computes what one computes that was made with them.</summary>
[TestClass]
public sealed class ChangingMaskTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-6").Build(new ImageShape(3, 11, 8), 5);
    private static readonly SgdStep Step = new(0.05f, 0.9f, Nesterov: true, WeightDecay: 5e-4f);

    [TestMethod]
    public void After_every_change_all_bits_are_those_of_a_fresh_engine()
    {
        var random = new Random(1);
        NetworkMask[] masks =
        [
            Unstructured(0.3, 1), Unstructured(0.3, 2), SameCounts(Unstructured(0.3, 2), 3), Unstructured(0.9, 4), NetworkMask.Dense(Network), OneLayerLess(0.3, 1),
            HandMadeMasks.Of("filter", Network, 5), HandMadeMasks.Of("filter", Network, 6), HandMadeMasks.Of("sparse filter", Network, 7),
            HandMadeMasks.Of("channel", Network, 8), HandMadeMasks.Of("2:4", Network, 9), Unstructured(0.02, 10), NetworkMask.Dense(Network),
        ];
        using var engine = new SparseTrainingEngine(TestNetworks.RandomState(masks[0], seed: 1), TestNetworks.Normalization, maximumBatchSize: 40, numberOfThreads: 2);
        for (int change = 0; change < masks.Length; change++)
        {
            var mask = masks[change];
            var state = TestNetworks.RandomState(mask, seed: 20 + change);
            var momentum = change % 2 == 0 ? null : TestNetworks.RandomState(mask, seed: 40 + change);
            engine.Load(state, momentum);
            using var fresh = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 40, numberOfThreads: 1);
            fresh.Load(state, momentum);
            AssertSameWork(fresh, engine, mask, seed: 60 + 10 * change);
        }
    }

    [TestMethod]
    public void Steps_allocate_nothing_after_a_change_either()
    {
        using var engine = new SparseTrainingEngine(TestNetworks.RandomState(Unstructured(0.3, 1), seed: 1), TestNetworks.Normalization, maximumBatchSize: 32, numberOfThreads: 1);
        var batch = TestNetworks.RandomBatch(Network, images: 32, seed: 2).Batch;
        foreach (var mask in new[] { Unstructured(0.5, 2), HandMadeMasks.Of("filter", Network, 3) })
        {
            engine.Load(TestNetworks.RandomState(mask, seed: 3));
            engine.TrainStep(batch, Step);
            Assert.AreEqual(0, Allocation.SteadyBytes(() => engine.TrainStep(batch, Step)));
        }
    }

    [TestMethod]
    public void States_of_other_masks_are_refused_even_when_their_lengths_fit()
    {
        NetworkMask mask = Unstructured(0.3, 1), moved = SameCounts(mask, 2);
        var state = TestNetworks.RandomState(mask, seed: 3);
        var other = new NetworkState(moved);
        using var engine = new SparseTrainingEngine(state, TestNetworks.Normalization, maximumBatchSize: 4, numberOfThreads: 1);
        var batch = TestNetworks.RandomBatch(Network, images: 4, seed: 4).Batch;
        foreach (var action in new Action[]
        {
            () => engine.Read(other),
            () => engine.Read(new NetworkState(mask), other),
            () => engine.Load(state, other),
            () => engine.ComputeGradients(batch, 0, other),
            () => engine.HessianVectorProduct(batch, other, new NetworkState(mask)),
            () => engine.HessianVectorProduct(batch, new NetworkState(mask), other),
        })
        {
            Assert.Contains("The masks differ: layer 'conv'", Assert.ThrowsExactly<ArgumentException>(action).Message);
        }

        // The engine is as it was, and equal masks of another object are no others.
        var after = new NetworkState(new NetworkMask(Network, mask.Layers));
        engine.Read(after);
        CollectionAssert.AreEqual(state["conv.weight"], after["conv.weight"]);
        var another = ResNet.Parse("ResNet-8-5").Build(Network.InputShape, Network.ClassCount);
        Assert.Contains(
            "made for ResNet-8-6", Assert.ThrowsExactly<ArgumentException>(() => engine.Load(new NetworkState(NetworkMask.Dense(another)))).Message);
    }

    private static void AssertSameWork(SparseTrainingEngine expected, SparseTrainingEngine actual, NetworkMask mask, int seed)
    {
        NetworkState one = new(mask), two = new(mask), oneMomentum = new(mask), twoMomentum = new(mask);
        var batch = TestNetworks.RandomBatch(Network, images: 37, seed).Batch;
        Assert.AreEqual(expected.ComputeGradients(batch, 0.1f, one), actual.ComputeGradients(batch, 0.1f, two));
        AssertSame(one, two);
        for (int number = 1; number < 4; number++)
        {
            batch = TestNetworks.RandomBatch(Network, images: 37, seed + number).Batch;
            Assert.AreEqual(expected.TrainStep(batch, Step), actual.TrainStep(batch, Step));
        }

        expected.Read(one, oneMomentum);
        actual.Read(two, twoMomentum);
        AssertSame(one, two);
        AssertSame(oneMomentum, twoMomentum);
        float[] logits = new float[37 * 5], otherLogits = new float[37 * 5];
        expected.Predict(batch, logits);
        actual.Predict(batch, otherLogits);
        CollectionAssert.AreEqual(logits, otherLogits);
        float[] pixels = new float[37 * Network.InputShape.Size], otherPixels = new float[pixels.Length];
        expected.InputGradients(batch, pixels);
        actual.InputGradients(batch, otherPixels);
        CollectionAssert.AreEqual(pixels, otherPixels);
        expected.HessianVectorProduct(batch, one, one);
        actual.HessianVectorProduct(batch, two, two);
        AssertSame(one, two);
    }

    private static NetworkMask Unstructured(double density, int seed) => TestNetworks.RandomState(Network, density, seed).Mask;

    // All layers but the last keep what they kept.
    private static NetworkMask OneLayerLess(double density, int seed)
    {
        var layers = Unstructured(density, seed).Layers;
        return new NetworkMask(Network, [.. layers.SkipLast(1), WeightMask.FromIndices(layers[^1].Layer, [0, 7, 30])]);
    }

    // As many weights in every layer, elsewhere.
    private static NetworkMask SameCounts(NetworkMask mask, int seed)
    {
        var random = new Random(seed);
        return new NetworkMask(Network, [.. mask.Layers.Select(layer =>
        {
            int[] positions = [.. Enumerable.Range(0, layer.Length)];
            random.Shuffle(positions);
            return WeightMask.FromIndices(layer.Layer, positions.AsSpan(0, layer.KeptCount));
        })]);
    }

    private static void AssertSame(NetworkState expected, NetworkState actual)
    {
        foreach (var (a, b) in expected.Tensors.Zip(actual.Tensors))
        {
            CollectionAssert.AreEqual(a.Values, b.Values, a.Name);
        }
    }
}
