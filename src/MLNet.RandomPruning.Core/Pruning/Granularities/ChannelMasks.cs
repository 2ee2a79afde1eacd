using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>Masks of layers by their output and input channels.</summary>
internal static class ChannelMasks
{
    /// <summary>The mask that keeps the weights from some input channels to some outputs; null stands for all.</summary>
    public static WeightMask Crossing(WeightLayer layer, ulong[]? outputs, ulong[]? inputs, ChannelGroup inputGroup)
    {
        if (outputs is null && inputs is null)
        {
            return WeightMask.Dense(layer);
        }

        int perInput = ChannelGroups.WeightsPerInput(layer, inputGroup);
        ulong[] bits = BitSets.Empty(layer.WeightCount);
        for (int output = 0; output < layer.Outputs; output++)
        {
            if (outputs is not null && !BitSets.Contains(outputs, output))
            {
                continue;
            }

            for (int input = 0; input < inputGroup.Channels; input++)
            {
                if (inputs is not null && !BitSets.Contains(inputs, input))
                {
                    continue;
                }

                int first = output * layer.FanIn + input * perInput;
                for (int weight = first; weight < first + perInput; weight++)
                {
                    BitSets.Add(bits, weight);
                }
            }
        }

        return WeightMask.Owning(layer, bits);
    }

    /// <summary>The outputs of a layer that have a kept weight.</summary>
    public static ulong[] Outputs(WeightMask mask)
    {
        ulong[] outputs = BitSets.Empty(mask.Layer.Outputs);
        foreach (int weight in mask.KeptIndices())
        {
            BitSets.Add(outputs, weight / mask.Layer.FanIn);
        }

        return outputs;
    }

    /// <summary>The input channels of a layer that a kept weight reads.</summary>
    public static ulong[] Inputs(WeightMask mask, ChannelGroup inputGroup)
    {
        int perInput = ChannelGroups.WeightsPerInput(mask.Layer, inputGroup);
        ulong[] inputs = BitSets.Empty(inputGroup.Channels);
        foreach (int weight in mask.KeptIndices())
        {
            BitSets.Add(inputs, weight % mask.Layer.FanIn / perInput);
        }

        return inputs;
    }
}
