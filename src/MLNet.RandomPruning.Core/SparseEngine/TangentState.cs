using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>A weight layer in a <see cref="HessianPass"/>: its weights and the direction along which they move.</summary>
internal sealed class TangentLayer(WeightLayer layer, Func<SparseWeights> lists, int blocks) : IDisposable
{
    /// <summary>The weights; their gradient is not kept.</summary>
    public LayerState Weights { get; } = new(layer, lists(), blocks: 0);

    /// <summary>The direction, with the tangent of the weights' gradient.</summary>
    public LayerState Direction { get; } = new(layer, lists(), blocks);

    public void Dispose()
    {
        Weights.Dispose();
        Direction.Dispose();
    }
}

/// <summary>A convolution in a <see cref="HessianPass"/>, with its outputs of the batch and their tangents.</summary>
internal sealed class TangentConvolution(ConvolutionNode node, WeightMask mask, int blocks) : IDisposable
{
    public ConvolutionNode Node { get; } = node;

    public TangentLayer Layer { get; } = new(node.Layer, () => new SparseWeights(node.Layer, mask, node.Input.Padded), blocks);

    public TangentNormState Norm { get; } = new(node.Norm, blocks);

    /// <summary>The outputs before batch-norm, y.</summary>
    public BlockBuffer Outputs { get; } = new(node.Layer.OutputShape, blocks);

    /// <summary>Their tangents, ẏ.</summary>
    public BlockBuffer Tangents { get; } = new(node.Layer.OutputShape, blocks);

    public void Dispose()
    {
        Layer.Dispose();
        Outputs.Dispose();
        Tangents.Dispose();
    }
}

/// <summary>What one thread needs for itself while it works on a block: places for values, for tangents, and for a summand.</summary>
internal sealed class TangentScratch : IDisposable
{
    public TangentScratch(SparsePlan plan, IReadOnlyList<TangentLayer> layers, int imageSize)
    {
        Values = New();
        Tangents = New();
        Summand = New();

        WorkerScratch New() => new(plan, layers.Select(layer => layer.Weights.Lists), imageSize);
    }

    public WorkerScratch Values { get; }

    public WorkerScratch Tangents { get; }

    public WorkerScratch Summand { get; }

    public void Dispose()
    {
        Values.Dispose();
        Tangents.Dispose();
        Summand.Dispose();
    }
}

internal static class LayerStateValues
{
    /// <summary>Takes the layer's weights out of a state, and brings the lists of the backward pass up to date.</summary>
    public static void SetValues(this LayerState layer, NetworkState state)
    {
        float[] values = state[layer.Weight.Name];
        if (values.Length != layer.Weight.Values.Array.Length)
        {
            throw new ArgumentException($"Tensor '{layer.Weight.Name}' has {values.Length} values in the one network and {layer.Weight.Values.Array.Length} in the other: the masks differ.");
        }

        values.CopyTo(layer.Weight.Values.Array, 0);
        layer.Lists.Transposed.Update(values);
    }
}
