namespace MLNet.RandomPruning.Networks;

/// <summary>
/// What a network is: its layer graph with names and shapes, without any weights. Immutable, and the same for every engine.
/// </summary>
public sealed class Network
{
    private readonly Dictionary<string, Layer> _byName;

    internal Network(string name, ImageShape inputShape, int classCount, IReadOnlyList<Layer> layers)
    {
        Name = name;
        InputShape = inputShape;
        ClassCount = classCount;
        Layers = layers;
        WeightLayers = [.. layers.OfType<WeightLayer>()];
        _byName = layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
    }

    /// <summary>The network's name, for example <c>ResNet-20-16</c>.</summary>
    public string Name { get; }

    /// <summary>The shape of the images it reads.</summary>
    public ImageShape InputShape { get; }

    /// <summary>The number of classes it tells apart: the length of its logits.</summary>
    public int ClassCount { get; }

    /// <summary>All layers in the order of computation; the last one gives the logits.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The layers that pruning thins out, in the order of computation.</summary>
    public IReadOnlyList<WeightLayer> WeightLayers { get; }

    /// <summary>The number of prunable weights, N.</summary>
    public long WeightCount => WeightLayers.Sum(layer => (long)layer.WeightCount);

    /// <summary>The number of trainable parameters when nothing is pruned: weights, biases and batch-norm parameters.</summary>
    public long ParameterCount => Layers.Sum(layer => layer.ParameterCount);

    /// <summary>The multiply-adds of convolutions and linear layers for one image when nothing is pruned.</summary>
    public long MultiplyAdds => WeightLayers.Sum(layer => layer.WeightCount * layer.MultiplyAddsPerWeight);

    /// <summary>The layer with this name.</summary>
    /// <exception cref="ArgumentException">The network has no such layer.</exception>
    public Layer this[string name] => _byName.TryGetValue(name, out var layer)
        ? layer
        : throw new ArgumentException($"{Name} has no layer named '{name}'.", nameof(name));

    /// <summary>Whether another network has the same name and the same layers: kinds, names, connections and shapes.</summary>
    public bool HasSameLayersAs(Network other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other)
            || (Name == other.Name && InputShape == other.InputShape && Layers.Count == other.Layers.Count
                && Layers.Zip(other.Layers).All(pair => AreSame(pair.First, pair.Second)));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static bool AreSame(Layer left, Layer right) =>
        left.GetType() == right.GetType() && left.Name == right.Name && left.OutputShape == right.OutputShape && left.Inputs.SequenceEqual(right.Inputs)
        && (left is not WeightLayer weights || weights.WeightShape.SequenceEqual(((WeightLayer)right).WeightShape))
        && (left is not ConvolutionLayer { Stride: var stride, Padding: var padding } || right is ConvolutionLayer other && other.Stride == stride && other.Padding == padding);
}
