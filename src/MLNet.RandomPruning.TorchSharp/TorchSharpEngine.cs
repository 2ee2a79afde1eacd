using System.Runtime.InteropServices;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MLNet.RandomPruning.Torch;

/// <summary>
/// Trains a masked network with libtorch, on the CPU or on CUDA. Pruned weights are zeros of dense tensors: they get no gradient
/// and no momentum and stay zero, but they are multiplied; for networks on the CPU whose zeros should cost nothing there is the
/// sparse engine. Channels that the masks take out of the network (<see cref="NetworkMask.Narrowed"/>) are not there at all, in either. The number of threads is libtorch's, one for the whole process: the engine sets it when it is called.
/// </summary>
public sealed class TorchSharpEngine : IHessianEngine
{
    private readonly int _maximumBatchSize, _numberOfThreads;
    private readonly Device _device;
    private readonly TorchPrecision _precision;
    private readonly bool _channelsLast;
    private readonly PixelLoader _loader;
    private readonly Tensor _factor, _addend, _labels;
    private readonly string[] _weightNames;
    private NetworkMask _mask;
    private FlatParameters _parameters;
    private TorchNetwork _network;

    // Of the last step, before weight decay, for whoever wants its norms layer by layer.
    private Tensor? _lastGradient;

    /// <summary>Makes an engine and puts a first state into it.</summary>
    /// <param name="initial">The network, its masks and its first weights.</param>
    /// <param name="normalization">Mean and standard deviation of the pixels, one a channel.</param>
    /// <param name="maximumBatchSize">The most images that a training batch will hold, at least 1.</param>
    /// <param name="numberOfThreads">How many threads libtorch may use on the CPU, at least 1.</param>
    /// <param name="options">Where and how to compute; null for all defaults.</param>
    /// <exception cref="ArgumentException">The device's name is none, or the pixel normalisation has another number of channels than the images.</exception>
    /// <exception cref="NotSupportedException">libtorch is missing or has no such device, or the network has a layer that the engine has no code for.</exception>
    public TorchSharpEngine(
        NetworkState initial, PixelNormalization normalization, int maximumBatchSize, int numberOfThreads, TorchSharpEngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(initial);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numberOfThreads);
        options ??= new TorchSharpEngineOptions();
        Network = initial.Network;
        _mask = initial.Mask;
        if (normalization.Mean.Count != Network.InputShape.Channels)
        {
            throw new ArgumentException(
                $"The network reads images of {Network.InputShape.Channels} channels, but the pixel normalisation has {normalization.Mean.Count}.", nameof(normalization));
        }

        if (!Enum.IsDefined(options.Precision))
        {
            throw new ArgumentException($"The precision is {string.Join(", ", Enum.GetNames<TorchPrecision>())}, but not {options.Precision}.", nameof(options));
        }

        _device = TorchRuntime.DeviceNamed(options.Device);
        _maximumBatchSize = maximumBatchSize;
        _numberOfThreads = numberOfThreads;
        _precision = options.Precision;
        _channelsLast = _device.type == DeviceType.CUDA;
        Enter();

        using var scope = NewDisposeScope();
        (_parameters, _network) = MakeNetwork();
        _loader = new PixelLoader(Network.InputShape, _device, options, maximumBatchSize);
        long[] perChannel = [1, normalization.Mean.Count, 1, 1];
        float[] factor = [.. normalization.StandardDeviation.Select(deviation => (float)(1.0 / deviation))];
        float[] addend = [.. normalization.Mean.Zip(normalization.StandardDeviation, (mean, deviation) => (float)(-(double)mean / deviation))];
        var type = _precision == TorchPrecision.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        _factor = tensor(factor, perChannel, type, _device).DetachFromDisposeScope();
        _addend = tensor(addend, perChannel, type, _device).DetachFromDisposeScope();
        _labels = empty([maximumBatchSize], ScalarType.Int64).DetachFromDisposeScope();
        _weightNames = [.. Network.WeightLayers.Select(layer => $"{layer.Name}.weight")];
        Load(initial);
    }

    /// <inheritdoc/>
    public string Name => "TorchSharp";

    /// <inheritdoc/>
    public Network Network { get; }

    /// <summary>The device it computes on, for example <c>cuda:0</c>.</summary>
    public string Device => _device.ToString();

    /// <summary>Makes an engine on CUDA where there is one and on the CPU otherwise; fits <see cref="TrainingEngineFactory"/>.</summary>
    public static ITrainingEngine Create(NetworkState initial, PixelNormalization normalization, int maximumBatchSize, int numberOfThreads) =>
        new TorchSharpEngine(initial, normalization, maximumBatchSize, numberOfThreads);

    /// <summary>A factory of engines with these options.</summary>
    public static TrainingEngineFactory Factory(TorchSharpEngineOptions options) => (initial, normalization, maximumBatchSize, numberOfThreads) =>
        new TorchSharpEngine(initial, normalization, maximumBatchSize, numberOfThreads, options);

    /// <inheritdoc/>
    public void Load(NetworkState state, NetworkState? momentum = null)
    {
        StateCheck.ThrowIfNotLoadable(state, momentum, Network);
        UseMasks(state.Mask);
        _parameters.Load(state, momentum);
    }

    /// <inheritdoc/>
    public void Read(NetworkState state, NetworkState? momentum = null)
    {
        StateCheck.ThrowIfOtherMasks(state, _mask, nameof(state));
        if (momentum is not null)
        {
            StateCheck.ThrowIfOtherMasks(momentum, _mask, nameof(momentum));
        }

        _parameters.Read(state, momentum);
    }

    /// <inheritdoc/>
    public StepResult TrainStep(ImageBatch batch, in SgdStep step)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        Enter();
        using var scope = NewDisposeScope();
        var (found, gradient) = ForwardBackward(batch, step.LabelSmoothing, RunningStatistics.Update, prune: true);
        KeepGradient(gradient);
        _parameters.Step(gradient, step);
        return Result(found);
    }

    /// <inheritdoc/>
    public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        StateCheck.ThrowIfOtherMasks(gradients, _mask, nameof(gradients));
        Enter();
        using var scope = NewDisposeScope();
        var (found, gradient) = ForwardBackward(batch, labelSmoothing, RunningStatistics.Leave, prune: true);
        KeepGradient(gradient);
        _parameters.ReadGradient(gradient, gradients);
        return Result(found);
    }

    /// <inheritdoc/>
    public StepResult ComputeDenseGradients(ImageBatch batch, float labelSmoothing, IReadOnlyList<float[]> gradients)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        StateCheck.ThrowIfNoRoomForDenseGradients(gradients, _mask);
        Enter();
        using var scope = NewDisposeScope();
        var (found, gradient) = ForwardBackward(batch, labelSmoothing, RunningStatistics.Leave, prune: false);
        _parameters.ReadDenseGradient(gradient, _weightNames, gradients);
        return Result(found);
    }

    /// <inheritdoc/>
    public void HessianVectorProduct(ImageBatch batch, NetworkState direction, NetworkState product, CancellationToken cancellationToken = default)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        StateCheck.ThrowIfOtherMasks(direction, _mask, nameof(direction));
        StateCheck.ThrowIfOtherMasks(product, _mask, nameof(product));
        CheckBatchStatistics(batch);
        cancellationToken.ThrowIfCancellationRequested();
        Enter();
        using var scope = NewDisposeScope();
        _network.SetStatistics(RunningStatistics.Leave);
        var loss = functional.cross_entropy(_network.call(Normalize(_loader.Load(batch, 0, batch.Count))), Labels(batch));
        var flat = _parameters.HessianProduct(loss, direction);
        cancellationToken.ThrowIfCancellationRequested();
        _parameters.ReadGradient(flat, product);
    }

    /// <inheritdoc/>
    public void LayerGradientNorms(Span<double> norms)
    {
        if (_lastGradient is null)
        {
            throw new InvalidOperationException("There is no gradient yet: the norms are those of the last step.");
        }

        _parameters.ReadLayerNorms(_lastGradient, _weightNames, norms);
    }

    /// <inheritdoc/>
    public void Predict(ImageBatch batch, Span<float> logits)
    {
        BatchCheck.ThrowIfNotPredictable(batch, Network, logits);
        int classes = Network.ClassCount;
        Enter();
        using var off = no_grad();
        _network.SetStatistics(RunningStatistics.Use);
        for (int first = 0; first < batch.Count; first += _maximumBatchSize)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(_maximumBatchSize, batch.Count - first);
            var output = _network.call(Normalize(_loader.Load(batch, first, count))).to(ScalarType.Float32, CPU).contiguous();
            MemoryMarshal.Cast<byte, float>(output.bytes).CopyTo(logits[(first * classes)..]);
        }
    }

    /// <inheritdoc/>
    public void InputGradients(ImageBatch batch, Span<float> gradients)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        BatchCheck.ThrowIfNoRoomForPixels(batch, gradients);
        Enter();
        using var scope = NewDisposeScope();
        _network.SetStatistics(RunningStatistics.Use);
        var pixels = _loader.Load(batch, 0, batch.Count).clone().requires_grad_();
        var loss = functional.cross_entropy(_network.call(Normalize(pixels)), Labels(batch), reduction: Reduction.Sum);
        // Of the pixels alone: the parameters get no gradient, and none is computed for them.
        autograd.backward([loss], inputs: [pixels]);
        var gradient = pixels.grad!.cpu().contiguous();
        MemoryMarshal.Cast<byte, float>(gradient.bytes).CopyTo(gradients);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _parameters.Dispose();
        _loader.Dispose();
        _factor.Dispose();
        _addend.Dispose();
        _labels.Dispose();
        _lastGradient?.Dispose();
    }

    private (FlatParameters Parameters, TorchNetwork Network) MakeNetwork()
    {
        using var scope = NewDisposeScope();
        var parameters = new FlatParameters(_mask.Narrowed, _device, _channelsLast, _precision);
        return (parameters, new TorchNetwork(_mask.Narrowed.Network, parameters));
    }

    /// <summary>
    /// Goes on with other masks: in the same tensors, or in new ones where the network that is left when channels are taken out has other
    /// widths. The numbers are undefined until they are written.
    /// </summary>
    private void UseMasks(NetworkMask mask)
    {
        if (ReferenceEquals(mask, _mask))
        {
            return;
        }

        bool isSame = mask.SameAs(_mask), hasSameWidths = mask.Narrowed.Network.HasSameLayersAs(_mask.Narrowed.Network);
        _mask = mask;
        if (isSame)
        {
            return;
        }

        if (hasSameWidths)
        {
            _parameters.UseMasks(mask.Narrowed);
            return;
        }

        // The old ones go first: there may be no room for two.
        _network.Dispose();
        _parameters.Dispose();
        _lastGradient?.Dispose();
        _lastGradient = null;
        (_parameters, _network) = MakeNetwork();
    }

    // The optimiser uses the gradient up, so this is a copy, into the same place from the second step on.
    private void KeepGradient(Tensor gradient)
    {
        using var off = no_grad();
        if (_lastGradient is null)
        {
            _lastGradient = gradient.clone().DetachFromDisposeScope();
        }
        else
        {
            _lastGradient.copy_(gradient);
        }
    }

    /// <summary>The loss, the number of correct answers and the squared norm of the weights' gradient, still on the device; and the gradient.</summary>
    private (Tensor Found, Tensor Gradient) ForwardBackward(ImageBatch batch, float labelSmoothing, RunningStatistics statistics, bool prune)
    {
        CheckBatchStatistics(batch);
        using var scope = NewDisposeScope();
        var labels = Labels(batch);
        _network.SetStatistics(statistics);
        var logits = _network.call(Normalize(_loader.Load(batch, 0, batch.Count)));
        var loss = functional.cross_entropy(logits, labels, label_smoothing: labelSmoothing);
        autograd.backward([loss]);

        using var off = no_grad();
        var gradient = _parameters.FlatGradient();
        if (prune)
        {
            _parameters.Prune(gradient);
        }

        var correct = logits.argmax(1).eq(labels).sum(loss.dtype);
        var found = cat([loss.detach().reshape(1), correct.reshape(1), _parameters.SquaredWeightNorm(gradient, isPruned: prune).reshape(1)]);
        return (found.MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }

    /// <summary>Brings what a step found to the host: the one place in a step that waits for the device.</summary>
    private static StepResult Result(Tensor found)
    {
        var host = found.to(ScalarType.Float64, CPU);
        var values = MemoryMarshal.Cast<byte, double>(host.bytes);
        return new StepResult(values[0], (int)values[1], Math.Sqrt(values[2]));
    }

    private Tensor Normalize(Tensor pixels)
    {
        var images = pixels.mul(_factor).add_(_addend);
        if (_precision == TorchPrecision.BFloat16)
        {
            images = images.to(ScalarType.BFloat16);
        }

        // There is no call for the layout itself; a contiguous permutation has it, and convolutions keep it.
        return _channelsLast ? images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : images;
    }

    private Tensor Labels(ImageBatch batch)
    {
        var host = MemoryMarshal.Cast<byte, long>(_labels.bytes);
        for (int i = 0; i < batch.Count; i++)
        {
            host[i] = batch.Labels[i];
        }

        return _labels.narrow(0, 0, batch.Count).to(_device);
    }

    /// <summary>Sets what libtorch keeps for the whole process, where another engine has set it otherwise.</summary>
    private void Enter()
    {
        if (get_num_threads() != _numberOfThreads)
        {
            set_num_threads(_numberOfThreads);
        }

        if (_device.type == DeviceType.CUDA)
        {
            backends.cudnn.allow_tf32 = _precision != TorchPrecision.Float32;
            backends.cuda.matmul.allow_tf32 = _precision != TorchPrecision.Float32;
        }
    }

    // libtorch refuses it too, but from the depth of a layer.
    private void CheckBatchStatistics(ImageBatch batch)
    {
        if (batch.Count == 1 && Network.Layers.FirstOrDefault(layer => layer is BatchNormLayer && layer.OutputShape.PlaneSize == 1) is { } layer)
        {
            throw new ArgumentException($"Batch-norm layer '{layer.Name}' of {Network.Name} sees a single value a channel when it trains on one image of {Network.InputShape}; give the batch at least two images.", nameof(batch));
        }
    }
}
