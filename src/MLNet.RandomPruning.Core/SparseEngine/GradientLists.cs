namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Weights as the kernel of the weight gradients walks along them: by output channel, then by input channel. The kernel reads
/// the gradient of a tile of pixels once for up to 8 taps of one output channel.
/// </summary>
internal sealed unsafe class GradientLists
{
    // From this density on, all 9 positions of a 3×3 kernel take less time than those that are kept; measured.
    // From this density on, all 9 positions of a 3×3 kernel take less time than those that are kept; measured with vectors of 16.
    private const double DenseFrom = 0.5;

    private readonly PinnedArray<int> _starts, _offsets, _sources;

    /// <summary>Sorts taps into lists.</summary>
    /// <param name="taps">For each weight its output channel, its input channel and where it looks; ascending by input channel.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="window">How the taps of one weight kernel lie.</param>
    public GradientLists(IReadOnlyList<Tap> taps, int inputs, int outputs, KernelWindow window)
    {
        Outputs = outputs;
        _starts = new PinnedArray<int>(outputs + 1);
        _offsets = new PinnedArray<int>(taps.Count);
        _sources = new PinnedArray<int>(taps.Count);
        foreach (var tap in taps)
        {
            _starts.Array[tap.Output + 1]++;
        }

        for (int output = 0; output < outputs; output++)
        {
            _starts.Array[output + 1] += _starts.Array[output];
        }

        int[] next = _starts.Array.AsSpan(0, outputs).ToArray();
        foreach (var tap in taps)
        {
            int place = next[tap.Output]++;
            _offsets.Array[place] = tap.Offset;
            _sources.Array[place] = tap.Source;
        }

        if (window.IsThreeByThree && taps.Count >= DenseFrom * inputs * outputs * KernelWindow.ThreeByThree)
        {
            Dense = new DensePositions(taps, inputs, outputs, window);
        }
    }

    /// <summary>The number of output channels.</summary>
    public int Outputs { get; }

    /// <summary>How many sums one output channel takes at most.</summary>
    public int LargestCount => Dense is { } dense
        ? dense.ScratchSums
        : Enumerable.Range(0, Outputs).Select(output => Starts[output + 1] - Starts[output]).DefaultIfEmpty(0).Max();

    /// <summary>[output]: the first tap of a list; one more than there are lists.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>[tap]: where it looks, in floats from the padded planes' first.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>[tap]: its place among the weights.</summary>
    public int* Sources => _sources.Pointer;

    /// <summary>All 3×3 kernels whole, where so many weights are kept that picking them out costs more; otherwise null.</summary>
    public DensePositions? Dense { get; }
}

/// <summary>Every place of a layer's 3×3 kernels, kept or not, by groups of 16 output channels.</summary>
internal sealed unsafe class DensePositions
{
    /// <summary>The kernel works on tiles of up to this many pixels of a row.</summary>
    public const int TileColumns = 8;

    /// <summary>It works on two groups at a time, if there are as many.</summary>
    public const int GroupsAtOnce = 2;

    /// <summary>The gradient of a tile, one group's and both groups', in floats: half of a first-level cache.</summary>
    public const int TransposedGroupFloats = TileColumns * SparseKernels.Lanes * SparseKernels.Lanes, TransposedFloats = GroupsAtOnce * TransposedGroupFloats;

    private readonly PinnedArray<int> _sources;

    /// <summary>Finds the places of taps.</summary>
    /// <param name="taps">For each weight its output channel, its input channel and where it looks.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="window">How the taps of one weight kernel lie.</param>
    public DensePositions(IReadOnlyList<Tap> taps, int inputs, int outputs, KernelWindow window)
    {
        Inputs = inputs;
        Groups = (outputs + SparseKernels.Lanes - 1) / SparseKernels.Lanes;
        Window = window;
        _sources = new PinnedArray<int>(Groups * GroupSums);
        Array.Fill(_sources.Array, -1);
        foreach (var tap in taps)
        {
            int kernel = tap.Output / SparseKernels.Lanes * inputs + tap.Input;
            int position = kernel * KernelWindow.ThreeByThree + window.PositionOf(tap);
            _sources.Array[position * SparseKernels.Lanes + tap.Output % SparseKernels.Lanes] = tap.Source;
        }
    }

    /// <summary>The number of input channels.</summary>
    public int Inputs { get; }

    /// <summary>The number of groups of output channels; the last may have fewer than 16.</summary>
    public int Groups { get; }

    /// <summary>The number of a group's sums: one for each input channel, position and output channel.</summary>
    public int GroupSums => Inputs * KernelWindow.ThreeByThree * SparseKernels.Lanes;

    /// <summary>The scratch memory that the kernel takes, in sums of 16 floats.</summary>
    public int ScratchSums => (TransposedFloats + Math.Min(GroupsAtOnce, Groups) * GroupSums) / SparseKernels.Lanes;

    /// <summary>Where the kernels look.</summary>
    public KernelWindow Window { get; }

    /// <summary>[group][input channel][row][column][output channel of the group]: the place among the weights, or −1 for one that is not kept.</summary>
    public int* Sources => _sources.Pointer;
}
