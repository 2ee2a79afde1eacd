using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;
using TorchSharp;

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>Networks, images and engines for the tests.</summary>
internal static class Samples
{
    public static TorchSharpEngineOptions OnCpu { get; } = new() { Device = "cpu" };

    /// <summary>
    /// How much <see cref="torch.Tensor.TotalCount"/> grows each time a network's parameters are made and disposed of: TorchSharp
    /// may keep a tensor in its count that a parameter has taken over, though nothing is left of it.
    /// </summary>
    public static long LeftInTheCount(NetworkState initial)
    {
        long before = torch.Tensor.TotalCount;
        using (torch.NewDisposeScope())
        {
            _ = torch.nn.Parameter(torch.ones([1]));
        }

        return (torch.Tensor.TotalCount - before) * initial.Tensors.Count(tensor => tensor.IsTrainable);
    }

    /// <summary>As the paper trains on CIFAR-10.</summary>
    public static SgdStep Step { get; } = new(LearningRate: 0.1f, Momentum: 0.9f, Nesterov: true, WeightDecay: 5e-4f);

    public static NetworkState Initial(string network, double sparsity, ImageShape? shape = null, int classes = 10)
    {
        var graph = ResNet.Parse(network).Build(shape ?? GeneratedImages.Shape, classes);
        var mask = sparsity == 0 ? NetworkMask.Dense(graph) : MaskGenerator.Generate(graph, LayerwiseRatio.ErdosRenyiKernel, sparsity, seed: 5);
        return WeightInitializer.KaimingNormal.Create(mask, seed: 17);
    }

    /// <summary>
    /// Gives every channel in front of a rectifier a batch-norm shift of four standard deviations: up in two of three channels, so
    /// that all passes, down in the others, so that next to nothing does. The channels of a stage keep their sign, since residual
    /// sums add up.
    /// </summary>
    public static void ShiftAwayFromKinks(NetworkState state)
    {
        foreach (var shift in state.Tensors.Where(tensor => tensor.Kind == StateTensorKind.Shift))
        {
            for (int channel = 0; channel < shift.Values.Length; channel++)
            {
                shift.Values[channel] = channel % 3 == 2 ? -4 : 4;
            }
        }
    }

    public static TorchSharpEngine Torch(NetworkState initial, int batchSize, TorchSharpEngineOptions? options = null, int threads = 1) =>
        new(initial, Normalization(initial.Network), batchSize, threads, options ?? OnCpu);

    public static SparseTrainingEngine Sparse(NetworkState initial, int batchSize) => new(initial, Normalization(initial.Network), batchSize, 1);

    public static PixelNormalization Normalization(Network network) => network.InputShape.Channels == 3
        ? PixelNormalization.Cifar10
        : new PixelNormalization([.. Enumerable.Repeat(0.4f, network.InputShape.Channels)], [.. Enumerable.Repeat(0.3f, network.InputShape.Channels)]);

    /// <summary>The steps' batches, one after the other, augmented.</summary>
    public static AugmentedBatch Batch(ImageSet images, int size, int number = 0, Augmentation? augmentation = null)
    {
        var batch = new AugmentedBatch(images, size);
        int[] indices = [.. Enumerable.Range(number * size, size).Select(i => i % images.Count)];
        batch.Fill(indices, augmentation ?? Augmentation.Cifar10, seed: 3, epoch: number + 1);
        return batch;
    }

    public static double Norm(ReadOnlySpan<float> values)
    {
        double squares = 0;
        foreach (float value in values)
        {
            squares += (double)value * value;
        }

        return Math.Sqrt(squares);
    }

    public static double Distance(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        Assert.AreEqual(left.Length, right.Length);
        double squares = 0;
        for (int i = 0; i < left.Length; i++)
        {
            double difference = (double)left[i] - right[i];
            squares += difference * difference;
        }

        return Math.Sqrt(squares);
    }

    /// <summary>Asserts that every tensor of two states differs by at most a part of its norm; gives the largest difference.</summary>
    public static double AssertClose(NetworkState expected, NetworkState actual, double tolerance, string what, Func<StateTensor, bool>? which = null)
    {
        foreach (var (tensor, error) in Distances(expected, actual, which))
        {
            Assert.IsLessThanOrEqualTo(tolerance, error, $"{what}: '{tensor.Name}' is off by {error:G3} of its norm.");
        }

        return WorstDistance(expected, actual, which);
    }

    public static double WorstDistance(NetworkState expected, NetworkState actual, Func<StateTensor, bool>? which = null) =>
        Distances(expected, actual, which).Max(pair => pair.Error);

    // A tensor whose exact values are zero, or nothing but cancellation, has no norm of its own to be measured by.
    private static IEnumerable<(StateTensor Tensor, double Error)> Distances(NetworkState expected, NetworkState actual, Func<StateTensor, bool>? which)
    {
        var tensors = expected.Tensors.Where(which ?? (_ => true)).ToArray();
        double smallest = 1e-4 * tensors.Max(tensor => Norm(tensor.Values));
        return tensors.Select(tensor => (tensor, Distance(tensor.Values, actual[tensor.Name]) / Math.Max(Norm(tensor.Values), smallest)));
    }
}
