using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// A weight layer in a <see cref="HessianPass"/>: its weights W and the direction V along which they move. The tangent of the
/// weights' gradient has two summands, ġ⊗a and g⊗ȧ; each side keeps one of them.
/// </summary>
internal sealed class TangentLayer(Func<LayerState> make) : IDisposable
{
    /// <summary>W, with g⊗ȧ in the place of its gradient.</summary>
    public LayerState Weights { get; } = make();

    /// <summary>V, with ġ⊗a in the place of its gradient.</summary>
    public LayerState Direction { get; } = make();

    /// <summary>Takes W and V out of states, each from the layer's tensor.</summary>
    public void Load(NetworkState weights, NetworkState direction)
    {
        Load(Weights, weights);
        Load(Direction, direction);
    }

    /// <summary>Adds up the blocks' parts of both summands.</summary>
    /// <param name="blocks">The number of blocks.</param>
    /// <param name="hasInputTangent">Whether there is a second summand: the image does not move.</param>
    public void SumGradients(int blocks, bool hasInputTangent)
    {
        Direction.SumGradients(blocks);
        if (hasInputTangent)
        {
            Weights.SumGradients(blocks);
            for (int j = 0; j < Direction.Weight.Gradient.Length; j++)
            {
                Direction.Weight.Gradient[j] += Weights.Weight.Gradient[j];
            }
        }
    }

    public void Dispose()
    {
        Weights.Dispose();
        Direction.Dispose();
    }

    private static void Load(LayerState layer, NetworkState state)
    {
        float[] values = state[layer.Weight.Name];
        values.CopyTo(layer.Weight.Values.Array, 0);
        layer.Lists.Update(values);
    }
}

/// <summary>A convolution in a <see cref="HessianPass"/>, with its outputs of the batch and their tangents.</summary>
internal sealed class TangentConvolution(ConvolutionNode node, WeightMask mask, int blocks) : IDisposable
{
    public ConvolutionNode Node { get; } = node;

    public TangentLayer Layer { get; } = new(() => new LayerState(node, mask, blocks));

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

/// <summary>What one thread needs for itself while it works on a block: places for values and places for tangents.</summary>
internal sealed class TangentScratch : IDisposable
{
    public TangentScratch(SparsePlan plan, IReadOnlyList<TangentLayer> layers, int imageSize)
    {
        Values = new PlaneScratch(plan, [.. layers.Select(layer => layer.Weights.Lists)], imageSize);
        Tangents = new PlaneScratch(plan, [.. layers.Select(layer => layer.Weights.Lists)], imageSize);
    }

    public PlaneScratch Values { get; }

    public PlaneScratch Tangents { get; }

    public void Dispose()
    {
        Values.Dispose();
        Tangents.Dispose();
    }
}
