using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>First weights of masks that take channels out of the network: the scale is the narrower network's.</summary>
[TestClass]
public sealed class NarrowedInitializerTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-8").Build(new ImageShape(3, 16, 16), 10);
    private static readonly NetworkMask Mask = HandMadeMasks.Of("filter", Network, seed: 3);

    [TestMethod]
    [DataRow("kaiming-normal")]
    [DataRow("kaiming-normal-by-density")]
    [DataRow("kaiming-uniform")]
    [DataRow("xavier-normal")]
    [DataRow("binary")]
    public void Weights_are_those_of_the_full_network_scaled_to_the_fan_that_is_left(string name)
    {
        var initializer = WeightInitializer.Parse(name);
        var state = initializer.Create(Mask, seed: 5);
        var dense = initializer.Create(NetworkMask.Dense(Network), seed: 5);
        foreach (var (full, narrow) in Mask.Layers.Zip(Mask.Narrowed.Layers))
        {
            // All weights between channels that stay are kept, so the density of what is left is 1.
            double scale = name == "xavier-normal" ? Math.Sqrt(Fans(full.Layer) / Fans(narrow.Layer)) : Math.Sqrt((double)full.Layer.FanIn / narrow.Layer.FanIn);
            float[] values = state[$"{full.Layer.Name}.weight"], all = dense[$"{full.Layer.Name}.weight"];
            int[] kept = full.KeptIndices();
            for (int j = 0; j < kept.Length; j++)
            {
                Assert.AreEqual(scale * all[kept[j]], values[j], 1e-6 * Math.Abs(values[j]), full.Layer.Name);
            }
        }
    }

    [TestMethod]
    public void An_orthogonal_matrix_is_orthogonal_as_it_is_left()
    {
        var state = WeightInitializer.Orthogonal.Create(Mask, seed: 5);
        foreach (var layer in Mask.Narrowed.Layers.Select(mask => mask.Layer))
        {
            float[] matrix = state[$"{layer.Name}.weight"];
            bool byRows = layer.Outputs <= layer.FanIn;
            int count = Math.Min(layer.Outputs, layer.FanIn), length = Math.Max(layer.Outputs, layer.FanIn);
            double At(int vector, int i) => byRows ? matrix[vector * layer.FanIn + i] : matrix[i * layer.FanIn + vector];
            for (int left = 0; left < count; left++)
            {
                for (int right = 0; right < count; right++)
                {
                    double product = Enumerable.Range(0, length).Sum(i => At(left, i) * At(right, i));
                    Assert.AreEqual(left == right ? 2 : 0, product, 1e-5, layer.Name);
                }
            }
        }
    }

    private static double Fans(WeightLayer layer) => layer.FanIn + (double)layer.WeightCount / layer.WeightShape[1];
}
