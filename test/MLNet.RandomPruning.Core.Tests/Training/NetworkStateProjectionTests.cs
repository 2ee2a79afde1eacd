using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

[TestClass]
public class NetworkStateProjectionTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 10);

    [TestMethod]
    [DataRow(0.9, 0.5)]
    [DataRow(0.5, 0.9)]
    [DataRow(0.0, 0.7)]
    public void WeightsOfBothMasksStayAndNewOnesAreZero(double from, double to)
    {
        var before = Numbered(MaskGenerator.Generate(Network, LayerwiseRatio.ErdosRenyiKernel, from, 1));
        var mask = MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, to, 2);
        var after = before.ProjectTo(mask);
        Assert.AreSame(mask, after.Mask);
        foreach (var tensor in before.Tensors)
        {
            if (tensor.Kind != StateTensorKind.Weight)
            {
                CollectionAssert.AreEqual(tensor.Values, after[tensor.Name]);
                continue;
            }

            float[] dense = new float[((WeightLayer)tensor.Layer).WeightCount];
            foreach (var (position, value) in before.Mask[tensor.Layer.Name].KeptIndices().Zip(tensor.Values))
            {
                dense[position] = value;
            }

            CollectionAssert.AreEqual(mask[tensor.Layer.Name].KeptIndices().Select(position => dense[position]).ToArray(), after[tensor.Name]);
        }
    }

    [TestMethod]
    public void OfChannelsThatGoTheBatchNormGoesToo()
    {
        var target = MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.5, 3, granularity: "Filter");
        var before = Numbered(NetworkMask.Dense(Network));
        var half = MaskGenerator.Between(target, 0.6);
        var direct = before.ProjectTo(target);
        var inTwoSteps = before.ProjectTo(half).ProjectTo(target);
        Assert.IsTrue(half.KeptCount > target.KeptCount && half.KeptCount < Network.WeightCount);
        int gone = 0;
        foreach (var (tensor, twice) in direct.Tensors.Zip(inTwoSteps.Tensors))
        {
            CollectionAssert.AreEqual(tensor.Values, twice.Values, tensor.Name);
            if (tensor.Kind is StateTensorKind.Scale or StateTensorKind.Shift or StateTensorKind.RunningMean or StateTensorKind.RunningVariance)
            {
                // A batch-norm's channels are the outputs of the layer that it reads, in every network here a convolution.
                var convolution = (WeightLayer)Network.Layers[tensor.Layer.Inputs[0]];
                int[] live = [.. target[convolution.Name].KeptIndices().Select(index => index / convolution.FanIn).Distinct()];
                CollectionAssert.AreEqual(live.Select(channel => before[tensor.Name][channel]).ToArray(), tensor.Values, tensor.Name);
                gone += before[tensor.Name].Length - tensor.Values.Length;
            }
        }

        Assert.IsTrue(gone > 0);
        CollectionAssert.AreEqual(before["fc.bias"], direct["fc.bias"]);
    }

    [TestMethod]
    public void AChannelThatComesBackHasZeros()
    {
        var target = MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.5, 3, granularity: "Filter");
        var back = Numbered(target).ProjectTo(NetworkMask.Dense(Network));
        Assert.AreEqual(4, back["bn.weight"].Length);
        Assert.AreEqual(2, back["bn.weight"].Count(value => value == 0));
    }

    [TestMethod]
    public void MasksOfAnotherNetworkAreRefused()
    {
        var other = NetworkMask.Dense(ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 9));
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new NetworkState(NetworkMask.Dense(Network)).ProjectTo(other)).Message,
            "ResNet-8-4 on 3×8×8 images of 10 classes cannot be taken over to masks of ResNet-8-4 on 3×8×8 images of 9 classes");
    }

    private static NetworkState Numbered(NetworkMask mask)
    {
        var state = new NetworkState(mask);
        int number = 0;
        foreach (var tensor in state.Tensors)
        {
            for (int i = 0; i < tensor.Values.Length; i++)
            {
                tensor.Values[i] = ++number;
            }
        }

        return state;
    }
}
