namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The taps of one list, those that look at neighbouring pixels of a row together.</summary>
/// <param name="Taps">First the runs of three, then the runs of two, then the taps that stand alone; each by where they look.</param>
/// <param name="Triples">The number of runs of three.</param>
/// <param name="Pairs">The number of runs of two.</param>
internal readonly record struct TapRuns(Tap[] Taps, int Triples, int Pairs)
{
    /// <summary>The number of taps in a run of three.</summary>
    public const int Triple = 3;

    /// <summary>The number of taps in a run of two.</summary>
    public const int Pair = 2;

    /// <summary>Finds runs.</summary>
    public static TapRuns Of(List<Tap> list)
    {
        Tap[] taps = [.. list];
        Array.Sort(taps, (left, right) => left.Offset.CompareTo(right.Offset));
        var counts = new int[Triple + 1];
        for (int first = 0; first < taps.Length; first += Length(taps, first))
        {
            counts[Length(taps, first)]++;
        }

        Span<int> next = [0, (Triple * counts[Triple]) + (Pair * counts[Pair]), Triple * counts[Triple], 0];
        var ordered = new Tap[taps.Length];
        for (int first = 0; first < taps.Length;)
        {
            int length = Length(taps, first);
            taps.AsSpan(first, length).CopyTo(ordered.AsSpan(next[length]));
            next[length] += length;
            first += length;
        }

        return new TapRuns(ordered, counts[Triple], counts[Pair]);
    }

    private static int Length(Tap[] taps, int first)
    {
        int length = 1;
        while (length < Triple && first + length < taps.Length && taps[first + length].Offset == taps[first].Offset + length * SparseKernels.Lanes)
        {
            length++;
        }

        return length;
    }
}
