using System.Globalization;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Granularities;

// N:M sparsity (Zhou et al., "Learning N:M fine-grained structured sparse neural networks from scratch", ICLR 2021): a weight is a
// unit, and of each M neighbouring inputs, at one output and one position of the kernel, at most N keep their weight. A rest of
// fewer than M inputs keeps at most N too. At density N/M everywhere that is exactly N of each M.
internal sealed class NOfMGranularity(int n, int m) : TiledGranularity(rows: 1, columns: 1, wholeKernel: false)
{
    public override string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{n}:{m}");

    /// <summary>How many weights of a group are kept at most, N.</summary>
    public int MaximumKept => n;

    internal override string UnitNoun => "weights";

    internal override bool DrawsUnitsOnTheirOwn => false;

    internal override (int Kept, int Of) MaximumDensity => (n, m);

    /// <summary>The number of groups of a layer.</summary>
    public int GroupCount(WeightLayer layer) => layer.Outputs * GroupsAcross(layer) * Positions(layer);

    /// <summary>The group of a weight by its row-major index, from 0 to below <see cref="GroupCount"/>.</summary>
    public int GroupOf(WeightLayer layer, int weight)
    {
        int positions = Positions(layer), inputs = layer.WeightShape[1];
        int plane = weight / positions;
        return (plane / inputs * GroupsAcross(layer) + plane % inputs / m) * positions + weight % positions;
    }

    // The weights with the N smallest keys of each group: whichever of them are kept by their keys, no group has too many.
    internal override ulong[]? Candidates(UnitSet set, long seed, ulong[]? among)
    {
        var layer = ((TileSet)set).Layer;
        ulong[] keys = UnitKeys.All(set.Name, set.Count, seed);
        var groups = new (ulong Key, int Weight)[GroupCount(layer)][];
        int[] filled = new int[groups.Length];
        for (int weight = 0; weight < set.Count; weight++)
        {
            if (among is null || BitSets.Contains(among, weight))
            {
                int group = GroupOf(layer, weight);
                var best = groups[group] ??= new (ulong, int)[n];
                Insert(best, ref filled[group], (keys[weight], weight));
            }
        }

        ulong[] candidates = BitSets.Empty(set.Count);
        for (int group = 0; group < groups.Length; group++)
        {
            for (int place = 0; place < filled[group]; place++)
            {
                BitSets.Add(candidates, groups[group][place].Weight);
            }
        }

        return candidates;
    }

    private protected override TileSet Limit(TileSet set)
    {
        int inputs = set.Layer.WeightShape[1];
        int perOutput = inputs / m * n + Math.Min(n, inputs % m);
        return set with { Capacity = set.Layer.Outputs * perOutput * Positions(set.Layer) };
    }

    private static int Positions(WeightLayer layer) => layer.FanIn / layer.WeightShape[1];

    private int GroupsAcross(WeightLayer layer) => (layer.WeightShape[1] + m - 1) / m;

    // Keeps the smallest in ascending order.
    private static void Insert((ulong Key, int Weight)[] best, ref int filled, (ulong Key, int Weight) item)
    {
        int place = filled;
        while (place > 0 && best[place - 1].CompareTo(item) > 0)
        {
            place--;
        }

        if (place == best.Length)
        {
            return;
        }

        filled = Math.Min(filled + 1, best.Length);
        Array.Copy(best, place, best, place + 1, filled - 1 - place);
        best[place] = item;
    }
}
