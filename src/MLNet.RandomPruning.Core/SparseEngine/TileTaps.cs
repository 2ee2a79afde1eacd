using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Kept weights as <see cref="SparseKernels.ConvolveTiles"/> walks along them: lists of taps by group of input channels, then by
/// output channel. An output channel meets its taps in the order in which the kernels for blocks meet them (<see cref="TapLists"/>,
/// <see cref="TapRuns"/>, <see cref="DenseTaps"/>), so that both round alike.
/// </summary>
internal sealed unsafe class TileTaps
{
    private readonly PinnedArray<int> _starts, _offsets;
    private readonly PinnedArray<float> _values;
    private readonly int[] _sources;

    /// <param name="kept">The row-major indices of the kept weights, ascending.</param>
    /// <param name="fanIn">The number of weights of an output channel.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="reach">The reach that the lists for blocks are made with.</param>
    /// <param name="blockOffsetOf">Where the tap of a weight of the first output channel looks in a block.</param>
    /// <param name="offsetOf">Where it looks here.</param>
    private TileTaps(int[] kept, int fanIn, int inputs, int outputs, int reach, Func<int, int> blockOffsetOf, Func<int, int> offsetOf)
    {
        int channelsPerGroup = TapLists.ChannelsPerGroup(kept.Length, inputs, outputs, reach), area = fanIn / inputs;
        Groups = (inputs + channelsPerGroup - 1) / channelsPerGroup;
        Outputs = outputs;
        _starts = new PinnedArray<int>(Groups * outputs + 1);
        _offsets = new PinnedArray<int>(kept.Length);
        _values = new PinnedArray<float>(kept.Length);
        _sources = new int[kept.Length];
        var lists = new List<Tap>[Groups * outputs];
        for (int list = 0; list < lists.Length; list++)
        {
            lists[list] = [];
        }

        for (int source = 0; source < kept.Length; source++)
        {
            var (output, place) = Math.DivRem(kept[source], fanIn);
            lists[place / area / channelsPerGroup * outputs + output].Add(new Tap(place / area, output, blockOffsetOf(place), source));
        }

        // What goes by quads there goes in the order of the weights.
        int inQuads = GoesByQuads(kept, fanIn, outputs) ? outputs / DenseTaps.Channels * DenseTaps.Channels : 0, next = 0;
        for (int list = 0; list < lists.Length; list++)
        {
            ReadOnlySpan<Tap> taps = list % outputs < inQuads ? lists[list].ToArray() : TapRuns.Of(lists[list]).Taps;
            foreach (var tap in taps)
            {
                _offsets.Array[next] = offsetOf(kept[tap.Source] % fanIn);
                _sources[next++] = tap.Source;
            }

            _starts.Array[list + 1] = next;
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
        int size = layer.KernelSize;
        Func<int, int> OffsetIn(PaddedShape input) => place =>
        {
            var (channel, within) = Math.DivRem(place, size * size);
            var (row, column) = Math.DivRem(within, size);
            int border = input.Halo - layer.Padding;
            return channel * input.PlaneFloats + (row + border) * input.RowFloats + (column + border) * SparseKernels.Lanes;
        };
        return new TileTaps(
            mask.KeptIndices(), layer.FanIn, layer.InputShape.Channels, layer.Outputs, SparseWeights.Reach(size, layer.Stride),
            OffsetIn(node.Input.Padded), OffsetIn(tiling.Tiles[node.Input.Index]));
    }

    /// <summary>The taps of a linear layer, which look at one float an input.</summary>
    public static TileTaps Of(LinearLayer layer, WeightMask mask) =>
        new(mask.KeptIndices(), layer.FanIn, layer.FanIn, layer.Outputs, reach: 1, place => place * SparseKernels.Lanes, place => place);

    /// <summary>Brings the values up to date with the layer's kept weights.</summary>
    public void Update(ReadOnlySpan<float> weights)
    {
        var values = _values.Array;
        for (int tap = 0; tap < values.Length; tap++)
        {
            values[tap] = weights[_sources[tap]];
        }
    }

    // Each place at which one of a quad's channels keeps a weight has four values there.
    private static bool GoesByQuads(int[] kept, int fanIn, int outputs)
    {
        var seenInQuad = new int[fanIn];
        int places = 0, inQuads = 0;
        foreach (int index in kept)
        {
            int quad = index / fanIn / DenseTaps.Channels + 1;
            if (quad > outputs / DenseTaps.Channels)
            {
                break;
            }

            inQuads++;
            if (seenInQuad[index % fanIn] != quad)
            {
                seenInQuad[index % fanIn] = quad;
                places++;
            }
        }

        return DenseTaps.Pays(inQuads, DenseTaps.Channels * places);
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
