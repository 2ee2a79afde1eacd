namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Weights as the kernel of the weight gradients walks along them: by output channel, then by input channel. The kernel reads
/// the gradient of a tile of pixels once for up to 8 taps of one output channel.
/// </summary>
internal sealed unsafe class GradientLists
{
    // From this density on, all 9 positions of a 3×3 kernel take less time than those that are kept; measured.
    private const double DenseFrom = 0.75;

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
        ? dense.Inputs * KernelWindow.ThreeByThree
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

/// <summary>Every place of a layer's 3×3 kernels, kept or not.</summary>
internal sealed unsafe class DensePositions
{
    private readonly PinnedArray<int> _sources;

    /// <summary>Finds the places of taps.</summary>
    /// <param name="taps">For each weight its output channel, its input channel and where it looks.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="window">How the taps of one weight kernel lie.</param>
    public DensePositions(IReadOnlyList<Tap> taps, int inputs, int outputs, KernelWindow window)
    {
        Inputs = inputs;
        Window = window;
        _sources = new PinnedArray<int>(outputs * inputs * KernelWindow.ThreeByThree);
        Array.Fill(_sources.Array, -1);
        foreach (var tap in taps)
        {
            _sources.Array[(tap.Output * inputs + tap.Input) * KernelWindow.ThreeByThree + window.PositionOf(tap)] = tap.Source;
        }
    }

    /// <summary>The number of input channels.</summary>
    public int Inputs { get; }

    /// <summary>Where the kernels look.</summary>
    public KernelWindow Window { get; }

    /// <summary>[output channel][input channel][row][column]: the place among the weights, or −1 for one that is not kept.</summary>
    public int* Sources => _sources.Pointer;
}
