using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>One network at one sparsity, as training begins with it.</summary>
/// <param name="Sparsity">The fraction of weights that do not exist.</param>
/// <param name="State">Masks and first weights.</param>
internal sealed record BenchmarkSubject(double Sparsity, NetworkState State)
{
    private const int ImageCount = 1024;
    private const long Seed = 17;

    /// <summary>The network.</summary>
    public Network Network => State.Network;

    /// <summary>Generated images, as many as measurements with this batch size take; the time does not depend on what they show.</summary>
    public static ImageSet Images(int batchSize, CancellationToken cancellationToken = default) =>
        GeneratedImages.Create(Math.Max(ImageCount, batchSize), Seed, cancellationToken: cancellationToken);

    /// <summary>The network for generated images, pruned.</summary>
    /// <param name="network">The network.</param>
    /// <param name="ratio">How the density is spread over the layers.</param>
    /// <param name="sparsity">The fraction of weights that do not exist; passed over by a ratio that decides it itself.</param>
    /// <param name="images">What ratios that need training images are measured on.</param>
    /// <exception cref="ArgumentException">No masks are as sparse as that.</exception>
    public static BenchmarkSubject Create(ResNet network, LayerwiseRatio ratio, double sparsity, ImageSet images)
    {
        var graph = network.Build(GeneratedImages.Shape, GeneratedImages.ClassNames.Count);
        bool isDense = sparsity == 0 && !ratio.DeterminesSparsity;
        var saliency = ratio.NeedsTrainingImages && !isDense ? MaskOptions.Saliency(images, 0, PixelNormalization.Cifar10, threads: null) : null;
        var mask = isDense ? NetworkMask.Dense(graph) : MaskGenerator.Generate(graph, ratio, sparsity, Seed, saliency: saliency);
        return new BenchmarkSubject(ratio.DeterminesSparsity ? 1 - mask.Density : sparsity, WeightInitializer.KaimingNormal.Create(mask, Seed));
    }
}
