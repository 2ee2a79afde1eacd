using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>
/// The oracle: a masked network computed layer by layer in double precision on dense tensors with zeros, with loops that
/// follow the definitions and nothing else. Its own gradients are held to finite differences.
/// </summary>
internal sealed class NaiveNetwork
{
    private readonly Network _network;
    private readonly PixelNormalization _normalization;
    private readonly bool _training;

    public NaiveNetwork(NetworkState state, PixelNormalization normalization, bool training)
    {
        _network = state.Network;
        _normalization = normalization;
        _training = training;
        foreach (var tensor in state.Tensors)
        {
            Parameters[tensor.Name] = tensor.Kind == StateTensorKind.Weight
                ? Scatter(tensor.Values, state.Mask[tensor.Layer.Name].KeptIndices(), ((WeightLayer)tensor.Layer).WeightCount)
                : [.. tensor.Values.Select(value => (double)value)];
        }
    }

    /// <summary>All tensors by name; weights dense. May be changed between calls.</summary>
    public Dictionary<string, double[]> Parameters { get; } = [];

    /// <summary>Mean and unbiased variance of each batch-norm layer's input in the last forward pass.</summary>
    public Dictionary<string, (double[] Mean, double[] Variance)> Statistics { get; } = [];

    /// <summary>The output of every layer: [layer][image][value].</summary>
    public double[][][] Forward(double[][] pixels)
    {
        var outputs = new double[_network.Layers.Count][][];
        var image = pixels.Select(Normalise).ToArray();
        for (int index = 0; index < outputs.Length; index++)
        {
            var layer = _network.Layers[index];
            var inputs = layer.Inputs.Select(input => input == Layer.Image ? image : outputs[input]).ToArray();
            outputs[index] = layer switch
            {
                ConvolutionLayer convolution => [.. inputs[0].Select(x => Convolve(convolution, x))],
                LinearLayer linear => [.. inputs[0].Select(x => Multiply(linear, x))],
                BatchNormLayer norm => Normalise(norm, inputs[0]),
                ReluLayer => [.. inputs[0].Select(x => x.Select(value => Math.Max(value, 0)).ToArray())],
                AddLayer => [.. inputs[0].Zip(inputs[1], (left, right) => left.Zip(right, (a, b) => a + b).ToArray())],
                GlobalAveragePoolLayer => [.. inputs[0].Select(x => x.Chunk(x.Length / layer.OutputShape.Channels).Select(plane => plane.Average()).ToArray())],
                _ => throw new NotSupportedException(layer.GetType().Name),
            };
        }

        return outputs;
    }

    /// <summary>The mean over the images of −Σ q·ln softmax(logits).</summary>
    public double Loss(double[][] pixels, int[] labels, double smoothing) => LossOf(Forward(pixels)[^1], labels, smoothing);

    /// <summary>The gradient of <see cref="Loss(double[][], int[], double)"/> for every parameter, dense, and for the pixels.</summary>
    public (double Loss, Dictionary<string, double[]> Parameters, double[][] Pixels) Gradients(double[][] pixels, int[] labels, double smoothing)
    {
        var outputs = Forward(pixels);
        var image = pixels.Select(Normalise).ToArray();
        var flow = outputs.Select(layer => layer.Select(x => new double[x.Length]).ToArray()).ToArray();
        var imageFlow = image.Select(x => new double[x.Length]).ToArray();
        var gradients = Parameters.ToDictionary(pair => pair.Key, pair => new double[pair.Value.Length]);
        for (int n = 0; n < pixels.Length; n++)
        {
            var probabilities = Softmax(outputs[^1][n]);
            for (int c = 0; c < probabilities.Length; c++)
            {
                flow[^1][n][c] = (probabilities[c] - Target(c, labels[n], probabilities.Length, smoothing)) / pixels.Length;
            }
        }

        for (int index = outputs.Length - 1; index >= 0; index--)
        {
            var layer = _network.Layers[index];
            double[][] Values(int slot) => layer.Inputs[slot] == Layer.Image ? image : outputs[layer.Inputs[slot]];
            double[][] Flow(int slot) => layer.Inputs[slot] == Layer.Image ? imageFlow : flow[layer.Inputs[slot]];
            for (int n = 0; n < pixels.Length; n++)
            {
                switch (layer)
                {
                    case ConvolutionLayer convolution:
                        BackConvolve(convolution, Values(0)[n], flow[index][n], Flow(0)[n], gradients[$"{layer.Name}.weight"]);
                        break;
                    case LinearLayer linear:
                        BackMultiply(linear, Values(0)[n], flow[index][n], Flow(0)[n], gradients);
                        break;
                    case ReluLayer:
                        Accumulate(Flow(0)[n], i => outputs[index][n][i] > 0 ? flow[index][n][i] : 0);
                        break;
                    case AddLayer:
                        Accumulate(Flow(0)[n], i => flow[index][n][i]);
                        Accumulate(Flow(1)[n], i => flow[index][n][i]);
                        break;
                    case GlobalAveragePoolLayer:
                        int plane = Values(0)[n].Length / layer.OutputShape.Channels;
                        Accumulate(Flow(0)[n], i => flow[index][n][i / plane] / plane);
                        break;
                }
            }

            if (layer is BatchNormLayer norm)
            {
                BackNormalise(norm, Values(0), flow[index], Flow(0), gradients);
            }
        }

        for (int n = 0; n < pixels.Length; n++)
        {
            int plane = _network.InputShape.PlaneSize;
            for (int i = 0; i < imageFlow[n].Length; i++)
            {
                imageFlow[n][i] /= _normalization.StandardDeviation[i / plane];
            }
        }

        return (LossOf(outputs[^1], labels, smoothing), gradients, imageFlow);
    }

    private static double LossOf(double[][] logits, int[] labels, double smoothing) => logits.Zip(labels, (z, label) =>
        -Softmax(z).Select((p, c) => Target(c, label, z.Length, smoothing) * Math.Log(p)).Sum()).Average();

    private static double Target(int c, int label, int classes, double smoothing) => smoothing / classes + (c == label ? 1 - smoothing : 0);

    private static double[] Softmax(double[] logits)
    {
        double top = logits.Max(), sum = logits.Sum(z => Math.Exp(z - top));
        return [.. logits.Select(z => Math.Exp(z - top) / sum)];
    }

    private static double[] Scatter(float[] kept, int[] indices, int length)
    {
        var dense = new double[length];
        for (int j = 0; j < kept.Length; j++)
        {
            dense[indices[j]] = kept[j];
        }

        return dense;
    }

    private static void Accumulate(double[] target, Func<int, double> value)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] += value(i);
        }
    }

    private double[] Normalise(double[] pixels) =>
        [.. pixels.Select((pixel, i) => (pixel - _normalization.Mean[i / _network.InputShape.PlaneSize]) / _normalization.StandardDeviation[i / _network.InputShape.PlaneSize])];

    private double[] Convolve(ConvolutionLayer layer, double[] x)
    {
        var y = new double[layer.OutputShape.Size];
        var weights = Parameters[$"{layer.Name}.weight"];
        ForEachProduct(layer, (output, input, weight) => y[output] += weights[weight] * x[input]);
        return y;
    }

    private void BackConvolve(ConvolutionLayer layer, double[] x, double[] gradient, double[] inputGradient, double[] weightGradient)
    {
        var weights = Parameters[$"{layer.Name}.weight"];
        ForEachProduct(layer, (output, input, weight) =>
        {
            weightGradient[weight] += gradient[output] * x[input];
            inputGradient[input] += gradient[output] * weights[weight];
        });
    }

    private static void ForEachProduct(ConvolutionLayer layer, Action<int, int, int> product)
    {
        var (inShape, outShape, k) = (layer.InputShape, layer.OutputShape, layer.KernelSize);
        for (int o = 0; o < outShape.Channels; o++)
        for (int oy = 0; oy < outShape.Height; oy++)
        for (int ox = 0; ox < outShape.Width; ox++)
        for (int c = 0; c < inShape.Channels; c++)
        for (int ky = 0; ky < k; ky++)
        for (int kx = 0; kx < k; kx++)
        {
            int iy = oy * layer.Stride + ky - layer.Padding, ix = ox * layer.Stride + kx - layer.Padding;
            if (iy >= 0 && iy < inShape.Height && ix >= 0 && ix < inShape.Width)
            {
                product((o * outShape.Height + oy) * outShape.Width + ox, (c * inShape.Height + iy) * inShape.Width + ix, ((o * inShape.Channels + c) * k + ky) * k + kx);
            }
        }
    }

    private double[] Multiply(LinearLayer layer, double[] x)
    {
        var weights = Parameters[$"{layer.Name}.weight"];
        var bias = Parameters[$"{layer.Name}.bias"];
        return [.. bias.Select((b, o) => b + x.Select((value, i) => value * weights[o * x.Length + i]).Sum())];
    }

    private void BackMultiply(LinearLayer layer, double[] x, double[] gradient, double[] inputGradient, Dictionary<string, double[]> gradients)
    {
        var weights = Parameters[$"{layer.Name}.weight"];
        for (int o = 0; o < gradient.Length; o++)
        {
            gradients[$"{layer.Name}.bias"][o] += gradient[o];
            for (int i = 0; i < x.Length; i++)
            {
                gradients[$"{layer.Name}.weight"][o * x.Length + i] += gradient[o] * x[i];
                inputGradient[i] += gradient[o] * weights[o * x.Length + i];
            }
        }
    }

    private double[][] Normalise(BatchNormLayer layer, double[][] x)
    {
        int channels = layer.OutputShape.Channels, plane = layer.OutputShape.PlaneSize;
        double[] scale = Parameters[$"{layer.Name}.weight"], shift = Parameters[$"{layer.Name}.bias"];
        var (mean, variance) = StatisticsOf(layer, x);
        double count = (double)x.Length * plane;
        Statistics[layer.Name] = (mean, [.. variance.Select(v => v * count / Math.Max(count - 1, 1))]);
        return [.. x.Select(values => values.Select((value, i) =>
            scale[i / plane] * (value - mean[i / plane]) / Math.Sqrt(variance[i / plane] + BatchNormLayer.Epsilon) + shift[i / plane]).ToArray())];
    }

    private (double[] Mean, double[] Variance) StatisticsOf(BatchNormLayer layer, double[][] x)
    {
        if (!_training)
        {
            return (Parameters[$"{layer.Name}.running_mean"], Parameters[$"{layer.Name}.running_var"]);
        }

        int plane = layer.OutputShape.PlaneSize;
        var mean = new double[layer.OutputShape.Channels];
        var variance = new double[mean.Length];
        for (int c = 0; c < mean.Length; c++)
        {
            var channel = x.SelectMany(values => values.AsSpan(c * plane, plane).ToArray()).ToArray();
            mean[c] = channel.Average();
            variance[c] = channel.Average(value => (value - mean[c]) * (value - mean[c]));
        }

        return (mean, variance);
    }

    private void BackNormalise(BatchNormLayer layer, double[][] x, double[][] gradient, double[][] inputGradient, Dictionary<string, double[]> gradients)
    {
        int plane = layer.OutputShape.PlaneSize;
        double[] scale = Parameters[$"{layer.Name}.weight"];
        var (mean, variance) = StatisticsOf(layer, x);
        double count = (double)x.Length * plane;
        for (int c = 0; c < mean.Length; c++)
        {
            double inverse = 1 / Math.Sqrt(variance[c] + BatchNormLayer.Epsilon), sum = 0, product = 0;
            for (int n = 0; n < x.Length; n++)
            {
                for (int i = c * plane; i < (c + 1) * plane; i++)
                {
                    sum += gradient[n][i];
                    product += gradient[n][i] * (x[n][i] - mean[c]) * inverse;
                }
            }

            gradients[$"{layer.Name}.bias"][c] = sum;
            gradients[$"{layer.Name}.weight"][c] = product;
            for (int n = 0; n < x.Length; n++)
            {
                for (int i = c * plane; i < (c + 1) * plane; i++)
                {
                    double through = _training ? gradient[n][i] - sum / count - (x[n][i] - mean[c]) * inverse * product / count : gradient[n][i];
                    inputGradient[n][i] += scale[c] * inverse * through;
                }
            }
        }
    }
}
