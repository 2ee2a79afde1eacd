using System.Numerics;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning;

/// <summary>The masks of all weight layers of a network. Immutable.</summary>
public sealed partial class NetworkMask
{
    private readonly Dictionary<string, WeightMask> _byName;

    /// <summary>Puts together one mask for each weight layer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">One mask a weight layer, in the order of <see cref="Network.WeightLayers"/>.</param>
    /// <param name="origin">How the masks were made, when they are a pure function of it; otherwise null.</param>
    /// <exception cref="ArgumentException">A mask is missing or belongs to a layer of another name or shape.</exception>
    public NetworkMask(Network network, IReadOnlyList<WeightMask> layers, MaskOrigin? origin = null)
    {
        Network = network;
        Layers = layers;
        Origin = origin;
        if (layers.Count != network.WeightLayers.Count)
        {
            throw new ArgumentException($"{network.Name} has {network.WeightLayers.Count} weight layers, but {layers.Count} masks were given.", nameof(layers));
        }

        foreach (var (mask, layer) in layers.Zip(network.WeightLayers))
        {
            if (mask.Layer.Name != layer.Name || !mask.Layer.WeightShape.SequenceEqual(layer.WeightShape))
            {
                throw new ArgumentException(
                    $"The mask of layer '{mask.Layer.Name}' [{string.Join(", ", mask.Layer.WeightShape)}] stands where {network.Name} has layer '{layer.Name}' [{string.Join(", ", layer.WeightShape)}].", nameof(layers));
            }
        }

        _byName = layers.ToDictionary(mask => mask.Layer.Name, StringComparer.Ordinal);
    }

    /// <summary>The network that the masks belong to.</summary>
    public Network Network { get; }

    /// <summary>One mask a weight layer, in the order of <see cref="Network.WeightLayers"/>.</summary>
    public IReadOnlyList<WeightMask> Layers { get; }

    /// <summary>How the masks were made, when they are a pure function of it; otherwise null.</summary>
    public MaskOrigin? Origin { get; }

    /// <summary>What is kept or pruned as a whole, by the masks' origin; unstructured where they have none.</summary>
    /// <exception cref="ArgumentException">The origin names a granularity that is not known.</exception>
    public MaskGranularity Granularity => Origin is null ? MaskGranularity.Unstructured : MaskGranularity.Parse(Origin.Granularity);

    /// <summary>
    /// Whether channels that the masks cut off entirely are taken out of the network, as pruning of filters and channels does: a
    /// channel that no kept weight makes and that no kept weight reads has no batch-norm parameters and no place in
    /// memory, and the network that is trained and scored is really narrower. Where this is false a channel stays, whatever its weights.
    /// </summary>
    public bool RemovesChannels { get; init; }

    /// <summary>The number of kept weights of the whole network.</summary>
    public long KeptCount => Layers.Sum(mask => (long)mask.KeptCount);

    /// <summary>Kept weights ÷ all weights, from 0 to 1.</summary>
    public double Density => (double)KeptCount / Network.WeightCount;

    /// <summary>The multiply-adds of convolutions and linear layers for one image, kept weights only.</summary>
    public long MultiplyAdds => Layers.Sum(mask => mask.KeptCount * mask.Layer.MultiplyAddsPerWeight);

    /// <summary>The mask of the layer with this name.</summary>
    /// <exception cref="ArgumentException">The network has no such weight layer.</exception>
    public WeightMask this[string layerName] => _byName.TryGetValue(layerName, out var mask)
        ? mask
        : throw new ArgumentException($"{Network.Name} has no weight layer named '{layerName}'.", nameof(layerName));

    /// <summary>A mask that keeps every weight of the network.</summary>
    public static NetworkMask Dense(Network network) => new(network, [.. network.WeightLayers.Select(WeightMask.Dense)]);

    /// <summary>The share of these masks' kept weights that other masks keep too, from 0 to 1; 1 when these keep none.</summary>
    /// <exception cref="ArgumentException">The other masks belong to a network with other layers.</exception>
    public double OverlapWith(NetworkMask other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Layers.Count != Layers.Count)
        {
            throw new ArgumentException($"{Network} has {Layers.Count} weight layers, but the other masks, of {other.Network}, are of {other.Layers.Count}.", nameof(other));
        }

        long common = 0;
        foreach (var (mine, theirs) in Layers.Zip(other.Layers))
        {
            if (mine.Layer.Name != theirs.Layer.Name || !mine.Layer.WeightShape.SequenceEqual(theirs.Layer.WeightShape))
            {
                throw new ArgumentException(
                    $"The masks are of different networks: layer '{mine.Layer.Name}' [{string.Join(", ", mine.Layer.WeightShape)}] of {Network} stands against '{theirs.Layer.Name}' [{string.Join(", ", theirs.Layer.WeightShape)}] of {other.Network}.", nameof(other));
            }

            for (int word = 0; word < mine.Bits.Length; word++)
            {
                common += BitOperations.PopCount(mine.Bits[word] & theirs.Bits[word]);
            }
        }

        long kept = KeptCount;
        return kept == 0 ? 1 : (double)common / kept;
    }
}
