using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>Models of random weights: nothing was learnt, but every tensor has its own values.</summary>
internal static class RandomModels
{
    public static IEnumerable<(string Name, TrainedModel Model)> All()
    {
        foreach (var (network, sparsity, granularity) in new[] { ("ResNet-8-8", 0.0, "unstructured"), ("ResNet-8-8", 0.9, "unstructured"), ("ResNet-14-8", 0.98, "unstructured"), ("ResNet-8-16", 0.6, "filter") })
        {
            var mask = MaskGenerator.Generate(
                ResNet.Parse(network).Build(GeneratedImages.Shape, GeneratedImages.ClassNames.Count), LayerwiseRatio.ErdosRenyiKernelPlus, sparsity, seed: 1, granularity: granularity);
            yield return ($"{network}-{sparsity * 100:F0}{(granularity == "unstructured" ? "" : $"-{granularity}")}", new TrainedModel(State(mask), PixelNormalization.Cifar10, GeneratedImages.ClassNames));
        }
    }

    private static NetworkState State(NetworkMask mask)
    {
        var state = new NetworkState(mask);
        var random = new KeyedRandom(2, RandomPurpose.Initialization);
        foreach (var tensor in state.Tensors)
        {
            double spread = tensor.Layer is WeightLayer layer ? Math.Sqrt(2 / (layer.FanIn * mask[layer.Name].Density)) : 0;
            for (int index = 0; index < tensor.Values.Length; index++)
            {
                double gaussian = random.NextGaussian();
                tensor.Values[index] = (float)(tensor.Kind switch
                {
                    StateTensorKind.Weight => gaussian * spread,
                    StateTensorKind.Scale => 1 + 0.2 * gaussian,
                    StateTensorKind.RunningVariance => Math.Exp(0.3 * gaussian),
                    _ => 0.2 * gaussian,
                });
            }
        }

        return state;
    }
}
