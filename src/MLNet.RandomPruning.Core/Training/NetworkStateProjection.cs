using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>Takes a state over to other masks of the same network.</summary>
public static class NetworkStateProjection
{
    /// <summary>
    /// The state with other masks: a weight that both keep has its value, one that only the new masks keep is zero, and one that only the old
    /// masks keep is gone. Biases and batch-norm parameters and statistics stay, but for those of channels that the new masks take
    /// out of the network; of a channel that comes back into it they are zero. Weights and momentum are taken over alike.
    /// </summary>
    /// <param name="state">The state; not changed.</param>
    /// <param name="mask">The new masks.</param>
    /// <exception cref="ArgumentException">The masks belong to a network with other layers.</exception>
    public static NetworkState ProjectTo(this NetworkState state, NetworkMask mask)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(mask);
        if (!state.Network.HasSameLayersAs(mask.Network))
        {
            throw new ArgumentException(
                $"A state of {state.Network.Name} on {state.Network.InputShape} images of {state.Network.ClassCount} classes cannot be taken over to masks of {mask.Network.Name} on {mask.Network.InputShape} images of {mask.Network.ClassCount} classes.", nameof(mask));
        }

        var groups = ChannelGroups.Of(mask.Network);
        var oldPlaces = ChannelRemoval.Places(state.Mask, groups);
        var newPlaces = ChannelRemoval.Places(mask, groups);
        var groupOf = mask.Network.Layers.Select((layer, index) => (layer.Name, Group: Array.IndexOf([.. groups.All], groups.OfLayer(index))))
            .ToDictionary(entry => entry.Name, entry => entry.Group, StringComparer.Ordinal);

        var projected = new NetworkState(mask);
        foreach (var (from, to) in state.Tensors.Zip(projected.Tensors))
        {
            if (from.Kind == StateTensorKind.Weight)
            {
                CopyWeights(state.Mask[from.Layer.Name], from.Values, mask[to.Layer.Name], to.Values);
            }
            else
            {
                int group = groupOf[from.Layer.Name];
                CopyChannels(oldPlaces[group], from.Values, newPlaces[group], to.Values);
            }
        }

        return projected;
    }

    private static void CopyWeights(WeightMask oldMask, float[] from, WeightMask newMask, float[] to)
    {
        int[] oldKept = oldMask.KeptIndices(), newKept = newMask.KeptIndices();
        int old = 0;
        for (int index = 0; index < newKept.Length; index++)
        {
            while (old < oldKept.Length && oldKept[old] < newKept[index])
            {
                old++;
            }

            if (old < oldKept.Length && oldKept[old] == newKept[index])
            {
                to[index] = from[old];
            }
        }
    }

    private static void CopyChannels(int[] oldPlaces, float[] from, int[] newPlaces, float[] to)
    {
        for (int channel = 0; channel < newPlaces.Length; channel++)
        {
            if (oldPlaces[channel] >= 0 && newPlaces[channel] >= 0)
            {
                to[newPlaces[channel]] = from[oldPlaces[channel]];
            }
        }
    }
}
