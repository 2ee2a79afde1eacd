using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Kept weights as <see cref="SparseKernels.ConvolveTiles"/> walks along them: lists of taps by group of input channels, then by
/// output channel, and in a list by input channel and place in the kernel, which is their order in the mask.
/// </summary>
internal sealed unsafe class TileTaps
{
    // A group's part of the input may take so much of the first-level cache: long lists gain from it. Each further group
    // loads and stores all sums once more, which takes some taps to pay for.
    private const int GroupBytes = 20 << 10, TapsForGroup = 18;

    private readonly PinnedArray<int> _starts, _offsets;
    private readonly PinnedArray<float> _values;
    private readonly int[] _sources;

    private TileTaps(int[] kept, int fanIn, int inputs, int outputs, int groups, Func<int, int> offsetOf)
    {
        Groups = groups;
        Outputs = outputs;
        _starts = new PinnedArray<int>(groups * outputs + 1);
        _offsets = new PinnedArray<int>(kept.Length);
        _values = new PinnedArray<float>(kept.Length);
        _sources = new int[kept.Length];
        int area = fanIn / inputs, channelsPerGroup = (inputs + groups - 1) / groups;
        var lists = new int[kept.Length];
        for (int source = 0; source < kept.Length; source++)
        {
            var (output, place) = Math.DivRem(kept[source], fanIn);
            lists[source] = place / area / channelsPerGroup * outputs + output;
            _starts.Array[lists[source] + 1]++;
        }

        for (int list = 0; list < groups * outputs; list++)
        {
            _starts.Array[list + 1] += _starts.Array[list];
        }

        int[] next = _starts.Array.AsSpan(0, groups * outputs).ToArray();
        for (int source = 0; source < kept.Length; source++)
        {
            int tap = next[lists[source]]++;
            _offsets.Array[tap] = offsetOf(kept[source] % fanIn);
            _sources[tap] = source;
        }
    }

    /// <summary>The number of groups of input channels.</summary>
    public int Groups { get; }

    /// <summary>The number of output channels.</summary>
    public int Outputs { get; }

    /// <summary>[group · outputs + output]: the first tap of a list; one more than there are lists.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>[tap]: where it looks, in floats from the first.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>[tap]: its value.</summary>
    public float* Values => _values.Pointer;

    /// <summary>The taps of a convolution that reads and writes tiles.</summary>
    public static TileTaps Of(ConvolutionNode node, WeightMask mask, ImageTiling tiling)
    {
        var layer = node.Layer;
        var (input, tile) = (tiling.Tiles[node.Input.Index], tiling.Tiles[node.Output.Index].Shape);
        int size = layer.KernelSize, border = input.Halo - layer.Padding, inputs = layer.InputShape.Channels;
        int[] kept = mask.KeptIndices();

        int Span(int pixels) => (pixels - 1) * layer.Stride + size;
        long bytes = (long)inputs * Span(Math.Min(2, tile.Height)) * Span(Math.Min(8, tile.Width)) * SparseKernels.Lanes * sizeof(float);
        int groups = (int)Math.Clamp(Math.Min((bytes + GroupBytes - 1) / GroupBytes, kept.Length / layer.Outputs / TapsForGroup), 1, inputs);
        return new TileTaps(kept, layer.FanIn, inputs, layer.Outputs, groups, place =>
        {
            var (channel, within) = Math.DivRem(place, size * size);
            var (row, column) = Math.DivRem(within, size);
            return channel * input.PlaneFloats + (row + border) * input.RowFloats + (column + border) * SparseKernels.Lanes;
        });
    }

    /// <summary>The taps of a linear layer, which look at one float an input.</summary>
    public static TileTaps Of(LinearLayer layer, WeightMask mask) => new(mask.KeptIndices(), layer.FanIn, layer.FanIn, layer.Outputs, groups: 1, place => place);

    /// <summary>Brings the values up to date with the layer's kept weights.</summary>
    public void Update(ReadOnlySpan<float> weights)
    {
        var values = _values.Array;
        for (int tap = 0; tap < values.Length; tap++)
        {
            values[tap] = weights[_sources[tap]];
        }
    }
}

/// <summary>What <see cref="SparseKernels.ConvolveTiles"/> computes.</summary>
internal unsafe struct TileJob
{
    /// <summary>The taps.</summary>
    public TileTaps Taps;

    /// <summary>The first padded plane of the input.</summary>
    public float* Input;

    /// <summary>From one output row's input pixel to the next row's.</summary>
    public nint InputRow;

    /// <summary>The convolution's stride.</summary>
    public int Stride;

    /// <summary>The first pixel of the first output channel, inside its border.</summary>
    public float* Output;

    /// <summary>From one output channel and row to the next.</summary>
    public nint OutputPlane, OutputRow;

    /// <summary>The shape of a tile of the output.</summary>
    public int Rows, Columns;

    /// <summary>The output channels to compute: the first, and the one behind the last.</summary>
    public int FirstOutput, LastOutput;

    /// <summary>[output channel]: added to every pixel; or null.</summary>
    public float* Biases;

    /// <summary>Added to each output, from planes laid out like the output; or null.</summary>
    public float* Residual;

    /// <summary>Whether the result is added to what stands in the output; there is no bias then.</summary>
    public bool Accumulate;

    /// <summary>Whether the rectifier is applied last.</summary>
    public bool Relu;
}
