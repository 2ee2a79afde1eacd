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
        int inputs = layer.WeightShape[1], positions = Positions(layer);
        ulong[] candidates = BitSets.Empty(set.Count);
        ulong[] keys = new ulong[layer.FanIn];
        var best = new (ulong Key, int Weight)[Math.Min(n, inputs)];
        for (int first = 0; first < set.Count; first += keys.Length)
        {
            // The weights of one output: a group has the inputs from a multiple of M on, at one position.
            UnitKeys.Fill(set.Name, first, seed, keys);
            for (int start = 0; start < inputs; start += m)
            {
                for (int position = 0; position < positions; position++)
                {
                    int filled = 0;
                    for (int input = start; input < Math.Min(start + m, inputs); input++)
                    {
                        int weight = input * positions + position;
                        if (among is null || BitSets.Contains(among, first + weight))
                        {
                            Insert(best, ref filled, (keys[weight], first + weight));
                        }
                    }

                    foreach (var (_, weight) in best.AsSpan(0, filled))
                    {
                        BitSets.Add(candidates, weight);
                    }
                }
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
