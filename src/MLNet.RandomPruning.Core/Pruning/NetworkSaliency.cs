using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Pruning;

/// <summary>The saliency of one network's weights, measured when a layer-wise ratio first asks for it and then kept.</summary>
/// <param name="source">Where it comes from.</param>
/// <param name="network">The network.</param>
/// <param name="seed">The seed of the measurement.</param>
/// <param name="cancellationToken">Ends a measurement that runs.</param>
public sealed class NetworkSaliency(SaliencySource source, Network network, long seed, CancellationToken cancellationToken = default)
{
    private readonly Dictionary<SaliencyKind, int[]> _rankings = [];

    /// <summary>
    /// How many weights each layer has among those that a measure keeps, in the order of <see cref="Network.WeightLayers"/>. Every
    /// layer's best weight is kept first, since nothing passes through an empty layer; then the best of all others. That is
    /// the global choice wherever the global choice leaves no layer empty.
    /// </summary>
    /// <param name="kind">The measure.</param>
    /// <param name="total">The number of weights to keep, at most the network's; the counts sum to it.</param>
    /// <exception cref="PruningBudgetException">There are more layers than weights to keep.</exception>
    public int[] KeptCounts(SaliencyKind kind, long total)
    {
        int[] kept = new int[network.WeightLayers.Count];
        long left = total - kept.Length;
        if (left < 0)
        {
            throw new PruningBudgetException($"it keeps {total} weights in all, but each of the {kept.Length} layers needs at least one.");
        }

        if (!_rankings.TryGetValue(kind, out int[]? ranking))
        {
            _rankings.Add(kind, ranking = Rank(source.Scores(network, kind, seed, cancellationToken), kind));
        }

        foreach (int layer in ranking)
        {
            // A layer's best weight comes first in the ranking and has its place already.
            if (kept[layer] == 0)
            {
                kept[layer] = 1;
            }
            else if (left > 0)
            {
                kept[layer]++;
                left--;
            }
        }

        return kept;
    }

    /// <summary>The layer of each weight, from the weight to keep first to the weight to remove first; of equal scores, the earlier weight comes first.</summary>
    private static int[] Rank(NetworkState scores, SaliencyKind kind)
    {
        var layers = scores.Network.WeightLayers;
        int count = checked((int)scores.Network.WeightCount);
        var keys = new ulong[count];
        var layerOf = new int[count];
        int next = 0;
        for (int layer = 0; layer < layers.Count; layer++)
        {
            foreach (float score in scores[$"{layers[layer].Name}.weight"])
            {
                layerOf[next] = layer;
                uint order = Ascending(kind == SaliencyKind.Snip ? -score : score);
                keys[next] = (ulong)order << 32 | (uint)next;
                next++;
            }
        }

        Array.Sort(keys);
        return [.. keys.Select(key => layerOf[(uint)key])];
    }

    /// <summary>Bits that are ordered as whole numbers as the finite values are; 0 and −0 are the same.</summary>
    private static uint Ascending(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value + 0f);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }
}
