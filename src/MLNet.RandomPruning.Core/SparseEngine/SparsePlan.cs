using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// A value that convolutions read: the image, or relu(Σ batch-norm(convolution) + Σ earlier activation). Batch-norm, rectifier
/// and residual sum never stand in memory on their own; they happen when an activation is put together.
/// </summary>
internal sealed class ActivationNode(int index, string name, ImageShape shape)
{
    /// <summary>The place in <see cref="SparsePlan.Activations"/>; 0 is the image.</summary>
    public int Index { get; } = index;

    /// <summary>The name of the layer that ends it.</summary>
    public string Name { get; } = name;

    public ImageShape Shape { get; } = shape;

    /// <summary>The convolutions whose normalised outputs are summed.</summary>
    public List<ConvolutionNode> Convolutions { get; } = [];

    /// <summary>The earlier activations that are summed.</summary>
    public List<ActivationNode> Residuals { get; } = [];

    /// <summary>The convolutions that read it.</summary>
    public List<ConvolutionNode> Readers { get; } = [];

    /// <summary>The later activations that have it as a summand.</summary>
    public List<ActivationNode> ResidualUsers { get; } = [];

    /// <summary>The width of the border of zeros that its readers look at.</summary>
    public int Halo { get; set; }

    /// <summary>Whether it is kept through a training step, for those who sum it; otherwise it is computed anew from what it is made of.</summary>
    public bool IsStored => ResidualUsers.Count > 0;

    /// <summary>The layout of its padded form.</summary>
    public PaddedShape Padded => new(Shape, Halo);
}

/// <summary>A convolution with the batch-norm behind it.</summary>
internal sealed record ConvolutionNode(int Index, ConvolutionLayer Layer, BatchNormLayer Norm, ActivationNode Input)
{
    /// <summary>The activation that sums it.</summary>
    public ActivationNode Output { get; set; } = null!;
}

/// <summary>Planes of 16 images with a border of zeros: [channel][row + 2·halo][column + 2·halo][16].</summary>
internal readonly record struct PaddedShape(ImageShape Shape, int Halo)
{
    public int RowFloats => (Shape.Width + 2 * Halo) * SparseKernels.Lanes;

    public int PlaneFloats => (Shape.Height + 2 * Halo) * RowFloats;

    public int BlockFloats => Shape.Channels * PlaneFloats;

    /// <summary>Where the first real pixel of a plane stands.</summary>
    public int Origin => Halo * RowFloats + Halo * SparseKernels.Lanes;
}

/// <summary>A network as the sparse engine runs it: activations, the convolutions between them, and the linear layer at the end.</summary>
internal sealed class SparsePlan
{
    private SparsePlan(Network network, List<ActivationNode> activations, List<ConvolutionNode> convolutions, LinearLayer head)
    {
        Network = network;
        Activations = [.. activations];
        Convolutions = convolutions;
        Head = head;
    }

    public Network Network { get; }

    /// <summary>The image first; each stands behind what it is made of.</summary>
    public ActivationNode[] Activations { get; }

    public IReadOnlyList<ConvolutionNode> Convolutions { get; }

    /// <summary>Reads the mean of the last activation over its pixels.</summary>
    public LinearLayer Head { get; }

    /// <summary>Finds activations and convolutions in a layer graph.</summary>
    /// <exception cref="NotSupportedException">The graph has a shape that the engine has no code for; names the layer.</exception>
    public static SparsePlan Compile(Network network)
    {
        var image = new ActivationNode(0, "image", network.InputShape);
        var activations = new List<ActivationNode> { image };
        var convolutions = new List<ConvolutionNode>();

        // What each layer's output is: an activation, or the parts of one that has not met its rectifier yet.
        var parts = new Dictionary<int, (List<ConvolutionNode> Convolutions, List<ActivationNode> Residuals)>();
        var done = new Dictionary<int, ActivationNode> { [Layer.Image] = image };
        var bare = new Dictionary<int, ConvolutionLayer>();
        LinearLayer? head = null;

        (List<ConvolutionNode> Convolutions, List<ActivationNode> Residuals) PartsOf(int layer, Layer reader) =>
            done.TryGetValue(layer, out var activation) ? ([], [activation])
            : parts.TryGetValue(layer, out var found) ? found
            : throw NotSupported(network, reader);

        for (int index = 0; index < network.Layers.Count; index++)
        {
            var layer = network.Layers[index];
            int input = layer.Inputs[0];
            switch (layer)
            {
                case ConvolutionLayer convolution when convolution.Stride <= 2 && done.ContainsKey(input):
                    bare[index] = convolution;
                    break;
                case BatchNormLayer norm when bare.TryGetValue(input, out var convolution):
                    var node = new ConvolutionNode(convolutions.Count, convolution, norm, done[convolution.Inputs[0]]);
                    convolutions.Add(node);
                    parts[index] = ([node], []);
                    break;
                case AddLayer:
                    var (left, right) = (PartsOf(input, layer), PartsOf(layer.Inputs[1], layer));
                    parts[index] = ([.. left.Convolutions, .. right.Convolutions], [.. left.Residuals, .. right.Residuals]);
                    break;
                case ReluLayer when PartsOf(input, layer) is { Convolutions.Count: 1 or 2, Residuals.Count: <= 1 } sum && sum.Residuals.All(residual => residual.ResidualUsers.Count == 0):
                    done[index] = Close(activations, layer, sum.Convolutions, sum.Residuals);
                    break;
                case GlobalAveragePoolLayer when done.TryGetValue(input, out var last) && last == activations[^1]:
                    break;
                case LinearLayer linear when network.Layers[input] is GlobalAveragePoolLayer && index == network.Layers.Count - 1:
                    head = linear;
                    break;
                default:
                    throw NotSupported(network, layer);
            }
        }

        SetHalos(activations);
        return new SparsePlan(network, activations, convolutions, head ?? throw NotSupported(network, network.Layers[^1]));
    }

    private static ActivationNode Close(List<ActivationNode> activations, Layer layer, List<ConvolutionNode> convolutions, List<ActivationNode> residuals)
    {
        var activation = new ActivationNode(activations.Count, layer.Name, layer.OutputShape);
        foreach (var convolution in convolutions)
        {
            activation.Convolutions.Add(convolution);
            convolution.Output = activation;
            convolution.Input.Readers.Add(convolution);
        }

        foreach (var residual in residuals)
        {
            activation.Residuals.Add(residual);
            residual.ResidualUsers.Add(activation);
        }

        activations.Add(activation);
        return activation;
    }

    // All activations but the image have the same border, so that a residual lies just like the sum that it joins.
    private static void SetHalos(List<ActivationNode> activations)
    {
        activations[0].Halo = LargestPadding(activations[0].Readers);
        int halo = LargestPadding(activations.Skip(1).SelectMany(activation => activation.Readers));
        foreach (var activation in activations.Skip(1))
        {
            activation.Halo = halo;
        }
    }

    private static int LargestPadding(IEnumerable<ConvolutionNode> readers) => readers.Select(reader => reader.Layer.Padding).DefaultIfEmpty(0).Max();

    private static NotSupportedException NotSupported(Network network, Layer layer) =>
        new($"The sparse engine cannot run layer '{layer.Name}' of {network.Name}: it runs convolutions of stride 1 or 2 with batch-norm behind them, summed and rectified, and one linear layer behind a global average pool.");
}
