namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Kept weights as a kernel walks along them. Each is a tap: where it looks in the padded input, and its value. Taps stand by
/// group of input channels first, then by output channel: a group's part of a tile of pixels stays in
/// the first-level cache while the taps of all output channels pass by.
/// </summary>
internal sealed unsafe class TapLists
{
    // What a group may take of the first-level cache (32 or 48 KiB); measured.
    private const int GroupBytes = 30 << 10;

    // A list loads and stores its tile of outputs; with fewer taps than this, that costs more than what the cache saves.
    private const int TapsAtOnce = 16;

    private readonly PinnedArray<int> _channels, _starts, _pairStarts, _singleStarts, _offsets;
    private readonly PinnedArray<float> _values;

    /// <summary>Sorts taps into lists.</summary>
    /// <param name="taps">For each kept weight its output channel, its input channel and where it looks.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="reach">The taps of one tile of outputs look at this many pixels of an input channel.</param>
    public TapLists(IReadOnlyList<Tap> taps, int inputs, int outputs, int reach)
    {
        Outputs = outputs;
        int channelsPerGroup = ChannelsPerGroup(taps.Count, inputs, outputs, reach);
        Groups = ChannelGroups.Count(inputs, channelsPerGroup);
        int ListOf(Tap tap) => tap.Input / channelsPerGroup * outputs + tap.Output;
        var lists = Enumerable.Range(0, Groups * outputs).Select(_ => new List<Tap>()).ToArray();
        foreach (var tap in taps)
        {
            lists[ListOf(tap)].Add(tap);
        }

        Dense = DenseTaps.Of(lists, outputs);

        // Within a group by length, so that the processor foresees where a list ends.
        int[] order = [.. Enumerable.Range(0, lists.Length).OrderBy(list => list / outputs).ThenBy(list => lists[list].Count)];
        _channels = new PinnedArray<int>(lists.Length);
        _starts = new PinnedArray<int>(lists.Length + 1);
        _pairStarts = new PinnedArray<int>(lists.Length);
        _singleStarts = new PinnedArray<int>(lists.Length);
        _offsets = new PinnedArray<int>(taps.Count);
        _values = new PinnedArray<float>(taps.Count);
        Sources = new int[taps.Count];
        int next = 0;
        for (int place = 0; place < lists.Length; place++)
        {
            _channels.Array[place] = order[place] % outputs;
            var runs = TapRuns.Of(lists[order[place]]);
            _pairStarts.Array[place] = next + TapRuns.Triple * runs.Triples;
            _singleStarts.Array[place] = _pairStarts.Array[place] + TapRuns.Pair * runs.Pairs;
            foreach (var tap in runs.Taps)
            {
                _offsets.Array[next] = tap.Offset;
                Sources[next++] = tap.Source;
            }

            _starts.Array[place + 1] = next;
        }
    }

    /// <summary>The number of neighbouring input channels in a group.</summary>
    /// <param name="taps">The number of taps.</param>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="reach">The taps of one tile of outputs look at this many pixels of an input channel.</param>
    public static int ChannelsPerGroup(int taps, int inputs, int outputs, int reach) =>
        ChannelGroups.ChannelsInEach(GroupBytes, TapsAtOnce, taps, inputs, outputs, reach);

    /// <summary>The number of groups of input channels.</summary>
    public int Groups { get; }

    /// <summary>The number of output channels.</summary>
    public int Outputs { get; }

    /// <summary>[list]: its output channel. The lists of a group, one an output channel, stand together, shortest first.</summary>
    public int* Channels => _channels.Pointer;

    /// <summary>[list]: its first tap; one more than there are lists.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>
    /// [list]: its first tap that stands in a pair, and its first that stands alone. Before them are the taps that look at three
    /// pixels side by side: they share what they load.
    /// </summary>
    public int* PairStarts => _pairStarts.Pointer;

    /// <inheritdoc cref="PairStarts"/>
    public int* SingleStarts => _singleStarts.Pointer;

    /// <summary>[tap]: where it looks, in floats from the padded planes' first.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>[tap]: its value.</summary>
    public float* Values => _values.Pointer;

    /// <summary>[tap]: its place among the layer's kept weights.</summary>
    public int[] Sources { get; }

    /// <summary>The same taps, 4 output channels at a time, where nearly all weights are kept; otherwise null.</summary>
    public DenseTaps? Dense { get; }

    /// <summary>Brings the values up to date with the layer's kept weights.</summary>
    public void Update(ReadOnlySpan<float> weights)
    {
        var values = _values.Array;
        for (int tap = 0; tap < values.Length; tap++)
        {
            values[tap] = weights[Sources[tap]];
        }

        Dense?.Update(weights);
    }
}

/// <summary>One kept weight: it takes the input at an offset to an output channel.</summary>
/// <param name="Input">The input channel.</param>
/// <param name="Output">The output channel.</param>
/// <param name="Offset">Where it looks, in floats from the padded planes' first.</param>
/// <param name="Source">Its place among the layer's kept weights.</param>
internal readonly record struct Tap(int Input, int Output, int Offset, int Source);
