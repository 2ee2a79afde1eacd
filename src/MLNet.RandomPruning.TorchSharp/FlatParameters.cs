using System.Runtime.InteropServices;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.RandomPruning.Torch;

/// <summary>
/// All numbers of a masked network on the device, each kind in one flat tensor, of which the modules' parameters are windows: so
/// one step of the optimiser is a handful of operations whatever the number of layers, and reading or writing them all is one
/// transfer. Weights come first, then biases and batch-norm parameters. Pruned places hold zero at all times.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    private readonly Device _device;
    private readonly List<WeightWindow> _trained = [];
    private readonly List<WeightWindow> _statistics = [];
    private readonly Dictionary<string, WeightWindow> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _parameters = [];
    private readonly int _trainedCount, _statisticCount, _weightCount, _convolutionCount;
    private readonly ScalarType _type;

    private readonly Tensor _values, _momentum, _statisticValues;

    // Null where convolutions compute with the weights themselves.
    private readonly Tensor? _halfValues;

    // One where a weight is kept, zero where it is pruned; null where nothing is.
    private Tensor? _mask;

    /// <summary>Room for the network's numbers, all zero.</summary>
    /// <param name="mask">The network as it is run, and its masks.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="channelsLast">Whether convolutions' weights lie channels-last.</param>
    /// <param name="precision">Whether they are 64-bit, and whether convolutions compute with a bfloat16 copy of their weights.</param>
    public FlatParameters(NetworkMask mask, Device device, bool channelsLast, TorchPrecision precision)
    {
        _device = device;
        _type = precision == TorchPrecision.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var tensors = new NetworkState(mask).Tensors;
        _trainedCount = Place(mask, tensors.Where(tensor => tensor.IsTrainable).OrderBy(Rank), _trained, channelsLast);
        _statisticCount = Place(mask, tensors.Where(tensor => !tensor.IsTrainable), _statistics, channelsLast);
        _weightCount = _trained.Where(window => window.Kind == StateTensorKind.Weight).Sum(window => window.Length);
        _convolutionCount = _trained.Where(window => window.Layer is ConvolutionLayer).Sum(window => window.Length);

        _values = Keep(zeros([_trainedCount], _type, device));
        _momentum = Keep(zeros([_trainedCount], _type, device));
        _statisticValues = Keep(zeros([_statisticCount], _type, device));
        _halfValues = precision == TorchPrecision.BFloat16 ? Keep(zeros([_convolutionCount], ScalarType.BFloat16, device)) : null;
        _mask = MakeMask();
    }

    /// <summary>The windows of the parameters, in the order in which <see cref="FlatGradient"/> wants their gradients.</summary>
    public IReadOnlyList<WeightWindow> Trained => _trained;

    /// <summary>A parameter that computes with its window of the values; to be called once for each of <see cref="Trained"/>, in order.</summary>
    public Parameter MakeParameter(string name)
    {
        var window = _byName[name];
        if (window != _trained[_parameters.Count])
        {
            throw new InvalidOperationException($"'{name}' is made a parameter out of its order.");
        }

        using var scope = NewDisposeScope();
        var source = _halfValues is not null && window.Layer is ConvolutionLayer ? _halfValues : _values;
        var parameter = nn.Parameter(Shaped(window, source.narrow(0, window.Offset, window.Length)).detach());
        parameter.DetachFromDisposeScope();
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>A window of the running statistics.</summary>
    public Tensor MakeStatistic(string name)
    {
        var window = _byName[name];
        return Keep(_statisticValues.narrow(0, window.Offset, window.Length));
    }

    /// <summary>Goes on with other masks of the same network; the numbers are undefined until the next <see cref="Load"/>.</summary>
    public void UseMasks(NetworkMask mask)
    {
        foreach (var window in _trained.Where(window => window.Kind == StateTensorKind.Weight))
        {
            window.UseMask(mask[window.Layer.Name]);
        }

        _mask?.Dispose();
        _mask = MakeMask();
    }

    /// <summary>Writes weights and statistics, and momentum or zero for none.</summary>
    public void Load(NetworkState state, NetworkState? momentum)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Upload(_values, _trainedCount, _trained, state);
        Upload(_statisticValues, _statisticCount, _statistics, state);
        if (momentum is null)
        {
            _momentum.zero_();
        }
        else
        {
            Upload(_momentum, _trainedCount, _trained, momentum);
        }

        RefreshHalf();
    }

    /// <summary>Reads weights and statistics and, when wanted, momentum.</summary>
    public void Read(NetworkState state, NetworkState? momentum)
    {
        using var scope = NewDisposeScope();
        Download(_values, _trained, state);
        Download(_statisticValues, _statistics, state);
        if (momentum is not null)
        {
            Download(_momentum, _trained, momentum);
        }
    }

    /// <summary>Reads a flat gradient.</summary>
    public void ReadGradient(Tensor gradient, NetworkState gradients) => Download(gradient, _trained, gradients);

    /// <summary>Reads the part of a flat gradient that belongs to all weights of some layers, the pruned ones too, row-major.</summary>
    public void ReadDenseGradient(Tensor gradient, ReadOnlySpan<string> weightNames, IReadOnlyList<float[]> gradients)
    {
        using var host = gradient.narrow(0, 0, _weightCount).to(ScalarType.Float32, torch.CPU);
        for (int layer = 0; layer < weightNames.Length; layer++)
        {
            _byName[weightNames[layer]].GatherAll(Floats(host), gradients[layer]);
        }

        GC.KeepAlive(host);
    }

    /// <summary>
    /// Takes the gradients that a backward pass has left in the parameters as one flat tensor, of pruned weights too, and
    /// leaves none behind. Belongs to the current scope.
    /// </summary>
    public Tensor FlatGradient()
    {
        using var scope = NewDisposeScope();
        var parts = new Tensor[_parameters.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            var gradient = _parameters[i].grad
                ?? throw new InvalidOperationException($"The backward pass has left no gradient for '{_trained[i].Name}'.");
            parts[i] = (_trained[i].IsChannelsLast ? gradient.permute(0, 2, 3, 1) : gradient).reshape(-1);
            _parameters[i].grad = null;
        }

        Tensor flat;
        if (_halfValues is null)
        {
            flat = cat(parts);
        }
        else
        {
            int convolutions = _trained.Count(window => window.Layer is ConvolutionLayer);
            flat = cat([cat(parts[..convolutions]).to(ScalarType.Float32), .. parts[convolutions..]]);
        }

        return flat.MoveToOuterDisposeScope();
    }

    /// <summary>Makes a flat gradient zero where a weight is pruned.</summary>
    public void Prune(Tensor gradient)
    {
        if (_mask is not null)
        {
            using var scope = NewDisposeScope();
            gradient.narrow(0, 0, _weightCount).mul_(_mask);
        }
    }

    /// <summary>
    /// The product of a loss's Hessian with respect to the weights with a direction, by differentiating twice, as one flat tensor:
    /// zero where a weight is pruned, and for all that is no weight. Belongs to the current scope.
    /// </summary>
    /// <param name="loss">A scalar that was computed with the parameters.</param>
    /// <param name="direction">Its weight tensors are read.</param>
    public Tensor HessianProduct(Tensor loss, NetworkState direction)
    {
        using var scope = NewDisposeScope();
        var windows = _trained.Where(window => window.Kind == StateTensorKind.Weight).ToList();
        var weights = _parameters.Take(windows.Count).ToArray<Tensor>();
        var along = zeros([_trainedCount], _type, _device);
        Upload(along, _trainedCount, windows, direction);

        // The first graph is differentiated again, so it must not be freed: create_graph alone does not see to that.
        var first = autograd.grad([loss], weights, retain_graph: true, create_graph: true);
        var slope = zeros([], _type, _device);
        for (int i = 0; i < weights.Length; i++)
        {
            slope = slope + (first[i].to(_type) * Shaped(windows[i], along.narrow(0, windows[i].Offset, windows[i].Length))).sum();
        }

        var second = autograd.grad([slope], weights);
        var parts = second.Select((product, i) => (windows[i].IsChannelsLast ? product.permute(0, 2, 3, 1) : product).reshape(-1).to(_type));
        var flat = cat([.. parts, zeros([_trainedCount - _weightCount], _type, _device)]);
        Prune(flat);
        return flat.MoveToOuterDisposeScope();
    }

    /// <summary>Writes the norm of each weight layer's part of a flat gradient, in the order of the layers.</summary>
    public void ReadLayerNorms(Tensor gradient, ReadOnlySpan<string> weightNames, Span<double> norms)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        for (int layer = 0; layer < weightNames.Length; layer++)
        {
            var window = _byName[weightNames[layer]];
            norms[layer] = Math.Sqrt(gradient.narrow(0, window.Offset, window.Length).square().sum().to(ScalarType.Float64, torch.CPU).ToDouble());
        }
    }

    /// <summary>The sum of squares of a flat gradient over the kept weights, as a tensor of one value on the device.</summary>
    /// <param name="gradient">The gradient.</param>
    /// <param name="isPruned">Whether it is zero where a weight is pruned.</param>
    public Tensor SquaredWeightNorm(Tensor gradient, bool isPruned)
    {
        var weights = gradient.narrow(0, 0, _weightCount);
        return (isPruned || _mask is null ? weights : weights * _mask).square().sum();
    }

    /// <summary>
    /// One step of stochastic gradient descent as PyTorch defines it (torch.optim.SGD): g ← g + λ·w, v ← μ·v + g,
    /// w ← w − rate·(g + μ·v with Nesterov, else v). The gradient is used up. Pruned weights have no gradient and are zero, so
    /// they and their momentum stay zero.
    /// </summary>
    public void Step(Tensor gradient, in SgdStep step)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        if (step.WeightDecay != 0)
        {
            int decayed = step.DecayNormAndBias ? _trainedCount : _weightCount;
            gradient.narrow(0, 0, decayed).add_(_values.narrow(0, 0, decayed), step.WeightDecay);
        }

        _momentum.mul_(step.Momentum).add_(gradient);
        var direction = step.Nesterov ? gradient.add_(_momentum, step.Momentum) : _momentum;
        _values.add_(direction, -step.LearningRate);
        RefreshHalf();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { _values, _momentum, _statisticValues, _mask, _halfValues })
        {
            tensor?.Dispose();
        }
    }

    // The order of the flat tensor: what computes in half precision, what else is a weight, the rest.
    private static int Rank(StateTensor tensor) => tensor.Layer is ConvolutionLayer ? 0 : tensor.Kind == StateTensorKind.Weight ? 1 : 2;

    // The engine's tensors live longer than any scope of a caller.
    private static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();

    private int Place(NetworkMask mask, IEnumerable<StateTensor> tensors, List<WeightWindow> windows, bool channelsLast)
    {
        int offset = 0;
        foreach (var tensor in tensors)
        {
            var window = new WeightWindow(tensor, mask, offset, channelsLast);
            windows.Add(window);
            _byName.Add(window.Name, window);
            offset = checked(offset + window.Length);
        }

        return offset;
    }

    private Tensor? MakeMask()
    {
        if (_trained.Where(window => window.Kind == StateTensorKind.Weight).Sum(window => window.KeptCount) == _weightCount)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var host = zeros([_weightCount], ScalarType.Float32);
        foreach (var window in _trained.Where(window => window.Kind == StateTensorKind.Weight))
        {
            window.Mark(Floats(host));
        }

        return Keep(host.to(_type, _device, copy: true));
    }

    private static Tensor Shaped(WeightWindow window, Tensor flat)
    {
        if (window.Kind != StateTensorKind.Weight)
        {
            return flat;
        }

        var shape = ((WeightLayer)window.Layer).WeightShape;
        return window.IsChannelsLast
            ? flat.view(shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2)
            : flat.view([.. shape.Select(length => (long)length)]);
    }

    private static void Upload(Tensor target, int count, List<WeightWindow> windows, NetworkState state)
    {
        using var host = zeros([count], ScalarType.Float32);
        foreach (var window in windows)
        {
            window.Scatter(state[window.Name], Floats(host));
        }

        target.copy_(host);
    }

    private static void Download(Tensor source, List<WeightWindow> windows, NetworkState state)
    {
        using var host = source.to(ScalarType.Float32, torch.CPU);
        foreach (var window in windows)
        {
            window.Gather(Floats(host), state[window.Name]);
        }

        GC.KeepAlive(host);
    }

    private static Span<float> Floats(Tensor host) => MemoryMarshal.Cast<byte, float>(host.bytes);

    private void RefreshHalf() => _halfValues?.copy_(_values.narrow(0, 0, _convolutionCount));
}
