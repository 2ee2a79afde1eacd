using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>Where the weights of a layer stand in the flat tensor, row-major and channels-last; needs no libtorch.</summary>
[TestClass]
public class WeightWindowTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WeightsComeBackFromTheirPlacesUnderOneMaskAndTheNext(bool channelsLast)
    {
        var network = ResNet.Parse("ResNet-8-3").Build(new ImageShape(3, 8, 8), 4);
        foreach (var masks in new[] { (First: 0.3, Second: 0.3), (First: 0.5, Second: 0.9) })
        {
            NetworkState first = State(network, masks.First, 1), second = State(network, masks.Second, 2);
            foreach (var tensor in first.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Weight))
            {
                var window = new WeightWindow(tensor, first.Mask, offset: 5, channelsLast);
                AssertPlaces(window, first, channelsLast);
                window.UseMask(second.Mask[tensor.Layer.Name]);
                AssertPlaces(window, second, channelsLast);
            }
        }
    }

    private static void AssertPlaces(WeightWindow window, NetworkState state, bool channelsLast)
    {
        var layer = (WeightLayer)window.Layer;
        float[] kept = state[window.Name], flat = new float[layer.WeightCount + 9];
        window.Scatter(kept, flat);

        // [outputs, inputs, rows, columns] against [outputs, rows, columns, inputs].
        int inputs = layer.WeightShape[1], area = layer.FanIn / inputs;
        float[] dense = new float[layer.WeightCount], expected = new float[flat.Length];
        int next = 0;
        foreach (int position in state.Mask[layer.Name].KeptIndices())
        {
            int output = position / layer.FanIn, input = position % layer.FanIn / area, tap = position % area;
            dense[position] = kept[next];
            expected[5 + (channelsLast && layer is ConvolutionLayer ? (output * area + tap) * inputs + input : position)] = kept[next++];
        }

        CollectionAssert.AreEqual(expected, flat, layer.Name);
        float[] all = new float[layer.WeightCount], back = new float[kept.Length];
        window.GatherAll(flat, all);
        window.Gather(flat, back);
        CollectionAssert.AreEqual(dense, all, layer.Name);
        CollectionAssert.AreEqual(kept, back, layer.Name);
        Assert.AreEqual(kept.Length, window.KeptCount);
        Assert.ThrowsExactly<ArgumentException>(() => window.Gather(flat, new float[kept.Length + 1]));
    }

    private static NetworkState State(Network network, double sparsity, int seed) =>
        WeightInitializer.KaimingNormal.Create(MaskGenerator.Generate(network, "Uniform", sparsity, seed), seed);
}
