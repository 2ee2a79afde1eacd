using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch;

/// <summary>One tensor of a network's state as a stretch of a flat tensor on the device, pruned places included.</summary>
internal sealed class WeightWindow
{
    private readonly int[]? _places;

    public WeightWindow(StateTensor tensor, NetworkState state, int offset, bool channelsLast)
    {
        Name = tensor.Name;
        Kind = tensor.Kind;
        Offset = offset;
        Layer = tensor.Layer;
        if (tensor.Kind == StateTensorKind.Weight)
        {
            var layer = (WeightLayer)tensor.Layer;
            Length = layer.WeightCount;
            IsChannelsLast = channelsLast && layer is ConvolutionLayer;
            _places = state.Mask[layer.Name].KeptIndices();
            if (IsChannelsLast)
            {
                ToChannelsLast(_places, (ConvolutionLayer)layer);
            }
        }
        else
        {
            Length = tensor.Values.Length;
        }
    }

    public string Name { get; }

    public StateTensorKind Kind { get; }

    public Layer Layer { get; }

    /// <summary>Where it begins in the flat tensor.</summary>
    public int Offset { get; }

    /// <summary>The number of values, with the pruned ones.</summary>
    public int Length { get; }

    /// <summary>Whether a convolution's weights stand as [outputs, rows, columns, inputs] in memory.</summary>
    public bool IsChannelsLast { get; }

    public int KeptCount => _places?.Length ?? Length;

    /// <summary>Puts the state's values into their places in the flat tensor; all others stay as they are.</summary>
    public void Scatter(ReadOnlySpan<float> kept, Span<float> flat)
    {
        ThrowUnlessFitting(kept.Length);
        var window = flat.Slice(Offset, Length);
        if (_places is null)
        {
            kept.CopyTo(window);
            return;
        }

        for (int i = 0; i < _places.Length; i++)
        {
            window[_places[i]] = kept[i];
        }
    }

    /// <summary>Takes the state's values out of the flat tensor.</summary>
    public void Gather(ReadOnlySpan<float> flat, Span<float> kept)
    {
        ThrowUnlessFitting(kept.Length);
        var window = flat.Slice(Offset, Length);
        if (_places is null)
        {
            window.CopyTo(kept);
            return;
        }

        for (int i = 0; i < _places.Length; i++)
        {
            kept[i] = window[_places[i]];
        }
    }

    /// <summary>Sets the places of kept weights to one.</summary>
    public void Mark(Span<float> flat)
    {
        var window = flat.Slice(Offset, Length);
        foreach (int place in _places!)
        {
            window[place] = 1;
        }
    }

    private void ThrowUnlessFitting(int length)
    {
        if (length != KeptCount)
        {
            throw new ArgumentException($"Tensor '{Name}' has {length} values in the one network and {KeptCount} in the other: the masks differ.");
        }
    }

    private static void ToChannelsLast(int[] places, ConvolutionLayer layer)
    {
        int inputs = layer.InputShape.Channels, kernel = layer.KernelSize * layer.KernelSize;
        for (int i = 0; i < places.Length; i++)
        {
            (int channel, int tap) = Math.DivRem(places[i], kernel);
            (int output, int input) = Math.DivRem(channel, inputs);
            places[i] = (output * kernel + tap) * inputs + input;
        }
    }
}
