using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>What a tensor of a network's state is.</summary>
public enum StateTensorKind
{
    /// <summary>The kept weights of a weight layer, in row-major order of the full tensor.</summary>
    Weight,

    /// <summary>A bias, one value an output.</summary>
    Bias,

    /// <summary>Batch-norm γ, one value a channel that is left.</summary>
    Scale,

    /// <summary>Batch-norm β, one value a channel that is left.</summary>
    Shift,

    /// <summary>Batch-norm running mean, one value a channel that is left; not trained.</summary>
    RunningMean,

    /// <summary>Batch-norm running variance (unbiased), one value a channel that is left; not trained.</summary>
    RunningVariance,
}

/// <summary>One named tensor of a network's state.</summary>
/// <param name="Name">The name as in the reference network, for example <c>blocks.0.bn1.running_mean</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Layer">The layer that it belongs to.</param>
/// <param name="Values">Its values; of a weight tensor the kept ones only.</param>
public sealed record StateTensor(string Name, StateTensorKind Kind, Layer Layer, float[] Values)
{
    /// <summary>Whether the optimiser changes it.</summary>
    public bool IsTrainable => Kind is not (StateTensorKind.RunningMean or StateTensorKind.RunningVariance);
}

/// <summary>
/// All numbers that a masked network holds, apart from any engine: kept weights, biases, batch-norm parameters and running
/// statistics. Gradients and momentum use the same form. A pruned weight has no place in it, and neither has a channel that
/// the masks take out of the network: batch-norm tensors hold the channels of <see cref="NetworkMask.Narrowed"/>, so that a state of
/// masks and one of their narrower form have the same tensors with the same lengths.
/// </summary>
public sealed class NetworkState
{
    private readonly Dictionary<string, StateTensor> _byName;

    /// <summary>A state of zeros for a masked network.</summary>
    /// <exception cref="InvalidOperationException">The masks take all channels of a layer out of the network; the message names it.</exception>
    public NetworkState(NetworkMask mask)
    {
        Mask = mask;
        var tensors = new List<StateTensor>();
        foreach (var (layer, narrowed) in mask.Network.Layers.Zip(mask.Narrowed.Network.Layers))
        {
            foreach (var (suffix, kind) in TensorsOf(layer))
            {
                int length = kind == StateTensorKind.Weight ? mask[layer.Name].KeptCount : narrowed.OutputShape.Channels;
                tensors.Add(new StateTensor($"{layer.Name}.{suffix}", kind, layer, new float[length]));
            }
        }

        Tensors = tensors;
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The network.</summary>
    public Network Network => Mask.Network;

    /// <summary>Which weights are kept.</summary>
    public NetworkMask Mask { get; }

    /// <summary>All tensors in the order of the layers.</summary>
    public IReadOnlyList<StateTensor> Tensors { get; }

    /// <summary>The values of the tensor with this name; writing to them changes the state.</summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public float[] this[string name] => _byName.TryGetValue(name, out var tensor)
        ? tensor.Values
        : throw new ArgumentException($"{Network.Name} has no tensor named '{name}'.", nameof(name));

    /// <summary>Copies all values into another state of the same network and masks.</summary>
    /// <exception cref="ArgumentException">The other state has another network or keeps other numbers of weights.</exception>
    public void CopyTo(NetworkState destination)
    {
        if (destination.Tensors.Count != Tensors.Count)
        {
            throw new ArgumentException($"A state of {Network.Name} does not fit one of {destination.Network.Name}.", nameof(destination));
        }

        foreach (var (from, to) in Tensors.Zip(destination.Tensors))
        {
            if (from.Name != to.Name || from.Values.Length != to.Values.Length)
            {
                throw new ArgumentException(
                    $"Tensor '{from.Name}' with {from.Values.Length} values does not fit '{to.Name}' with {to.Values.Length}.", nameof(destination));
            }

            from.Values.CopyTo(to.Values, 0);
        }
    }

    /// <summary>A copy with values of its own.</summary>
    public NetworkState Clone()
    {
        var copy = new NetworkState(Mask);
        CopyTo(copy);
        return copy;
    }

    /// <summary>The tensors that a layer has, by what stands behind the layer's name.</summary>
    internal static IEnumerable<(string Suffix, StateTensorKind Kind)> TensorsOf(Layer layer) => layer switch
    {
        WeightLayer { HasBias: true } => [("weight", StateTensorKind.Weight), ("bias", StateTensorKind.Bias)],
        WeightLayer => [("weight", StateTensorKind.Weight)],
        BatchNormLayer =>
        [
            ("weight", StateTensorKind.Scale), ("bias", StateTensorKind.Shift), ("running_mean", StateTensorKind.RunningMean), ("running_var", StateTensorKind.RunningVariance),
        ],
        _ => [],
    };
}
