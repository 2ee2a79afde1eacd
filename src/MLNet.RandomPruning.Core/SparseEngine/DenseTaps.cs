namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Taps of 4 neighbouring output channels side by side, for lists in which nearly every weight is kept: wherever one of the 4
/// has a tap the others have one too, with the value zero if theirs is pruned. A pixel of the input is then loaded once for 4
/// channels.
/// </summary>
internal sealed unsafe class DenseTaps
{
    /// <summary>The number of output channels in a quad.</summary>
    public const int Channels = 4;

    // The share of kept weights from which on it is faster; measured.
    private const double WorthFrom = 0.85;

    private const int Pruned = -1;

    private readonly PinnedArray<int> _starts, _offsets;
    private readonly PinnedArray<float> _values;
    private readonly int[] _sources;

    private DenseTaps(int quads, List<int> starts, List<int> offsets, List<int> sources)
    {
        Quads = quads;
        _starts = Pinned(starts);
        _offsets = Pinned(offsets);
        _sources = [.. sources];
        _values = new PinnedArray<float>(_sources.Length);
    }

    /// <summary>The number of quads in a group; up to 3 output channels are in none.</summary>
    public int Quads { get; }

    /// <summary>[group · quads + quad]: the first tap; one more than there are such lists.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>[tap]: where it looks, in floats from the padded planes' first; ascending in a list.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>[tap][channel of the quad]: its values.</summary>
    public float* Values => _values.Pointer;

    /// <summary>Quads of these lists if nearly every weight is kept; otherwise null.</summary>
    /// <param name="lists">[group · outputs + output]: the taps.</param>
    /// <param name="outputs">The number of output channels.</param>
    public static DenseTaps? Of(IReadOnlyList<List<Tap>> lists, int outputs)
    {
        int quads = outputs / Channels;
        var (starts, offsets, sources) = (new List<int> { 0 }, new List<int>(), new List<int>());
        int kept = 0;
        for (int group = 0; group < lists.Count; group += outputs)
        {
            for (int quad = 0; quad < quads; quad++)
            {
                var places = new SortedDictionary<int, int[]>();
                for (int channel = 0; channel < Channels; channel++)
                {
                    foreach (var tap in lists[group + quad * Channels + channel])
                    {
                        if (!places.TryGetValue(tap.Offset, out int[]? place))
                        {
                            places.Add(tap.Offset, place = [Pruned, Pruned, Pruned, Pruned]);
                        }

                        place[channel] = tap.Source;
                        kept++;
                    }
                }

                offsets.AddRange(places.Keys);
                sources.AddRange(places.Values.SelectMany(place => place));
                starts.Add(offsets.Count);
            }
        }

        return Pays(kept, sources.Count) ? new DenseTaps(quads, starts, offsets, sources) : null;
    }

    /// <summary>Whether quads pay: when nearly every value in them is a kept weight.</summary>
    /// <param name="kept">The number of kept weights.</param>
    /// <param name="values">The number of values: 4 for each place at which one of a quad's channels has a tap.</param>
    public static bool Pays(int kept, int values) => kept > 0 && kept >= WorthFrom * values;

    /// <summary>Brings the values up to date with the layer's kept weights.</summary>
    public void Update(ReadOnlySpan<float> weights)
    {
        var values = _values.Array;
        for (int place = 0; place < values.Length; place++)
        {
            values[place] = _sources[place] == Pruned ? 0 : weights[_sources[place]];
        }
    }

    private static PinnedArray<int> Pinned(List<int> values)
    {
        var pinned = new PinnedArray<int>(values.Count);
        values.CopyTo(pinned.Array);
        return pinned;
    }
}
