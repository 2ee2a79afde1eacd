using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// Between a state, which holds what is kept, and the tensors of the full network. A pruned weight is zero in these. A channel that the
/// masks take out of the network has γ, β and running mean 0 and running variance 1, so that it is zero wherever it goes; no weight reads it.
/// </summary>
internal sealed class DenseTensors
{
    private readonly NetworkMask _mask;
    private readonly Dictionary<string, int[]> _places;

    public DenseTensors(NetworkMask mask)
    {
        _mask = mask;
        var groups = ChannelGroups.Of(mask.Network);
        var places = groups.All.Zip(ChannelRemoval.Places(mask, groups)).ToDictionary(pair => pair.First, pair => pair.Second);
        _places = mask.Network.Layers.Select((layer, index) => (layer.Name, Places: places[groups.OfLayer(index)]))
            .ToDictionary(entry => entry.Name, entry => entry.Places, StringComparer.Ordinal);
    }

    /// <summary>The shape of the full tensor: a weight's, or one value a channel.</summary>
    public static long[] ShapeOf(Layer layer, StateTensorKind kind) =>
        kind == StateTensorKind.Weight ? [.. ((WeightLayer)layer).WeightShape.Select(length => (long)length)] : [layer.OutputShape.Channels];

    /// <summary>The full tensor, row-major.</summary>
    public float[] Expand(StateTensor tensor)
    {
        if (tensor.Kind == StateTensorKind.Weight)
        {
            var mask = _mask[tensor.Layer.Name];
            int[] kept = mask.KeptIndices();
            float[] weights = new float[mask.Length];
            for (int index = 0; index < kept.Length; index++)
            {
                weights[kept[index]] = tensor.Values[index];
            }

            return weights;
        }

        return [.. _places[tensor.Layer.Name].Select(place => place >= 0 ? tensor.Values[place] : tensor.Kind == StateTensorKind.RunningVariance ? 1 : 0)];
    }

    /// <summary>Takes what is kept out of a full tensor.</summary>
    /// <param name="dense">The full tensor, row-major.</param>
    /// <param name="tensor">Takes the values.</param>
    public void Collect(float[] dense, StateTensor tensor)
    {
        if (tensor.Kind == StateTensorKind.Weight)
        {
            int[] kept = _mask[tensor.Layer.Name].KeptIndices();
            for (int index = 0; index < kept.Length; index++)
            {
                tensor.Values[index] = dense[kept[index]];
            }

            return;
        }

        int[] places = _places[tensor.Layer.Name];
        for (int channel = 0; channel < places.Length; channel++)
        {
            if (places[channel] >= 0)
            {
                tensor.Values[places[channel]] = dense[channel];
            }
        }
    }
}
