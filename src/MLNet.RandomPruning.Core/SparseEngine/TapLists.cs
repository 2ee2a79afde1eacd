namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Kept weights as a kernel walks along them. Each is a tap: where it looks in the padded input, and its value. Taps stand by
/// group of input channels first, then by output channel, then by input channel: a group's part of a tile of pixels stays in
/// the first-level cache while the taps of all output channels pass by.
/// </summary>
internal sealed unsafe class TapLists
{
    // What a group may take of the first-level cache (32 or 48 KiB), next to outputs and the lists themselves.
    private const int GroupBytes = 28 << 10;

    private readonly PinnedArray<int> _starts, _offsets;
    private readonly PinnedArray<float> _values;

    /// <summary>Sorts taps into lists.</summary>
    /// <param name="taps">For each kept weight its output channel, its input channel and where it looks.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="reach">The taps of one tile of outputs look at this many pixels of an input channel.</param>
    public TapLists(IReadOnlyList<Tap> taps, int inputs, int outputs, int reach)
    {
        Outputs = outputs;
        int channelsAtOnce = Math.Max(1, GroupBytes / (reach * SparseKernels.Lanes * sizeof(float)));
        Groups = (inputs + channelsAtOnce - 1) / channelsAtOnce;
        int channelsPerGroup = (inputs + Groups - 1) / Groups;
        int ListOf(Tap tap) => tap.Input / channelsPerGroup * outputs + tap.Output;

        _starts = new PinnedArray<int>(Groups * outputs + 1);
        _offsets = new PinnedArray<int>(taps.Count);
        _values = new PinnedArray<float>(taps.Count);
        Sources = new int[taps.Count];
        foreach (var tap in taps)
        {
            _starts.Array[ListOf(tap) + 1]++;
        }

        for (int list = 0; list < Groups * outputs; list++)
        {
            _starts.Array[list + 1] += _starts.Array[list];
        }

        int[] next = _starts.Array.AsSpan(0, Groups * outputs).ToArray();
        foreach (var tap in taps)
        {
            int place = next[ListOf(tap)]++;
            _offsets.Array[place] = tap.Offset;
            Sources[place] = tap.Source;
        }
    }

    /// <summary>The number of groups of input channels.</summary>
    public int Groups { get; }

    /// <summary>The number of output channels.</summary>
    public int Outputs { get; }

    /// <summary>[group · outputs + output]: the first tap of a list; one more than there are lists.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>[tap]: where it looks, in floats from the padded planes' first.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>[tap]: its value.</summary>
    public float* Values => _values.Pointer;

    /// <summary>[tap]: its place among the layer's kept weights.</summary>
    public int[] Sources { get; }

    /// <summary>The number of taps of the output channel that has most.</summary>
    public int LargestCount => Enumerable.Range(0, Outputs).Max(output => Count(output, output));

    /// <summary>The number of taps of some neighbouring output channels, over all groups.</summary>
    public int Count(int firstOutput, int lastOutput)
    {
        int count = 0;
        for (int group = 0; group < Groups; group++)
        {
            count += Starts[group * Outputs + lastOutput + 1] - Starts[group * Outputs + firstOutput];
        }

        return count;
    }

    /// <summary>Brings the values up to date with the layer's kept weights.</summary>
    public void Update(ReadOnlySpan<float> weights)
    {
        var values = _values.Array;
        for (int tap = 0; tap < values.Length; tap++)
        {
            values[tap] = weights[Sources[tap]];
        }
    }
}

/// <summary>One kept weight: it takes the input at an offset to an output channel.</summary>
/// <param name="Input">The input channel.</param>
/// <param name="Output">The output channel.</param>
/// <param name="Offset">Where it looks, in floats from the padded planes' first.</param>
/// <param name="Source">Its place among the layer's kept weights.</param>
internal readonly record struct Tap(int Input, int Output, int Offset, int Source);
