using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Onnx.Format;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;
using static MLNet.RandomPruning.Onnx.GraphBuilder;
using DataType = MLNet.RandomPruning.Onnx.Format.TensorProto.Types.DataType;

namespace MLNet.RandomPruning.Onnx;

/// <summary>
/// Writes a trained network as a graph, layer by layer: the network that predicting runs, without the channels that the masks take
/// out. A value has the name of the layer that gives it.
/// </summary>
internal sealed class NetworkConverter
{
    private const string Pixels = "Pixels", Logits = "Logits", Score = "Score", PredictedLabel = "PredictedLabel";
    private const int ToFloat = (int)DataType.Float;

    // Lengths in a file are 32-bit numbers; what surrounds the weights is well below 64 MiB.
    private const long LargestWeights = int.MaxValue - (64L << 20);

    private readonly OnnxExportOptions _options;
    private readonly NetworkState _state;
    private readonly PixelNormalization _normalization;
    private readonly NetworkMask _mask;
    private readonly Network _network;
    private readonly GraphBuilder _graph;

    // The name of each layer's output, once it is written.
    private readonly string[] _values;

    // The batch-norm that is folded into the convolution at an index.
    private readonly Dictionary<int, BatchNormLayer> _folded = [];
    private string _image = Pixels;

    private DataType WeightType => _options.Int8Weights ? DataType.Int8 : DataType.Float;

    public NetworkConverter(TrainedModel model, OnnxExportOptions options)
    {
        _options = options;
        _state = model.State;
        _normalization = model.Normalization;
        _mask = model.Mask.Narrowed;
        _network = _mask.Network;
        _graph = new GraphBuilder(_network);
        _graph.Graph.DocString = ModelDescription.Summary(model);
        _values = new string[_network.Layers.Count];
        CheckSize();
        CheckState();
        if (!options.KeepBatchNorm)
        {
            FindBatchNormsToFold();
        }
    }

    /// <summary>Writes the whole graph; called once.</summary>
    public GraphProto Convert()
    {
        AddInput();
        for (int index = 0; index < _values.Length; index++)
        {
            _values[index] = WriteLayer(index);
        }

        AddOutputs();
        return _graph.Graph;
    }

    // Before any of it is made.
    private void CheckSize()
    {
        long bytes = _mask.Layers.Sum(layer => WeightBytes(layer.Layer, layer.KeptCount, WeightType, _options.SparseInitializers));
        if (bytes > LargestWeights)
        {
            throw new NotSupportedException(FormattableString.Invariant(
                $"{_network} cannot be written as ONNX in this form: its weights take {bytes / (double)(1 << 30):F1} GiB, and an ONNX file holds less than 2. Use {nameof(OnnxExportOptions.SparseInitializers)} or {nameof(OnnxExportOptions.Int8Weights)}."));
        }
    }

    // A value that is not finite would make every score NaN, in the other program, where nobody knows why.
    private void CheckState()
    {
        foreach (var tensor in _state.Tensors)
        {
            if (Array.FindIndex(tensor.Values, value => !float.IsFinite(value)) is int index and >= 0)
            {
                throw new ArgumentException($"The model cannot be written as ONNX: value {index} of tensor '{tensor.Name}' is {tensor.Values[index]}.");
            }

            if (tensor.Kind == StateTensorKind.RunningVariance && Array.FindIndex(tensor.Values, value => value < 0) is int negative and >= 0)
            {
                throw new ArgumentException($"The model cannot be written as ONNX: value {negative} of tensor '{tensor.Name}', a variance, is {tensor.Values[negative]}.");
            }
        }
    }

    // Only a convolution that nothing but the batch-norm reads can take it in.
    private void FindBatchNormsToFold()
    {
        var readers = _network.Layers.SelectMany(layer => layer.Inputs).CountBy(input => input).ToDictionary();
        foreach (var norm in _network.Layers.OfType<BatchNormLayer>())
        {
            int input = norm.Inputs[0];
            if (input != Layer.Image && _network.Layers[input] is ConvolutionLayer && readers[input] == 1)
            {
                _folded.Add(input, norm);
            }
        }
    }

    /// <summary>Pixels become the network's input: (pixel − mean)/deviation in the pixels' own range. That cannot go into the first convolution, whose zero padding lies behind it.</summary>
    private void AddInput()
    {
        var shape = _network.InputShape;
        bool isByte = _options.PixelType == OnnxPixelType.Byte, isInterleaved = _options.InterleavedColors ?? false;
        var (minimum, maximum) = _options.PixelRange;
        string range = FormattableString.Invariant($"{(float)minimum} to {(float)maximum}");
        _graph.AddInput(
            Pixels, isByte ? DataType.Uint8 : DataType.Float,
            isInterleaved ? BatchOf(shape.Height, shape.Width, shape.Channels) : BatchOf(shape.Channels, shape.Height, shape.Width),
            $"Images with values from {range}, {(isInterleaved ? "[batch, rows, columns, channels]" : "[batch, channels, rows, columns]")}.");
        if (isInterleaved)
        {
            _image = _graph.AddNode("Transpose", $"{Pixels}.planar", [_image], Integers("perm", 0, 3, 1, 2));
        }

        if (isByte)
        {
            _image = _graph.AddNode("Cast", $"{Pixels}.float", [_image], Integer("to", ToFloat));
        }

        float[] mean = [.. _normalization.Mean.Select(value => (float)(minimum + value * (maximum - minimum)))];
        float[] deviation = [.. _normalization.StandardDeviation.Select(value => (float)(value * (maximum - minimum)))];
        if (!mean.All(float.IsFinite) || !deviation.All(value => float.IsFinite(value) && value > 0))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Pixels from {range} cannot be normalised in floats: the model's means {string.Join(", ", _normalization.Mean)} and standard deviations {string.Join(", ", _normalization.StandardDeviation)} leave their range when they are scaled to it; use another {nameof(OnnxExportOptions.PixelMinimum)} and {nameof(OnnxExportOptions.PixelMaximum)}."));
        }

        int[] perChannel = [1, shape.Channels, 1, 1];
        string centred = _graph.AddNode("Sub", $"{Pixels}.centred", [_image, _graph.AddConstant($"{Pixels}.mean", perChannel, mean)]);
        _image = _graph.AddNode("Div", $"{Pixels}.normalized", [centred, _graph.AddConstant($"{Pixels}.deviation", perChannel, deviation)]);
    }

    private void AddOutputs()
    {
        int classes = _network.ClassCount;
        _graph.AddNode("Softmax", Score, [Logits], Integer("axis", 1));
        _graph.AddNode("ArgMax", PredictedLabel, [Logits], Integer("axis", 1), Integer("keepdims", 0));
        _graph.AddOutput(Score, DataType.Float, BatchOf(classes), "The probability of each class: the softmax of the logits.");
        _graph.AddOutput(Logits, DataType.Float, BatchOf(classes), "The network's last layer, before the softmax.");
        _graph.AddOutput(PredictedLabel, DataType.Int64, BatchOf(), "The index of the most probable class; its name stands in the metadata, in the list class_names.");
    }

    private string WriteLayer(int index)
    {
        var layer = _network.Layers[index];
        string name = index == _values.Length - 1 ? Logits : layer.Name;
        string[] inputs = [.. layer.Inputs.Select(input => input == Layer.Image ? _image : _values[input])];
        return layer switch
        {
            _ when index == _values.Length - 1 && layer is not LinearLayer => throw NotSupported(layer, "its last layer is not linear"),
            ConvolutionLayer convolution => AddConvolution(index, convolution, inputs[0]),
            BatchNormLayer when _folded.TryGetValue(layer.Inputs[0], out var folded) && folded == layer => inputs[0],
            BatchNormLayer norm => AddBatchNorm(norm, inputs[0]),
            ReluLayer => _graph.AddNode("Relu", name, inputs),
            AddLayer => _graph.AddNode("Add", name, inputs),
            GlobalAveragePoolLayer => _graph.AddNode("GlobalAveragePool", name, inputs),
            LinearLayer linear => AddLinear(linear, inputs[0], name),
            _ => throw NotSupported(layer, "the export has no operator for it"),
        };
    }

    private string AddConvolution(int index, ConvolutionLayer layer, string input)
    {
        string weights = $"{layer.Name}.weight";
        string[] inputs;
        if (_folded.TryGetValue(index, out var norm))
        {
            var (factors, biases) = Fold(norm);
            inputs = [input, AddWeights(Weights(layer, factors), $"{weights}_folded"), _graph.AddConstant($"{layer.Name}.bias_folded", [biases.Length], biases)];
        }
        else
        {
            inputs = [input, AddWeights(Weights(layer), weights)];
        }

        return _graph.AddNode(
            "Conv", layer.Name, inputs,
            Integers("kernel_shape", layer.KernelSize, layer.KernelSize), Integers("strides", layer.Stride, layer.Stride),
            Integers("pads", layer.Padding, layer.Padding, layer.Padding, layer.Padding));
    }

    private string AddBatchNorm(BatchNormLayer layer, string input)
    {
        string Tensor(string suffix)
        {
            float[] values = _state[$"{layer.Name}.{suffix}"];
            return _graph.AddConstant($"{layer.Name}.{suffix}", [values.Length], values);
        }

        return _graph.AddNode(
            "BatchNormalization", layer.Name, [input, Tensor("weight"), Tensor("bias"), Tensor("running_mean"), Tensor("running_var")],
            Number("epsilon", BatchNormLayer.Epsilon));
    }

    private string AddLinear(LinearLayer layer, string input, string output)
    {
        float[] biases = _state[$"{layer.Name}.bias"];
        string flat = _graph.AddNode("Flatten", $"{layer.Name}.input", [input], Integer("axis", 1));
        string weights = AddWeights(Weights(layer), $"{layer.Name}.weight");
        return _graph.AddNode("Gemm", output, [flat, weights, _graph.AddConstant($"{layer.Name}.bias", [biases.Length], biases)], Integer("transB", 1));
    }

    /// <summary>What the weights of each channel are multiplied by, and its bias.</summary>
    private (double[] Factors, float[] Biases) Fold(BatchNormLayer norm)
    {
        var (factors, biases) = BatchNormFolding.Of(_state, norm);
        return Array.FindIndex(biases, bias => !float.IsFinite(bias)) is int channel and >= 0
            ? throw new ArgumentException($"The model cannot be written as ONNX: folding channel {channel} of batch-norm '{norm.Name}' into a bias makes it infinite. Set {nameof(OnnxExportOptions.KeepBatchNorm)}, or look at what training did to this layer.")
            : (factors, biases);
    }

    private LayerWeights Weights(WeightLayer layer, double[]? factors = null) =>
        new(_mask[layer.Name], _state[$"{layer.Name}.weight"], factors);

    /// <summary>Writes weights as the options ask for, and gives the name of the float tensor that they are in the graph.</summary>
    private string AddWeights(LayerWeights weights, string name)
    {
        bool sparse = _options.SparseInitializers;
        if (!_options.Int8Weights)
        {
            return _graph.AddWeights(name, weights.Layer, weights.Indices, DataType.Float, LittleEndian(weights.Folded()), sparse);
        }

        var (values, scales) = weights.Quantized();
        string quantized = _graph.AddWeights($"{name}.int8", weights.Layer, weights.Indices, DataType.Int8, [.. values.Select(value => (byte)value)], sparse);
        return _graph.AddNode("DequantizeLinear", name, [quantized, _graph.AddConstant($"{name}.scale", [scales.Length], scales)], Integer("axis", 0));
    }

    private NotSupportedException NotSupported(Layer layer, string why) =>
        new($"Layer '{layer.Name}' of {_network.Name} cannot be written as ONNX: {why}.");
}
