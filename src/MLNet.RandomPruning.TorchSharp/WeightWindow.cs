using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Torch;

/// <summary>One tensor of a network's state as a stretch of a flat tensor on the device, pruned places included.</summary>
internal sealed class WeightWindow
{
    private WeightMask? _mask;
    private int[]? _places;

    public WeightWindow(StateTensor tensor, NetworkMask mask, int offset, bool channelsLast)
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
            UseMask(mask[layer.Name]);
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

    /// <summary>Goes on with another mask of the layer.</summary>
    public void UseMask(WeightMask mask)
    {
        if (_mask is not null && _mask.SameAs(mask))
        {
            return;
        }

        _mask = mask;
        _places = mask.KeptIndices();
        for (int i = 0; i < _places.Length; i++)
        {
            _places[i] = PlaceOf(_places[i]);
        }
    }

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

    /// <summary>Takes the values of all weights out of the flat tensor, pruned ones too, row-major.</summary>
    public void GatherAll(ReadOnlySpan<float> flat, Span<float> weights)
    {
        var window = flat.Slice(Offset, Length);
        for (int position = 0; position < weights.Length; position++)
        {
            weights[position] = window[PlaceOf(position)];
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

    /// <summary>Where the weight at a row-major position stands in the window.</summary>
    private int PlaceOf(int position)
    {
        if (!IsChannelsLast)
        {
            return position;
        }

        var layer = (ConvolutionLayer)Layer;
        int inputs = layer.InputShape.Channels, kernel = layer.KernelSize * layer.KernelSize;
        (int channel, int tap) = Math.DivRem(position, kernel);
        (int output, int input) = Math.DivRem(channel, inputs);
        return (output * kernel + tap) * inputs + input;
    }
}
