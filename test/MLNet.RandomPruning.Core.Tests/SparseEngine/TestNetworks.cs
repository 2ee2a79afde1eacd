using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>Random networks, states and batches for tests of the engine, each a function of a seed.</summary>
internal static class TestNetworks
{
    public static readonly PixelNormalization Normalization = new([.45f, .5f, .55f], [.2f, .25f, .3f]);

    /// <summary>A state whose masks keep each weight with a probability, and in which no tensor has its neutral value.</summary>
    public static NetworkState RandomState(Network network, double density, int seed)
    {
        var random = new Random(seed);
        var masks = network.WeightLayers.Select(layer =>
            WeightMask.FromIndices(layer, [.. Enumerable.Range(0, layer.WeightCount).Where(_ => random.NextDouble() < density)])).ToArray();
        return Fill(new NetworkState(new NetworkMask(network, masks)), random, _ => density);
    }

    /// <summary>A state of some masks in which no tensor has its neutral value.</summary>
    public static NetworkState RandomState(NetworkMask mask, int seed) =>
        Fill(new NetworkState(mask), new Random(seed), layer => Math.Max(mask[layer.Name].Density, 0.01));

    private static NetworkState Fill(NetworkState state, Random random, Func<WeightLayer, double> density)
    {
        foreach (var tensor in state.Tensors)
        {
            for (int i = 0; i < tensor.Values.Length; i++)
            {
                double uniform = random.NextDouble() * 2 - 1;
                tensor.Values[i] = (float)(tensor.Kind switch
                {
                    StateTensorKind.Weight => uniform * Math.Sqrt(6.0 / (((WeightLayer)tensor.Layer).FanIn * density((WeightLayer)tensor.Layer))),
                    StateTensorKind.Scale => 1 + 0.5 * uniform,
                    StateTensorKind.RunningVariance => 1 + 0.9 * uniform,
                    _ => 0.5 * uniform,
                });
            }
        }

        return state;
    }

    public static (PixelBatch Batch, double[][] Pixels, int[] Labels) RandomBatch(Network network, int images, int seed)
    {
        var random = new Random(seed);
        var pixels = Enumerable.Range(0, images * network.InputShape.Size).Select(_ => (float)random.NextDouble()).ToArray();
        var labels = Enumerable.Range(0, images).Select(_ => random.Next(network.ClassCount)).ToArray();
        return (new PixelBatch(network.InputShape, pixels, labels),
            [.. pixels.Chunk(network.InputShape.Size).Select(image => image.Select(pixel => (double)pixel).ToArray())], labels);
    }

    /// <summary>The dense gradient's values at the kept positions.</summary>
    public static double[] AtKept(StateTensor tensor, NetworkMask mask, double[] dense) =>
        tensor.Kind == StateTensorKind.Weight ? [.. mask[tensor.Layer.Name].KeptIndices().Select(index => dense[index])] : dense;

    /// <summary>Fails unless ‖actual − expected‖ ≤ tolerance·‖expected‖ + floor.</summary>
    public static void AssertClose(IEnumerable<double> expected, IEnumerable<float> actual, double tolerance, string what, double floor = 1e-6)
    {
        double norm = Math.Sqrt(expected.Sum(value => value * value));
        double distance = Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Sum());
        Assert.IsTrue(distance <= tolerance * norm + floor, $"{what}: distance {distance:g3} from a tensor of norm {norm:g3}.");
    }
}
