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
}
