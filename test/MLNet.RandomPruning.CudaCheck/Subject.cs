using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.CudaCheck;

/// <summary>What is checked, and the engines, states and batches to check it with.</summary>
internal sealed record Subject(string Device, int Threads, CheckSizes Sizes)
{
    /// <summary>As the paper trains on CIFAR-10.</summary>
    public static SgdStep Step { get; } = new(LearningRate: 0.1f, Momentum: 0.9f, Nesterov: true, WeightDecay: 5e-4f);

    /// <summary>The first state of the network at a sparsity (ERK; 0 for dense).</summary>
    public NetworkState Initial(double sparsity)
    {
        var graph = ResNet.Parse(Sizes.Network).Build(GeneratedImages.Shape, GeneratedImages.ClassNames.Count);
        var mask = sparsity == 0 ? NetworkMask.Dense(graph) : MaskGenerator.Generate(graph, LayerwiseRatio.ErdosRenyiKernel, sparsity, seed: 5);
        return WeightInitializer.KaimingNormal.Create(mask, seed: 17);
    }

    /// <summary>
    /// The same with a batch-norm shift of four standard deviations in every channel in front of a rectifier: up in two of three
    /// channels, so that all passes, down in the others, so that next to nothing does. Of the millions of activations of a batch
    /// some lie so close to zero that rounding alone decides whether a rectifier lets them through, and each that falls otherwise
    /// changes gradients by a thousandth; the shifts keep them away from there. Channels keep their sign through a stage, since
    /// residual sums add up.
    /// </summary>
    public NetworkState InitialAwayFromKinks(double sparsity)
    {
        var state = Initial(sparsity);
        foreach (var shift in state.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Shift))
        {
            for (int channel = 0; channel < shift.Values.Length; channel++)
            {
                shift.Values[channel] = channel % 3 == 2 ? -4 : 4;
            }
        }

        return state;
    }

    public SparseTrainingEngine Sparse(NetworkState initial, int batchSize) => new(initial, PixelNormalization.Cifar10, batchSize, Threads);

    public TorchSharpEngine Torch(NetworkState initial, int batchSize, TorchPrecision precision = TorchPrecision.Float32) =>
        new(initial, PixelNormalization.Cifar10, batchSize, Threads, new TorchSharpEngineOptions { Device = Device, Precision = precision });

    /// <summary>Fills a batch with the images of a step, augmented; begins anew when the set is used up.</summary>
    public static void Fill(AugmentedBatch batch, int number)
    {
        int[] indices = new int[batch.Capacity];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = (int)(((long)number * indices.Length + i) % batch.Source.Count);
        }

        batch.Fill(indices, Augmentation.Cifar10, seed: 3, epoch: number + 1);
    }
}
