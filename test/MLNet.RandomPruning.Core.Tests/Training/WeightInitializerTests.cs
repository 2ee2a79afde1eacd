using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

[TestClass]
public class WeightInitializerTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-16").Build(new ImageShape(3, 32, 32), 10);

    [TestMethod]
    public void KaimingNormalHasItsMoments()
    {
        var state = WeightInitializer.KaimingNormal.Create(NetworkMask.Dense(Network), 17);
        foreach (var layer in Network.WeightLayers.Where(layer => layer.WeightCount >= 2000))
        {
            double deviation = Math.Sqrt(2.0 / layer.WeightShape.Skip(1).Aggregate(1, (product, length) => product * length));
            double[] z = [.. state[$"{layer.Name}.weight"].Select(value => value / deviation)];

            // Each bound is five standard errors of the moment of a standard normal sample of this size.
            double error = 5 / Math.Sqrt(z.Length);
            Assert.AreEqual(0, z.Average(), error, $"mean of {layer.Name}");
            Assert.AreEqual(1, z.Average(x => x * x), error * Math.Sqrt(2), $"variance of {layer.Name}");
            Assert.AreEqual(0, z.Average(x => x * x * x), error * Math.Sqrt(15), $"skewness of {layer.Name}");
            Assert.AreEqual(3, z.Average(x => x * x * x * x), error * Math.Sqrt(96), $"kurtosis of {layer.Name}");
        }
    }

    [TestMethod]
    public void NeighboursAndLayersAreUncorrelated()
    {
        var state = WeightInitializer.KaimingNormal.Create(NetworkMask.Dense(Network), 17);
        float[] a = state["blocks.0.conv1.weight"], b = state["blocks.0.conv2.weight"];
        double square = a.Average(x => (double)x * x);
        double error = 5 / Math.Sqrt(a.Length);
        Assert.AreEqual(0, a.Zip(b, (x, y) => (double)x * y).Average() / square, error);
        Assert.AreEqual(0, a.Zip(a.Skip(1), (x, y) => (double)x * y).Average() / square, error);
        Assert.AreEqual(a.Length, a.Distinct().Count(), 8);
    }

    [TestMethod]
    public void AWeightDoesNotDependOnWhichOthersAreKept()
    {
        var dense = WeightInitializer.KaimingNormal.Create(NetworkMask.Dense(Network), 5);
        for (int stride = 2; stride <= 50; stride += 16)
        {
            var mask = new NetworkMask(Network, [.. Network.WeightLayers.Select(layer =>
                WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(index => index % stride == 1)]))]);
            var sparse = WeightInitializer.KaimingNormal.Create(mask, 5);
            foreach (var layer in Network.WeightLayers)
            {
                float[] all = dense[$"{layer.Name}.weight"];
                CollectionAssert.AreEqual(mask[layer.Name].KeptIndices().Select(index => all[index]).ToArray(), sparse[$"{layer.Name}.weight"], layer.Name);
            }
        }
    }

    [TestMethod]
    public void TheSeedDecides()
    {
        var mask = NetworkMask.Dense(Network);
        TrainingSamples.AssertSameBits(WeightInitializer.KaimingNormal.Create(mask, 1), WeightInitializer.KaimingNormal.Create(mask, 1));
        CollectionAssert.AreNotEqual(WeightInitializer.KaimingNormal.Create(mask, 1)["conv.weight"], WeightInitializer.KaimingNormal.Create(mask, 2)["conv.weight"]);
    }

    [TestMethod]
    public void EverythingElseStartsNeutral()
    {
        var state = WeightInitializer.Parse("Kaiming-Normal").Create(NetworkMask.Dense(Network), 17);
        foreach (var tensor in state.Tensors.Where(tensor => tensor.Kind != StateTensorKind.Weight))
        {
            float expected = tensor.Kind is StateTensorKind.Scale or StateTensorKind.RunningVariance ? 1 : 0;
            Assert.IsTrue(tensor.Values.All(value => value == expected), tensor.Name);
        }
    }

    [TestMethod]
    public void AnUnknownNameListsWhatIsAllowed() =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => WeightInitializer.Parse("ones")).Message, "'ones' is not a known weight initialiser: allowed are kaiming-normal");
}
