using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The kept weights of one layer as lists that a kernel walks along: for each output channel where in the padded input each
/// weight looks (forward), and for each input channel where in the padded output gradient it looks (backward).
/// </summary>
internal sealed unsafe class SparseWeights
{
    private readonly PinnedArray<int> _offsets;
    private readonly int[] _outputStart;

    /// <summary>The lists of a convolution that reads planes laid out as <paramref name="input"/>.</summary>
    public SparseWeights(ConvolutionLayer layer, WeightMask mask, PaddedShape input)
        : this(mask.KeptIndices(), layer.FanIn, layer.Outputs, (channel, row, column) =>
            channel * input.PlaneFloats + (row - layer.Padding + input.Halo) * input.RowFloats + (column - layer.Padding + input.Halo) * SparseKernels.Lanes,
            layer.KernelSize, kept => new TransposedWeights(layer, kept))
    {
    }

    /// <summary>The lists of a linear layer that reads one pixel a channel.</summary>
    public SparseWeights(LinearLayer layer, WeightMask mask)
        : this(mask.KeptIndices(), layer.FanIn, layer.Outputs, (channel, _, _) => channel * SparseKernels.Lanes, kernelSize: 1,
            kept => new TransposedWeights(layer, kept))
    {
    }

    private SparseWeights(
        int[] kept, int fanIn, int outputs, Func<int, int, int, int> offset, int kernelSize, Func<int[], TransposedWeights> transpose)
    {
        Kept = kept;
        Transposed = transpose(kept);
        _offsets = new PinnedArray<int>(kept.Length);
        _outputStart = new int[outputs + 1];
        foreach (int index in kept)
        {
            _outputStart[index / fanIn + 1]++;
        }

        for (int output = 0; output < outputs; output++)
        {
            LargestCount = Math.Max(LargestCount, _outputStart[output + 1]);
            _outputStart[output + 1] += _outputStart[output];
        }

        int kernelArea = kernelSize * kernelSize;
        for (int j = 0; j < kept.Length; j++)
        {
            int tap = kept[j] % fanIn;
            _offsets.Array[j] = offset(tap / kernelArea, tap % kernelArea / kernelSize, tap % kernelSize);
        }
    }

    /// <summary>The row-major indices of the kept weights, ascending; values stand in this order.</summary>
    public int[] Kept { get; }

    /// <summary>The largest number of kept weights that one output channel has.</summary>
    public int LargestCount { get; }

    /// <summary>The lists of the backward pass.</summary>
    public TransposedWeights Transposed { get; }

    /// <summary>The first kept weight of an output channel.</summary>
    public int Start(int output) => _outputStart[output];

    /// <summary>The number of kept weights of an output channel.</summary>
    public int Count(int output) => _outputStart[output + 1] - _outputStart[output];

    /// <summary>Where the kept weights of an output channel look, counted from the padded plane's first float.</summary>
    public int* Offsets(int output) => _offsets.Pointer + _outputStart[output];
}
