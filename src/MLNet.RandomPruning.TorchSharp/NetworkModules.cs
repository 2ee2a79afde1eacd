using MLNet.RandomPruning.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MLNet.RandomPruning.Torch;

// Fields that are tensors become parameters and buffers of their module under the field's name, hence PyTorch's names here.
#pragma warning disable IDE1006

/// <summary>A convolution with a masked weight tensor: pruned weights are zeros of it.</summary>
internal sealed class ConvolutionModule : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly long[] _strides, _padding;

    public ConvolutionModule(ConvolutionLayer layer, Parameter weight) : base(nameof(ConvolutionModule))
    {
        this.weight = weight;
        _strides = [layer.Stride, layer.Stride];
        _padding = [layer.Padding, layer.Padding];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.conv2d(input, weight, strides: _strides, padding: _padding);
}

/// <summary>What batch-norm does with its running statistics.</summary>
internal enum RunningStatistics
{
    /// <summary>Normalises with the batch's own statistics and takes them into the running ones.</summary>
    Update,

    /// <summary>Normalises with the batch's own statistics and leaves the running ones alone.</summary>
    Leave,

    /// <summary>Normalises with the running statistics.</summary>
    Use,
}

/// <summary>Batch normalisation.</summary>
internal sealed class BatchNormModule : Module<Tensor, Tensor>
{
    private readonly Parameter weight, bias;
    private readonly Tensor running_mean, running_var;

    public BatchNormModule(Parameter weight, Parameter bias, Tensor running_mean, Tensor running_var) : base(nameof(BatchNormModule))
    {
        this.weight = weight;
        this.bias = bias;
        this.running_mean = running_mean;
        this.running_var = running_var;
        RegisterComponents();
    }

    /// <summary>What is done with the running statistics.</summary>
    public RunningStatistics Statistics { get; set; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        bool keep = Statistics == RunningStatistics.Leave;
        return functional.batch_norm(
            input, keep ? running_mean.clone() : running_mean, keep ? running_var.clone() : running_var, weight, bias,
            training: Statistics != RunningStatistics.Use, momentum: BatchNormLayer.Momentum, eps: BatchNormLayer.Epsilon);
    }
}

/// <summary>A fully connected layer with a masked weight tensor.</summary>
internal sealed class LinearModule : Module<Tensor, Tensor>
{
    private readonly Parameter weight, bias;

    public LinearModule(Parameter weight, Parameter bias) : base(nameof(LinearModule))
    {
        this.weight = weight;
        this.bias = bias;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.linear(input, weight, bias);
}
