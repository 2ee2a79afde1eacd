using System.Numerics;

namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>Sets of whole numbers from 0 to below a count as bits, 64 a word, lowest bit first; bits beyond the count are zero.</summary>
internal static class BitSets
{
    public static ulong[] Empty(int count) => new ulong[(count + 63) >> 6];

    public static ulong[] Full(int count)
    {
        ulong[] bits = Empty(count);
        Array.Fill(bits, ulong.MaxValue);
        if ((count & 63) != 0)
        {
            bits[^1] = (1UL << (count & 63)) - 1;
        }

        return bits;
    }

    public static bool Contains(ReadOnlySpan<ulong> bits, int index) => (bits[index >> 6] >> (index & 63) & 1) != 0;

    public static void Add(Span<ulong> bits, int index) => bits[index >> 6] |= 1UL << (index & 63);

    public static int Count(ReadOnlySpan<ulong> bits)
    {
        int count = 0;
        foreach (ulong word in bits)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    public static ulong[] And(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right) => Combine(left, right, (a, b) => a & b);

    public static ulong[] Or(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right) => Combine(left, right, (a, b) => a | b);

    public static ulong[] Complement(ReadOnlySpan<ulong> bits, int count) => Combine(Full(count), bits, (a, b) => a & ~b);

    private static ulong[] Combine(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Func<ulong, ulong, ulong> combine)
    {
        ulong[] result = new ulong[left.Length];
        for (int word = 0; word < result.Length; word++)
        {
            result[word] = combine(left[word], right[word]);
        }

        return result;
    }
}
