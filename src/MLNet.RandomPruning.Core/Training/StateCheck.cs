using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>What every engine asks of a state, with one wording.</summary>
public static class StateCheck
{
    /// <summary>Throws unless a state can be loaded: a state of the engine's network, with any masks, and momentum of the same masks.</summary>
    /// <exception cref="ArgumentException">It is of another network, or weights and momentum have different masks.</exception>
    public static void ThrowIfNotLoadable(NetworkState state, NetworkState? momentum, Network network)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(network);
        if (!state.Network.HasSameLayersAs(network))
        {
            throw new ArgumentException(
                $"The engine was made for {network.Name} on {network.InputShape} images of {network.ClassCount} classes, but the state is of {state.Network.Name} on {state.Network.InputShape} images of {state.Network.ClassCount} classes.", nameof(state));
        }

        if (momentum is not null)
        {
            ThrowIfOtherMasks(momentum, state.Mask, nameof(momentum));
        }
    }

    /// <summary>Throws unless a state has some masks, weight for weight.</summary>
    /// <param name="state">The state.</param>
    /// <param name="mask">The masks that are expected.</param>
    /// <param name="name">The name of the argument.</param>
    /// <exception cref="ArgumentException">It has others; the message names the first layer that differs.</exception>
    public static void ThrowIfOtherMasks(NetworkState state, NetworkMask mask, string name)
    {
        ArgumentNullException.ThrowIfNull(state, name);
        ArgumentNullException.ThrowIfNull(mask);
        if (state.Mask.SameAs(mask))
        {
            return;
        }

        if (!state.Network.HasSameLayersAs(mask.Network))
        {
            throw new ArgumentException($"The masks differ: the one is of {state.Network.Name} on {state.Network.InputShape} images, the other of {mask.Network.Name} on {mask.Network.InputShape} images.", name);
        }

        var layers = state.Mask.Layers.Zip(mask.Layers).FirstOrDefault(pair => !pair.First.SameAs(pair.Second));
        throw new ArgumentException(layers.First is null
            ? "The masks differ: the ones take channels out of the network, the others leave them in."
            : $"The masks differ: layer '{layers.First.Layer.Name}' keeps {layers.First.KeptCount} weights in the one state and {layers.Second.KeptCount}, or others, in the other.", name);
    }

    /// <summary>Throws unless dense gradients can be computed: no channel is taken out of the network, and there is room for all weights of each layer.</summary>
    /// <param name="gradients">Take the gradients, one array a weight layer.</param>
    /// <param name="mask">The engine's masks.</param>
    /// <exception cref="NotSupportedException">The masks take channels out of the network.</exception>
    /// <exception cref="ArgumentException">There is other room than for the weights of the layers; the message names the first.</exception>
    public static void ThrowIfNoRoomForDenseGradients(IReadOnlyList<float[]> gradients, NetworkMask mask)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentNullException.ThrowIfNull(mask);
        if (!ReferenceEquals(mask.Narrowed, mask))
        {
            throw new NotSupportedException(
                $"The masks take channels out of {mask.Network.Name}, and a weight of a channel that is not there has no gradient; masks can move where weights are pruned without removing channels.");
        }

        var layers = mask.Network.WeightLayers;
        if (gradients.Count != layers.Count)
        {
            throw new ArgumentException($"{mask.Network.Name} has {layers.Count} weight layers, but there is room for the gradients of {gradients.Count}.", nameof(gradients));
        }

        for (int layer = 0; layer < layers.Count; layer++)
        {
            if (gradients[layer] is not { } room || room.Length != layers[layer].WeightCount)
            {
                throw new ArgumentException(
                    $"Layer '{layers[layer].Name}' has {layers[layer].WeightCount} weights, but there is room for the gradients of {gradients[layer]?.Length ?? 0}.", nameof(gradients));
            }
        }
    }
}
