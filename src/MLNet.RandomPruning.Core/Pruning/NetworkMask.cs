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
}
