using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>One weight layer in the training engine: kept weights, and each block's part of their gradient.</summary>
internal sealed unsafe class LayerState : IDisposable
{
    private readonly AlignedBuffer _gradients;

    public LayerState(WeightLayer layer, SparseWeights lists, int blocks)
    {
        Lists = lists;
        Weight = new Parameter($"{layer.Name}.weight", StateTensorKind.Weight, lists.Kept.Length);
        _gradients = new AlignedBuffer((long)blocks * lists.Kept.Length);
    }

    public SparseWeights Lists { get; }

    public Parameter Weight { get; }

    /// <summary>A block's part of the gradient of the kept weights.</summary>
    public float* Gradients(int block) => _gradients.Pointer + (long)block * Lists.Kept.Length;

    /// <summary>Adds up the blocks' parts in the order of the blocks; gives the sum of squares of the result.</summary>
    public double SumGradients(int blocks)
    {
        var total = Weight.Gradient;
        new ReadOnlySpan<float>(_gradients.Pointer, total.Length).CopyTo(total);
        for (int block = 1; block < blocks; block++)
        {
            var part = new ReadOnlySpan<float>(_gradients.Pointer + (long)block * total.Length, total.Length);
            for (int j = 0; j < total.Length; j++)
            {
                total[j] += part[j];
            }
        }

        double squares = 0;
        foreach (float gradient in total)
        {
            squares += (double)gradient * gradient;
        }

        return squares;
    }

    public void Dispose() => _gradients.Dispose();
}

/// <summary>A convolution in the training engine, with its outputs of the current batch: [block][channel][row][column][16].</summary>
internal sealed unsafe class ConvolutionState : IDisposable
{
    private readonly AlignedBuffer _outputs;
    private readonly int _planeFloats;
    private readonly int _channels;

    public ConvolutionState(ConvolutionNode node, SparseWeights lists, int blocks)
    {
        Node = node;
        Layer = new LayerState(node.Layer, lists, blocks);
        Norm = new BatchNormState(node.Norm, blocks);
        _channels = node.Layer.OutputShape.Channels;
        _planeFloats = node.Layer.OutputShape.PlaneSize * SparseKernels.Lanes;
        _outputs = new AlignedBuffer((long)blocks * _channels * _planeFloats);
    }

    public ConvolutionNode Node { get; }

    public LayerState Layer { get; }

    public BatchNormState Norm { get; }

    /// <summary>The output plane of a channel, before batch-norm.</summary>
    public float* Output(int block, int channel) => _outputs.Pointer + ((long)block * _channels + channel) * _planeFloats;

    public void Dispose()
    {
        Layer.Dispose();
        _outputs.Dispose();
    }
}
