using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>Each initialiser's distribution, and what all of them promise.</summary>
[TestClass]
public sealed class WeightInitializerKindsTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-8-16").Build(new ImageShape(3, 32, 32), 10);

    private static IEnumerable<WeightLayer> LargeLayers => Network.WeightLayers.Where(layer => layer.WeightCount >= 2000);

    [TestMethod]
    public void The_registry_knows_each_by_its_name()
    {
        CollectionAssert.AreEqual(
            new[] { "kaiming-normal", "kaiming-normal-by-density", "kaiming-uniform", "xavier-normal", "orthogonal", "binary" }, WeightInitializer.Names.ToArray());
        foreach (var initializer in WeightInitializer.All)
        {
            Assert.AreSame(initializer, WeightInitializer.Parse(initializer.Name.ToUpperInvariant()));
            WeightInitializer named = initializer.ToString();
            Assert.AreSame(initializer, named);
        }
    }

    [TestMethod]
    [DataRow("kaiming-normal", 2.0, 3.0)]
    [DataRow("kaiming-uniform", 2.0, 1.8)]
    [DataRow("orthogonal", 2.0, 3.0)]
    [DataRow("binary", 2.0, 1.0)]
    public void Variance_is_two_by_fan_in(string name, double gain, double kurtosis)
    {
        var state = WeightInitializer.Parse(name).Create(NetworkMask.Dense(Network), 17);
        foreach (var layer in LargeLayers)
        {
            // Where columns are fewer than rows, an orthogonal matrix has columns of length √2: the variance is 2/outputs.
            int fan = name == "orthogonal" ? Math.Max(layer.FanIn, layer.Outputs) : layer.FanIn;
            AssertMoments(state[$"{layer.Name}.weight"], gain / fan, kurtosis, layer.Name);
        }
    }

    [TestMethod]
    public void Xavier_normal_has_variance_two_by_fan_in_and_fan_out()
    {
        var state = WeightInitializer.XavierNormal.Create(NetworkMask.Dense(Network), 17);
        foreach (var layer in LargeLayers.OfType<ConvolutionLayer>())
        {
            int area = layer.KernelSize * layer.KernelSize;
            AssertMoments(state[$"{layer.Name}.weight"], 2.0 / (layer.InputShape.Channels * area + layer.Outputs * area), 3, layer.Name);
        }
    }

    [TestMethod]
    [DataRow(0.5)]
    [DataRow(0.1)]
    public void By_density_the_kept_weights_are_larger_by_its_root(double density)
    {
        var mask = MaskGenerator.Generate(Network, "Uniform", 1 - density, seed: 1);
        var scaled = WeightInitializer.KaimingNormalByDensity.Create(mask, 17);
        var plain = WeightInitializer.KaimingNormal.Create(mask, 17);
        foreach (var layer in mask.Layers)
        {
            string name = $"{layer.Layer.Name}.weight";
            for (int i = 0; i < layer.KeptCount; i++)
            {
                Assert.AreEqual(plain[name][i] / Math.Sqrt(layer.Density), scaled[name][i], 1e-6 * Math.Abs(scaled[name][i]), name);
            }
        }

        TrainingSamples.AssertSameBits(
            WeightInitializer.KaimingNormal.Create(NetworkMask.Dense(Network), 1), WeightInitializer.KaimingNormalByDensity.Create(NetworkMask.Dense(Network), 1));
    }

    [TestMethod]
    public void Uniform_weights_stay_within_their_bound_and_reach_it()
    {
        var state = WeightInitializer.KaimingUniform.Create(NetworkMask.Dense(Network), 3);
        foreach (var layer in LargeLayers)
        {
            double bound = Math.Sqrt(6.0 / layer.FanIn);
            double largest = state[$"{layer.Name}.weight"].Max(Math.Abs);
            Assert.IsTrue(largest <= bound * (1 + 1e-7) && largest > bound * 0.99, $"{layer.Name}: {largest} of {bound}");
        }
    }

    [TestMethod]
    public void Binary_weights_have_one_size_and_both_signs()
    {
        var state = WeightInitializer.Binary.Create(NetworkMask.Dense(Network), 3);
        foreach (var layer in Network.WeightLayers)
        {
            float size = (float)Math.Sqrt(2.0 / layer.FanIn);
            float[] weights = state[$"{layer.Name}.weight"];
            Assert.IsTrue(weights.All(weight => Math.Abs(weight) == size), layer.Name);
            Assert.AreEqual(0, weights.Sum(Math.Sign) / Math.Sqrt(weights.Length), 5, layer.Name);
        }
    }

    [TestMethod]
    public void Orthogonal_rows_or_columns_are_orthogonal_and_of_one_length()
    {
        // The first convolution of a wide network has more outputs than inputs, so that its columns are the orthogonal ones.
        var wide = ResNet.Parse("ResNet-8-40").Build(new ImageShape(3, 8, 8), 10);
        var state = WeightInitializer.Orthogonal.Create(NetworkMask.Dense(wide), 17);
        Assert.IsGreaterThan(wide.WeightLayers[0].FanIn, wide.WeightLayers[0].Outputs);
        foreach (var layer in wide.WeightLayers.Take(3).Append(wide.WeightLayers[^1]))
        {
            float[] weights = state[$"{layer.Name}.weight"];
            bool byRows = layer.Outputs <= layer.FanIn;
            int count = byRows ? layer.Outputs : layer.FanIn, length = byRows ? layer.FanIn : layer.Outputs;
            double At(int vector, int i) => byRows ? weights[vector * layer.FanIn + i] : weights[i * layer.FanIn + vector];
            for (int a = 0; a < count; a++)
            {
                for (int b = 0; b <= a; b++)
                {
                    double product = Enumerable.Range(0, length).Sum(i => At(a, i) * At(b, i));
                    Assert.AreEqual(a == b ? 2 : 0, product, 2e-6, $"{layer.Name}: {a} and {b}");
                }
            }
        }
    }

    [TestMethod]
    [DataRow("kaiming-uniform")]
    [DataRow("xavier-normal")]
    [DataRow("orthogonal")]
    [DataRow("binary")]
    public void A_weight_does_not_depend_on_which_others_are_kept(string name)
    {
        var small = ResNet.Parse("ResNet-8-6").Build(new ImageShape(3, 8, 8), 10);
        var dense = WeightInitializer.Parse(name).Create(NetworkMask.Dense(small), 5);
        var mask = MaskGenerator.Generate(small, "ERK", 0.8, seed: 2);
        var sparse = WeightInitializer.Parse(name).Create(mask, 5);
        foreach (var layer in mask.Layers)
        {
            float[] all = dense[$"{layer.Layer.Name}.weight"];
            CollectionAssert.AreEqual(layer.KeptIndices().Select(index => all[index]).ToArray(), sparse[$"{layer.Layer.Name}.weight"], layer.Layer.Name);
        }

        Assert.IsFalse(dense["blocks.0.conv1.weight"].SequenceEqual(WeightInitializer.Parse(name).Create(NetworkMask.Dense(small), 6)["blocks.0.conv1.weight"]));
    }

    // Bounds are five standard errors of a sample of this size; those of the fourth moment are the normal distribution's, the widest.
    private static void AssertMoments(float[] weights, double variance, double kurtosis, string name)
    {
        double[] z = [.. weights.Select(weight => weight / Math.Sqrt(variance))];
        double error = 5 / Math.Sqrt(z.Length);
        Assert.AreEqual(0, z.Average(), error, $"mean of {name}");
        Assert.AreEqual(1, z.Average(x => x * x), error * Math.Sqrt(2), $"variance of {name}");
        Assert.AreEqual(0, z.Average(x => x * x * x), error * Math.Sqrt(15), $"skewness of {name}");
        Assert.AreEqual(kurtosis, z.Average(x => x * x * x * x), error * Math.Sqrt(96), $"kurtosis of {name}");
    }
}
