namespace MLNet.RandomPruning.Networks;

/// <summary>
/// One node of a network's layer graph. Layers stand in the order in which they are computed; each names the layers it
/// reads by their index in <see cref="Network.Layers"/>, where <see cref="Image"/> stands for the network's input.
/// </summary>
public abstract class Layer
{
    /// <summary>The input index that stands for the image itself.</summary>
    public const int Image = -1;

    private protected Layer(string name, int[] inputs, ImageShape outputShape)
    {
        Name = name;
        Inputs = inputs;
        OutputShape = outputShape;
    }

    /// <summary>The layer's name as in the reference network, for example <c>blocks.0.conv1</c>.</summary>
    public string Name { get; }

    /// <summary>The indices of the layers it reads, in order; <see cref="Image"/> for the network's input.</summary>
    public IReadOnlyList<int> Inputs { get; }

    /// <summary>The shape of the layer's output for one image.</summary>
    public ImageShape OutputShape { get; }

    /// <summary>The number of trainable parameters when nothing is pruned; 0 for layers without any.</summary>
    public virtual long ParameterCount => 0;
}

/// <summary>A layer with a weight tensor that pruning thins out: a convolution or a linear layer.</summary>
public abstract class WeightLayer : Layer
{
    private protected WeightLayer(string name, int input, ImageShape outputShape, int[] weightShape, bool hasBias)
        : base(name, [input], outputShape)
    {
        WeightShape = weightShape;
        HasBias = hasBias;
        WeightCount = weightShape.Aggregate(1, (product, length) => checked(product * length));
    }

    /// <summary>
    /// The shape of the weight tensor: [outputs, inputs, kernel rows, kernel columns] of a convolution,
    /// [outputs, inputs] of a linear layer.
    /// </summary>
    public IReadOnlyList<int> WeightShape { get; }

    /// <summary>The number of weights when nothing is pruned.</summary>
    public int WeightCount { get; }

    /// <summary>Whether the layer adds a bias, one value per output; a bias is never pruned.</summary>
    public bool HasBias { get; }

    /// <summary>The number of output channels or units.</summary>
    public int Outputs => WeightShape[0];

    /// <summary>The number of weights that feed one output when nothing is pruned.</summary>
    public int FanIn => WeightCount / Outputs;

    /// <summary>The number of places at which each weight is multiplied for one image: output rows × columns.</summary>
    public long MultiplyAddsPerWeight => OutputShape.PlaneSize;

    /// <inheritdoc/>
    public override long ParameterCount => WeightCount + (HasBias ? Outputs : 0);
}

/// <summary>A 2-D convolution (cross-correlation) with square stride and zero padding, without bias.</summary>
public sealed class ConvolutionLayer : WeightLayer
{
    internal ConvolutionLayer(string name, int input, ImageShape inputShape, int outputs, int kernelSize, int stride, int padding)
        : base(name, input,
            new ImageShape(outputs, (inputShape.Height + 2 * padding - kernelSize) / stride + 1, (inputShape.Width + 2 * padding - kernelSize) / stride + 1),
            [outputs, inputShape.Channels, kernelSize, kernelSize], hasBias: false)
    {
        InputShape = inputShape;
        KernelSize = kernelSize;
        Stride = stride;
        Padding = padding;
    }

    /// <summary>The shape of the layer's input for one image.</summary>
    public ImageShape InputShape { get; }

    /// <summary>The number of kernel rows, and of kernel columns.</summary>
    public int KernelSize { get; }

    /// <summary>The step between neighbouring outputs, in rows and in columns.</summary>
    public int Stride { get; }

    /// <summary>The number of zero rows and columns added on each side of the input.</summary>
    public int Padding { get; }
}

/// <summary>A fully connected layer with bias: y = W·x + b.</summary>
public sealed class LinearLayer : WeightLayer
{
    internal LinearLayer(string name, int input, int inputs, int outputs)
        : base(name, input, new ImageShape(outputs, 1, 1), [outputs, inputs], hasBias: true)
    {
    }
}

/// <summary>
/// Batch normalisation per channel: y = γ·(x − mean)/√(variance + ε) + β, with the batch's statistics in training and the
/// running ones in prediction.
/// </summary>
public sealed class BatchNormLayer : Layer
{
    /// <summary>Added to the variance.</summary>
    public const float Epsilon = 1e-5f;

    /// <summary>The weight of the newest batch in the running statistics; the running variance is the unbiased one.</summary>
    public const float Momentum = 0.1f;

    internal BatchNormLayer(string name, int input, ImageShape shape) : base(name, [input], shape)
    {
    }

    /// <inheritdoc/>
    public override long ParameterCount => 2L * OutputShape.Channels;
}

/// <summary>The rectifier: max(x, 0).</summary>
public sealed class ReluLayer : Layer
{
    internal ReluLayer(string name, int input, ImageShape shape) : base(name, [input], shape)
    {
    }
}

/// <summary>The sum of two layers' outputs: the joint of a residual block.</summary>
public sealed class AddLayer : Layer
{
    internal AddLayer(string name, int left, int right, ImageShape shape) : base(name, [left, right], shape)
    {
    }
}

/// <summary>The mean over all rows and columns, one value a channel.</summary>
public sealed class GlobalAveragePoolLayer : Layer
{
    internal GlobalAveragePoolLayer(string name, int input, ImageShape inputShape)
        : base(name, [input], new ImageShape(inputShape.Channels, 1, 1))
    {
    }
}
