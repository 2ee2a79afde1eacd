using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Fuzz;

/// <summary>The random numbers of one case: a pure function of the run's seed and the case's number.</summary>
internal sealed class FuzzRandom(long seed, long index)
{
    private KeyedRandom _random = new(seed, RandomPurpose.Corruption, index);

    /// <summary>A whole number from 0 to below a bound, or 0 where there is none.</summary>
    public int Next(int bound) => bound <= 1 ? 0 : _random.NextInt(bound);

    /// <summary>A whole number from [least, most].</summary>
    public int Between(int least, int most) => least + Next(most - least + 1);

    /// <summary>A length from 1 to a bound, short ones more often: every power of two is as likely as any other.</summary>
    public int Length(int bound) => Math.Min(Math.Max(bound, 1), Between(1, 1 << Next(1 + int.Log2(Math.Max(bound, 1)))));

    /// <summary>Any byte.</summary>
    public byte Byte() => (byte)_random.NextUInt32();

    /// <summary>Any 64 bits.</summary>
    public ulong Bits() => _random.NextUInt64();

    /// <summary>Whether something of a probability happens.</summary>
    public bool Chance(double probability) => _random.NextDouble() < probability;

    /// <summary>One of several, each as likely.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];
}
