using System.Numerics;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning.Granularities;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// Which weights of one layer are kept, one bit a weight in row-major order of the weight tensor. Immutable.
/// </summary>
public sealed class WeightMask
{
    private readonly ulong[] _bits;

    private WeightMask(WeightLayer layer, ulong[] bits)
    {
        Layer = layer;
        _bits = bits;
        KeptCount = bits.Sum(BitOperations.PopCount);
    }

    /// <summary>The layer that the mask belongs to.</summary>
    public WeightLayer Layer { get; }

    /// <summary>The number of weights of the layer when nothing is pruned.</summary>
    public int Length => Layer.WeightCount;

    /// <summary>The number of kept weights.</summary>
    public int KeptCount { get; }

    /// <summary>Kept weights ÷ all weights, from 0 to 1.</summary>
    public double Density => (double)KeptCount / Length;

    /// <summary>The bits, 64 a word, lowest bit first; bits beyond <see cref="Length"/> are zero.</summary>
    public ReadOnlySpan<ulong> Bits => _bits;

    /// <summary>Whether the weight at this row-major index is kept.</summary>
    public bool this[int index] => (_bits[index >> 6] >> (index & 63) & 1) != 0;

    /// <summary>A mask that keeps every weight.</summary>
    public static WeightMask Dense(WeightLayer layer) => new(layer, BitSets.Full(layer.WeightCount));

    /// <summary>A mask that keeps the weights at the given row-major indices, each named once, in any order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside the layer's weights.</exception>
    public static WeightMask FromIndices(WeightLayer layer, ReadOnlySpan<int> kept)
    {
        var bits = new ulong[WordCount(layer)];
        foreach (int index in kept)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(kept));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, layer.WeightCount, nameof(kept));
            bits[index >> 6] |= 1UL << (index & 63);
        }

        return new WeightMask(layer, bits);
    }

    /// <summary>A mask from its bits, 64 a word, lowest bit first.</summary>
    /// <exception cref="ArgumentException">The number of words is wrong, or a bit beyond the layer's last weight is set.</exception>
    public static WeightMask FromBits(WeightLayer layer, ReadOnlySpan<ulong> bits) => Owning(layer, bits.ToArray());

    /// <summary>As <see cref="FromBits"/>, but the mask takes the array itself, which nobody changes any more.</summary>
    internal static WeightMask Owning(WeightLayer layer, ulong[] bits)
    {
        if (bits.Length != WordCount(layer) || ((layer.WeightCount & 63) != 0 && bits[^1] >> (layer.WeightCount & 63) != 0))
        {
            throw new ArgumentException(
                $"Layer '{layer.Name}' has {layer.WeightCount} weights, so its mask takes {WordCount(layer)} words of 64 bits with nothing set beyond the last weight.", nameof(bits));
        }

        return new WeightMask(layer, bits);
    }

    /// <summary>The row-major indices of the kept weights, ascending.</summary>
    public int[] KeptIndices()
    {
        var kept = new int[KeptCount];
        int next = 0;
        for (int word = 0; word < _bits.Length; word++)
        {
            for (ulong rest = _bits[word]; rest != 0; rest &= rest - 1)
            {
                kept[next++] = (word << 6) + BitOperations.TrailingZeroCount(rest);
            }
        }

        return kept;
    }

    /// <summary>Whether both masks keep the same weights of layers with the same name and shape.</summary>
    public bool SameAs(WeightMask other) =>
        Layer.Name == other.Layer.Name && Layer.WeightShape.SequenceEqual(other.Layer.WeightShape) && Bits.SequenceEqual(other.Bits);

    /// <summary>The weights of the layer that both masks keep.</summary>
    internal WeightMask And(WeightMask other) => new(Layer, BitSets.And(_bits, other._bits));

    /// <summary>A 64-bit checksum of the bits (FNV-1a over their little-endian bytes).</summary>
    public ulong Checksum()
    {
        ulong hash = 14695981039346656037;
        foreach (ulong word in _bits)
        {
            for (int shift = 0; shift < 64; shift += 8)
            {
                hash = (hash ^ (byte)(word >> shift)) * 1099511628211;
            }
        }

        return hash;
    }

    private static int WordCount(WeightLayer layer) => (layer.WeightCount + 63) >> 6;
}
