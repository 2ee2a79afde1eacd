using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>Which weights of a layer are drawn, from which stream of random numbers each, and in what shape.</summary>
internal readonly ref struct WeightPositions
{
    private readonly long _hash, _seed;
    private readonly ReadOnlySpan<int> _full;

    /// <summary>The kept weights of a layer.</summary>
    /// <param name="mask">The network and its masks.</param>
    /// <param name="layer">The layer's place in <see cref="Network.WeightLayers"/>.</param>
    /// <param name="seed">The seed.</param>
    public WeightPositions(NetworkMask mask, int layer, long seed)
    {
        var narrowed = mask.Narrowed.Layers[layer];
        Layer = narrowed.Layer;
        Kept = narrowed.KeptIndices();
        _full = ReferenceEquals(narrowed, mask.Layers[layer]) ? Kept : mask.Layers[layer].KeptIndices();
        _hash = KeyedRandom.HashOf(Layer.Name);
        _seed = seed;
    }

    /// <summary>The layer as it is without the channels that the masks take out of the network.</summary>
    public WeightLayer Layer { get; }

    /// <summary>The positions in that layer's weight tensor, row-major, ascending.</summary>
    public ReadOnlySpan<int> Kept { get; }

    /// <summary>The number of weights to draw.</summary>
    public int Count => Kept.Length;

    /// <summary>The stream that belongs to the weight that is drawn at a place: that of its position in the full weight tensor.</summary>
    public KeyedRandom RandomOf(int index) => RandomAt(_full[index]);

    /// <summary>The stream that belongs to a position.</summary>
    public KeyedRandom RandomAt(int position) => new(_seed, RandomPurpose.Initialization, unchecked(_hash + position));
}
