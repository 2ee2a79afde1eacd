namespace MLNet.RandomPruning.Networks;

/// <summary>Channels that exist or are missing together, wherever a network carries them.</summary>
/// <param name="Name">The name of the first layer that makes them; <c>image</c> for those of the image.</param>
/// <param name="Channels">The number of channels.</param>
/// <param name="Producers">The weight layers that make them, one output each, by their index in <see cref="Network.WeightLayers"/>.</param>
/// <param name="Readers">The weight layers that read them, by their index in <see cref="Network.WeightLayers"/>.</param>
/// <param name="IsImage">Whether they are the image's own.</param>
/// <param name="IsLogits">Whether they are the network's logits.</param>
internal sealed record ChannelGroup(string Name, int Channels, IReadOnlyList<int> Producers, IReadOnlyList<int> Readers, bool IsImage, bool IsLogits)
{
    /// <summary>Whether pruning may take channels of the group out of the network: those of the image and the classes stay.</summary>
    public bool IsPrunable => !IsImage && !IsLogits;
}

/// <summary>
/// The channels of a network in groups. What goes through a batch normalisation, a rectifier or a pool keeps its channels, and an
/// addition ties the channels of both its sides, so all outputs along a row of residual blocks are one group.
/// </summary>
internal sealed class ChannelGroups
{
    private readonly Network _network;
    private readonly int[] _groupOfLayer;

    private ChannelGroups(Network network, IReadOnlyList<ChannelGroup> groups, int[] groupOfLayer)
    {
        _network = network;
        All = groups;
        _groupOfLayer = groupOfLayer;
    }

    /// <summary>The groups in the order in which the network makes their first channels; the image's group is the first.</summary>
    public IReadOnlyList<ChannelGroup> All { get; }

    /// <summary>The group of a layer's output, by the layer's index in <see cref="Network.Layers"/>; <see cref="Layer.Image"/> gives the image's.</summary>
    public ChannelGroup OfLayer(int layer) => All[_groupOfLayer[layer + 1]];

    /// <summary>The groups of the channels that each weight layer makes, in the order of <see cref="Network.WeightLayers"/>.</summary>
    public IReadOnlyList<ChannelGroup> Outputs =>
        [.. Enumerable.Range(0, _network.Layers.Count).Where(index => _network.Layers[index] is WeightLayer).Select(OfLayer)];

    /// <summary>The groups of the channels that each weight layer reads, in the order of <see cref="Network.WeightLayers"/>.</summary>
    public IReadOnlyList<ChannelGroup> Inputs => [.. _network.WeightLayers.Select(layer => OfLayer(layer.Inputs[0]))];

    /// <summary>Finds the groups of a network.</summary>
    public static ChannelGroups Of(Network network)
    {
        // Each layer's output, and the image before them, points to the earliest one that its channels are tied to.
        int[] parent = [.. Enumerable.Range(0, network.Layers.Count + 1)];
        int Root(int node) => parent[node] == node ? node : parent[node] = Root(parent[node]);
        for (int index = 0; index < network.Layers.Count; index++)
        {
            if (network.Layers[index] is not WeightLayer)
            {
                foreach (int input in network.Layers[index].Inputs)
                {
                    int a = Root(input + 1), b = Root(index + 1);
                    parent[Math.Max(a, b)] = Math.Min(a, b);
                }
            }
        }

        int[] roots = [.. Enumerable.Range(0, parent.Length).Where(node => Root(node) == node)];
        int[] groupOfLayer = [.. Enumerable.Range(0, parent.Length).Select(node => Array.BinarySearch(roots, Root(node)))];
        return new ChannelGroups(network, [.. roots.Select((root, group) => Describe(network, groupOfLayer, root, group))], groupOfLayer);
    }

    /// <summary>
    /// Where a weight layer's weights of one input channel lie in each row of <see cref="WeightLayer.FanIn"/> weights: how many follow
    /// each other for a channel, the kernel positions of a convolution, or the places of a plane that a linear layer reads.
    /// </summary>
    public static int WeightsPerInput(WeightLayer layer, ChannelGroup input) => layer.FanIn / input.Channels;

    private static ChannelGroup Describe(Network network, int[] groupOfLayer, int root, int group)
    {
        var producers = new List<int>();
        var readers = new List<int>();
        int weightLayer = 0;
        for (int index = 0; index < network.Layers.Count; index++)
        {
            if (network.Layers[index] is WeightLayer layer)
            {
                if (groupOfLayer[index + 1] == group)
                {
                    producers.Add(weightLayer);
                }

                if (groupOfLayer[layer.Inputs[0] + 1] == group)
                {
                    readers.Add(weightLayer);
                }

                weightLayer++;
            }
        }

        bool isImage = root == 0;
        return new ChannelGroup(
            isImage ? "image" : network.Layers[root - 1].Name, isImage ? network.InputShape.Channels : network.Layers[root - 1].OutputShape.Channels,
            producers, readers, isImage, IsLogits: groupOfLayer[^1] == group);
    }
}
