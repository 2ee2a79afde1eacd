using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// Draws the positions of kept weights. Each weight has a 64-bit random key that is a pure function of the seed, the layer's
/// name and the weight's row-major index: the numbers of <see cref="KeyedRandom"/> in order. A layer keeps the weights with
/// the smallest keys, so that masks of one seed are nested: a sparser one keeps a part of what a denser one keeps.
/// </summary>
public static class MaskGenerator
{
    private const int BucketBits = 16;

    /// <summary>Makes the masks of all layers of a network. Nothing but the arguments has an influence on them.</summary>
    /// <param name="network">The network.</param>
    /// <param name="ratio">How the density is spread over the layers.</param>
    /// <param name="sparsity">The fraction of weights to prune, from 0 to below 1; not looked at when the ratio determines the sparsity.</param>
    /// <param name="seed">The seed of the positions.</param>
    /// <param name="sampling">Whether each layer keeps exactly its share, or each weight is drawn on its own.</param>
    /// <returns>The masks; <see cref="NetworkMask.Origin"/> holds what makes them again.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is out of range.</exception>
    /// <exception cref="PruningBudgetException">The ratio cannot reach this sparsity on this network, or a layer would keep no weight.</exception>
    public static NetworkMask Generate(
        Network network, LayerwiseRatio ratio, double sparsity, long seed, MaskSampling sampling = MaskSampling.Exact)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(ratio);
        if (!Enum.IsDefined(sampling))
        {
            throw new ArgumentOutOfRangeException(nameof(sampling), $"There is no mask sampling {sampling}; it is one of {string.Join(", ", Enum.GetNames<MaskSampling>())}.");
        }

        if (ratio.DeterminesSparsity)
        {
            sparsity = 0;
        }

        var budget = LayerBudget.Solve(network, ratio, sparsity);
        var masks = new WeightMask[network.WeightLayers.Count];
        for (int index = 0; index < masks.Length; index++)
        {
            var layer = network.WeightLayers[index];
            masks[index] = sampling == MaskSampling.Exact
                ? GenerateExact(layer, budget.KeptCounts[index], seed)
                : GenerateBernoulli(layer, budget.Densities[index], seed);
        }

        if (ratio.DeterminesSparsity)
        {
            sparsity = 1 - budget.KeptCounts.Sum(kept => (double)kept) / network.WeightCount;
        }

        return new NetworkMask(network, masks, new MaskOrigin(ratio.Name, sparsity, seed, sampling));
    }

    /// <summary>Makes the masks of a network again from what they were made of.</summary>
    /// <exception cref="ArgumentException">The origin's ratio is not known, or it cannot reach the sparsity on this network.</exception>
    public static NetworkMask Regenerate(Network network, MaskOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        return Generate(network, LayerwiseRatio.Parse(origin.LayerwiseRatio), origin.Sparsity, origin.Seed, origin.Sampling);
    }

    /// <summary>The mask of one layer that keeps the weights with the smallest keys; of equal keys, the lower index goes first.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="keptCount">How many weights it keeps, from 0 to all.</param>
    /// <param name="seed">The seed of the keys.</param>
    public static WeightMask GenerateExact(WeightLayer layer, int keptCount, long seed)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentOutOfRangeException.ThrowIfNegative(keptCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keptCount, layer.WeightCount);
        if (keptCount == layer.WeightCount)
        {
            return WeightMask.Dense(layer);
        }

        // The upper bits of each key put it into a bucket. Counting finds the bucket in which the last kept key lies: all keys of
        // lower buckets are kept, and only those of this one are sorted.
        ulong hash = (ulong)KeyedRandom.HashOf(layer.Name);
        ushort[] buckets = new ushort[layer.WeightCount];
        int[] counts = new int[1 << BucketBits];
        for (int index = 0; index < buckets.Length; index += 2)
        {
            var (even, odd) = Keys(seed, hash, index);
            counts[buckets[index] = (ushort)(even >> (64 - BucketBits))]++;
            if (index + 1 < buckets.Length)
            {
                counts[buckets[index + 1] = (ushort)(odd >> (64 - BucketBits))]++;
            }
        }

        int lastBucket = 0;
        int missing = keptCount;
        while (missing > counts[lastBucket])
        {
            missing -= counts[lastBucket++];
        }

        ulong[] bits = new ulong[(layer.WeightCount + 63) / 64];
        var candidates = new List<(ulong Key, int Index)>(counts[lastBucket]);
        for (int index = 0; index < buckets.Length; index++)
        {
            if (buckets[index] < lastBucket)
            {
                bits[index >> 6] |= 1UL << (index & 63);
            }
            else if (buckets[index] == lastBucket)
            {
                candidates.Add((Key(seed, hash, index), index));
            }
        }

        candidates.Sort();
        foreach (var (_, index) in candidates.Take(missing))
        {
            bits[index >> 6] |= 1UL << (index & 63);
        }

        return WeightMask.FromBits(layer, bits);
    }

    /// <summary>
    /// The mask of one layer that keeps each weight whose key is below density·2⁶⁴. A layer that would by chance keep no
    /// weight keeps the one with the smallest key, since nothing passes through an empty layer.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="density">The probability of each weight to be kept, from 0 to 1.</param>
    /// <param name="seed">The seed of the keys.</param>
    public static WeightMask GenerateBernoulli(WeightLayer layer, double density, long seed)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (!(density is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(density), $"The density of layer '{layer.Name}' is {density}; it must be from 0 to 1.");
        }

        if (density == 1)
        {
            return WeightMask.Dense(layer);
        }

        const double TwoTo64 = 18446744073709551616.0;
        ulong threshold = (ulong)(density * TwoTo64);
        ulong hash = (ulong)KeyedRandom.HashOf(layer.Name);
        ulong[] bits = new ulong[(layer.WeightCount + 63) / 64];
        bool isEmpty = true;
        for (int index = 0; index < layer.WeightCount; index++)
        {
            if (Key(seed, hash, index) < threshold)
            {
                bits[index >> 6] |= 1UL << (index & 63);
                isEmpty = false;
            }
        }

        return isEmpty ? GenerateExact(layer, 1, seed) : WeightMask.FromBits(layer, bits);
    }

    private static ulong Key(long seed, ulong nameHash, int index)
    {
        var (even, odd) = Keys(seed, nameHash, index);
        return index % 2 == 0 ? even : odd;
    }

    // One block of the generator makes the keys of two neighbouring weights.
    private static (ulong Even, ulong Odd) Keys(long seed, ulong nameHash, int index)
    {
        var block = Philox.Block((ulong)seed, (uint)index >> 1, (uint)nameHash, (uint)(nameHash >> 32), (uint)RandomPurpose.Mask);
        return (block.X0 | (ulong)block.X1 << 32, block.X2 | (ulong)block.X3 << 32);
    }
}
