using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>
/// The random 64-bit key of each unit: a pure function of the seed, the name of its set and its index, the numbers of
/// <see cref="KeyedRandom"/> in order. Units with the smallest keys are kept, so that what is kept of one seed is nested.
/// </summary>
internal static class UnitKeys
{
    // As many counts as the stack has room for; the larger the set, the more keys of a bucket are sorted.
    private const int BucketBits = 12;

    /// <summary>The keys of some neighbouring units in order.</summary>
    /// <param name="name">The name of the set.</param>
    /// <param name="first">The first unit.</param>
    /// <param name="seed">The seed of the keys.</param>
    /// <param name="keys">Takes a key for each unit.</param>
    public static void Fill(string name, int first, long seed, Span<ulong> keys)
    {
        ulong hash = (ulong)KeyedRandom.HashOf(name);
        for (int place = 0; place < keys.Length; place++)
        {
            if ((first + place) % 2 == 0 && place + 1 < keys.Length)
            {
                (keys[place], keys[place + 1]) = Pair(seed, hash, first + place);
                place++;
            }
            else
            {
                keys[place] = Key(seed, hash, first + place);
            }
        }
    }

    /// <summary>The units with the smallest keys; of equal keys, the lower index goes first.</summary>
    /// <param name="name">The name of the set.</param>
    /// <param name="count">The number of units.</param>
    /// <param name="kept">How many to keep, at most as many as there are among which to choose.</param>
    /// <param name="seed">The seed of the keys.</param>
    /// <param name="among">The units among which to choose; null for all.</param>
    /// <param name="room">Room for a number a unit, to be used again for the next set; null for none.</param>
    public static ulong[] Smallest(string name, int count, int kept, long seed, ulong[]? among = null, ushort[]? room = null)
    {
        if (kept == (among is null ? count : BitSets.Count(among)))
        {
            return among is null ? BitSets.Full(count) : [.. among];
        }

        // The upper bits of each key put it into a bucket. Counting finds the bucket in which the last kept key lies: all keys of
        // lower buckets are kept, and only those of this one are sorted.
        const int Shift = 64 - BucketBits;
        ulong hash = (ulong)KeyedRandom.HashOf(name);
        ushort[] buckets = room ?? new ushort[count];
        for (int index = 0; index < count; index += 2)
        {
            var (even, odd) = Pair(seed, hash, index);
            buckets[index] = (ushort)(even >> Shift);
            if (index + 1 < count)
            {
                buckets[index + 1] = (ushort)(odd >> Shift);
            }
        }

        Span<int> counts = stackalloc int[1 << BucketBits];
        for (int index = 0; index < count; index++)
        {
            counts[buckets[index]] += among is null || BitSets.Contains(among, index) ? 1 : 0;
        }

        int lastBucket = 0;
        int missing = kept;
        while (missing > counts[lastBucket])
        {
            missing -= counts[lastBucket++];
        }

        ulong[] bits = BitSets.Empty(count);
        var last = new List<(ulong Key, int Index)>(counts[lastBucket]);
        for (int index = 0; index < count; index++)
        {
            if (buckets[index] > lastBucket || (among is not null && !BitSets.Contains(among, index)))
            {
                continue;
            }

            if (buckets[index] < lastBucket)
            {
                BitSets.Add(bits, index);
            }
            else
            {
                last.Add((Key(seed, hash, index), index));
            }
        }

        last.Sort();
        foreach (var (_, index) in last.Take(missing))
        {
            BitSets.Add(bits, index);
        }

        return bits;
    }

    /// <summary>The units whose keys are below density·2⁶⁴.</summary>
    /// <param name="name">The name of the set.</param>
    /// <param name="count">The number of units.</param>
    /// <param name="density">The probability of each unit to be kept, from 0 to 1.</param>
    /// <param name="seed">The seed of the keys.</param>
    public static ulong[] Below(string name, int count, double density, long seed)
    {
        if (density >= 1)
        {
            return BitSets.Full(count);
        }

        const double TwoTo64 = 18446744073709551616.0;
        ulong threshold = (ulong)(density * TwoTo64);
        ulong hash = (ulong)KeyedRandom.HashOf(name);
        ulong[] bits = BitSets.Empty(count);
        for (int index = 0; index < count; index += 2)
        {
            var (even, odd) = Pair(seed, hash, index);
            if (even < threshold)
            {
                BitSets.Add(bits, index);
            }

            if (index + 1 < count && odd < threshold)
            {
                BitSets.Add(bits, index + 1);
            }
        }

        return bits;
    }

    private static ulong Key(long seed, ulong nameHash, int index)
    {
        var (even, odd) = Pair(seed, nameHash, index);
        return index % 2 == 0 ? even : odd;
    }

    // One block of the generator makes the keys of two neighbouring units.
    private static (ulong Even, ulong Odd) Pair(long seed, ulong nameHash, int index)
    {
        var block = Philox.Block((ulong)seed, (uint)index >> 1, (uint)nameHash, (uint)(nameHash >> 32), (uint)RandomPurpose.Mask);
        return (block.X0 | (ulong)block.X1 << 32, block.X2 | (ulong)block.X3 << 32);
    }
}
