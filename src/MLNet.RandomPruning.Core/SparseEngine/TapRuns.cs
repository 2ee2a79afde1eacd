namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The taps of one list, those that look at neighbouring pixels of a row together.</summary>
/// <param name="Taps">First the runs of three, then the runs of two, then the taps that stand alone; each by where they look.</param>
/// <param name="Triples">The number of runs of three.</param>
/// <param name="Pairs">The number of runs of two.</param>
internal readonly record struct TapRuns(IReadOnlyList<Tap> Taps, int Triples, int Pairs)
{
    /// <summary>The number of taps in a run of three.</summary>
    public const int Triple = 3;

    /// <summary>The number of taps in a run of two.</summary>
    public const int Pair = 2;

    /// <summary>Finds runs.</summary>
    public static TapRuns Of(IEnumerable<Tap> list)
    {
        Tap[] taps = [.. list.OrderBy(tap => tap.Offset)];
        var runs = new[] { new List<Tap>(), new List<Tap>(), new List<Tap>() };
        for (int first = 0; first < taps.Length;)
        {
            int length = 1;
            while (length < Triple && first + length < taps.Length && taps[first + length].Offset == taps[first].Offset + length * SparseKernels.Lanes)
            {
                length++;
            }

            runs[Triple - length].AddRange(taps.AsSpan(first, length));
            first += length;
        }

        return new TapRuns([.. runs.SelectMany(run => run)], runs[0].Count / Triple, runs[1].Count / Pair);
    }
}
