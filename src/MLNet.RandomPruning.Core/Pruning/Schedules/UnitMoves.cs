using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning.Schedules;

/// <summary>
/// Moves kept units of one set: some are dropped, and as many others grow. Where units stand in groups of which only so many may be
/// kept, units grow only in groups with room.
/// </summary>
internal sealed class UnitMoves
{
    private readonly int _count, _maximumKept;
    private readonly int[]? _groupOf;
    private readonly int _groups;

    /// <summary>Units that may stand anywhere.</summary>
    public UnitMoves(int count) => _count = count;

    /// <summary>Units in groups.</summary>
    /// <param name="count">The number of units.</param>
    /// <param name="groups">The number of groups.</param>
    /// <param name="groupOf">The group of a unit.</param>
    /// <param name="maximumKept">How many units of a group may be kept.</param>
    public UnitMoves(int count, int groups, Func<int, int> groupOf, int maximumKept) : this(count)
    {
        _groups = groups;
        _groupOf = [.. Enumerable.Range(0, count).Select(groupOf)];
        _maximumKept = maximumKept;
    }

    // Of numbers that are not negative, the bits ascend as they do.
    public static uint[] SmallestFirst(double[] magnitudes) => Array.ConvertAll(magnitudes, value => BitConverter.SingleToUInt32Bits((float)value));

    public static uint[] LargestFirst(double[] magnitudes) => Array.ConvertAll(magnitudes, value => ~BitConverter.SingleToUInt32Bits((float)value));

    /// <summary>The kept units after a move; as many as before.</summary>
    /// <param name="kept">The kept units, a bit a unit.</param>
    /// <param name="drops">How many to drop, at most as many as are kept.</param>
    /// <param name="dropOrder">A number for each unit; the kept ones with the smallest go, of equal ones the first.</param>
    /// <param name="growthOrder">A number for each unit; those with the smallest grow, of equal ones the first.</param>
    /// <param name="mayGrowBack">Whether a unit that was just dropped may grow.</param>
    public ulong[] Move(ulong[] kept, int drops, uint[] dropOrder, uint[] growthOrder, bool mayGrowBack)
    {
        int[] dropped = [.. Ordered(kept, dropOrder).Take(drops)];
        ulong[] moved = [.. kept];
        foreach (int unit in dropped)
        {
            moved[unit >> 6] &= ~(1UL << (unit & 63));
        }

        int[] room = Room(moved);
        int missing = drops;
        Grow(Ordered(BitSets.Complement(mayGrowBack ? moved : kept, _count), growthOrder));

        // Where too few could grow, dropped units stay after all, the largest first: the number of kept units never changes.
        Array.Reverse(dropped);
        Grow(dropped);
        return moved;

        void Grow(IEnumerable<int> candidates)
        {
            foreach (int unit in candidates)
            {
                if (missing == 0)
                {
                    return;
                }

                if (!BitSets.Contains(moved, unit) && (_groupOf is null || room[_groupOf[unit]] > 0))
                {
                    BitSets.Add(moved, unit);
                    missing--;
                    if (_groupOf is not null)
                    {
                        room[_groupOf[unit]]--;
                    }
                }
            }
        }
    }

    private int[] Room(ulong[] kept)
    {
        int[] room = new int[_groups];
        Array.Fill(room, _maximumKept);
        for (int unit = 0; _groupOf is not null && unit < _count; unit++)
        {
            room[_groupOf[unit]] -= BitSets.Contains(kept, unit) ? 1 : 0;
        }

        return room;
    }

    // Order and index in one number: sorting needs no comparer, and of equal units the first comes first.
    private IEnumerable<int> Ordered(ulong[] units, uint[] order)
    {
        ulong[] keys = new ulong[BitSets.Count(units)];
        int next = 0;
        for (int unit = 0; unit < _count; unit++)
        {
            if (BitSets.Contains(units, unit))
            {
                keys[next++] = (ulong)order[unit] << 32 | (uint)unit;
            }
        }

        Array.Sort(keys);
        return keys.Select(key => (int)(uint)key);
    }
}
