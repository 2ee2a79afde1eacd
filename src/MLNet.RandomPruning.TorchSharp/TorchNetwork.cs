using MLNet.RandomPruning.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MLNet.RandomPruning.Torch;

/// <summary>A network's layer graph as a module: normalised images [images, channels, rows, columns] in, logits [images, classes] out.</summary>
internal sealed class TorchNetwork : Module<Tensor, Tensor>
{
    private readonly Network _network;
    private readonly Module<Tensor, Tensor>?[] _modules;
    private readonly List<BatchNormModule> _norms = [];

    // [layer]: how many layers read its output, and the last of them, after which the output may go.
    private readonly int[] _readers, _lastReader;

    /// <summary>Builds the modules of a network on parameters that already exist.</summary>
    /// <exception cref="NotSupportedException">The graph has a layer that the engine has no code for.</exception>
    public TorchNetwork(Network network, FlatParameters parameters) : base(network.Name)
    {
        _network = network;
        var made = parameters.Trained.ToDictionary(window => window.Name, window => parameters.MakeParameter(window.Name), StringComparer.Ordinal);
        _modules = [.. network.Layers.Select(layer => MakeModule(layer, made, parameters))];
        for (int index = 0; index < _modules.Length; index++)
        {
            if (_modules[index] is { } module)
            {
                // A module's name must not have a dot in it.
                register_module(network.Layers[index].Name.Replace('.', '_'), module);
            }
        }

        _readers = new int[network.Layers.Count];
        _lastReader = new int[network.Layers.Count];
        for (int index = 0; index < network.Layers.Count; index++)
        {
            foreach (int input in network.Layers[index].Inputs.Where(input => input != Layer.Image))
            {
                _readers[input]++;
                _lastReader[input] = index;
            }
        }
    }

    /// <summary>What batch-norm does with its running statistics.</summary>
    public void SetStatistics(RunningStatistics statistics)
    {
        foreach (var norm in _norms)
        {
            norm.Statistics = statistics;
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var outputs = new Tensor[_modules.Length];
        Tensor Output(int layer) => layer == Layer.Image ? input : outputs[layer];
        for (int index = 0; index < outputs.Length; index++)
        {
            var layer = _network.Layers[index];
            var first = Output(layer.Inputs[0]);
            outputs[index] = layer switch
            {
                ReluLayer => MayOverwrite(layer.Inputs[0]) ? first.relu_() : first.relu(),
                AddLayer => MayOverwrite(layer.Inputs[0]) ? first.add_(Output(layer.Inputs[1])) : first + Output(layer.Inputs[1]),
                GlobalAveragePoolLayer => first.mean([2, 3], type: first.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : null),
                _ => _modules[index]!.call(first),
            };

            // While no gradient is wanted, an output that nobody reads any more need not wait for the scope to end.
            if (!is_grad_enabled())
            {
                foreach (int read in layer.Inputs.Where(read => read != Layer.Image && _lastReader[read] == index && !ReferenceEquals(outputs[read], outputs[index])))
                {
                    outputs[read].Dispose();
                }
            }
        }

        return outputs[^1];
    }

    // No gradient needs the output of batch-norm or of a sum; those of other layers may be needed.
    private bool MayOverwrite(int layer) => layer != Layer.Image && _readers[layer] == 1 && _network.Layers[layer] is BatchNormLayer or AddLayer;

    private Module<Tensor, Tensor>? MakeModule(Layer layer, Dictionary<string, Parameter> made, FlatParameters parameters)
    {
        switch (layer)
        {
            case ConvolutionLayer convolution:
                return new ConvolutionModule(convolution, made[$"{layer.Name}.weight"]);
            case LinearLayer:
                return new LinearModule(made[$"{layer.Name}.weight"], made[$"{layer.Name}.bias"]);
            case BatchNormLayer:
                var norm = new BatchNormModule(
                    made[$"{layer.Name}.weight"], made[$"{layer.Name}.bias"],
                    parameters.MakeStatistic($"{layer.Name}.running_mean"), parameters.MakeStatistic($"{layer.Name}.running_var"));
                _norms.Add(norm);
                return norm;
            case ReluLayer or AddLayer or GlobalAveragePoolLayer:
                return null;
            default:
                throw new NotSupportedException($"The TorchSharp engine cannot run layer '{layer.Name}' of {_network.Name}: it has no code for a {layer.GetType().Name}.");
        }
    }
}
