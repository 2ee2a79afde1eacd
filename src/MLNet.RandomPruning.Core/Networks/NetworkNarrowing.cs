namespace MLNet.RandomPruning.Networks;

/// <summary>Builds a network again with fewer channels.</summary>
internal static class NetworkNarrowing
{
    /// <summary>The same layers under the same names, with other numbers of channels.</summary>
    /// <param name="network">The network.</param>
    /// <param name="groups">Its channel groups.</param>
    /// <param name="channels">The number of channels of each group, in the order of <see cref="ChannelGroups.All"/>; at least 1 each.</param>
    public static Network WithChannels(Network network, ChannelGroups groups, IReadOnlyList<int> channels)
    {
        var widths = groups.All.Zip(channels).ToDictionary(pair => pair.First, pair => pair.Second);
        var layers = new List<Layer>(network.Layers.Count);
        ImageShape ShapeOf(int layer) => layer == Layer.Image ? network.InputShape : layers[layer].OutputShape;
        for (int index = 0; index < network.Layers.Count; index++)
        {
            var layer = network.Layers[index];
            int input = layer.Inputs[0], outputs = widths[groups.OfLayer(index)];
            layers.Add(layer switch
            {
                ConvolutionLayer convolution => new ConvolutionLayer(
                    layer.Name, input, ShapeOf(input), outputs, convolution.KernelSize, convolution.Stride, convolution.Padding),
                LinearLayer => new LinearLayer(layer.Name, input, ShapeOf(input).Size, outputs),
                BatchNormLayer => new BatchNormLayer(layer.Name, input, ShapeOf(input)),
                ReluLayer => new ReluLayer(layer.Name, input, ShapeOf(input)),
                AddLayer => new AddLayer(layer.Name, input, layer.Inputs[1], ShapeOf(input)),
                GlobalAveragePoolLayer => new GlobalAveragePoolLayer(layer.Name, input, ShapeOf(input)),
                _ => throw new NotSupportedException($"Layer '{layer.Name}' of {network.Name} cannot be made narrower: channels can be taken out of convolutions and linear layers with batch-norm, rectifiers, sums and pools between them."),
            });
        }

        return new Network(network.Name, network.InputShape, network.ClassCount, layers);
    }
}
