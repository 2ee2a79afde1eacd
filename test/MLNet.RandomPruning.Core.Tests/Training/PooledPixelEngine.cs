using System.Diagnostics.CodeAnalysis;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>
/// A small engine of its own kind: softmax regression with the network's <c>fc</c> layer on pooled pixels, by textbook formulas
/// in double. It trains kept weights, bias and momentum like any engine, keeps one running statistic, and leaves all other
/// tensors alone. Hooks let a test watch and disturb it.
/// </summary>
internal sealed class PooledPixelEngine : ITrainingEngine
{
    private readonly float[] _pixels;
    private readonly double[] _features, _probabilities;
    private readonly int _inputs, _classes;
    private NetworkState _state, _momentum, _gradient;
    private int[] _kept;
    private float[] _weight, _bias, _weightMomentum, _biasMomentum;

    public PooledPixelEngine(NetworkState initial)
    {
        UseMasks(initial.Mask);
        initial.CopyTo(_state);
        _classes = Network.ClassCount;
        _inputs = initial.Mask["fc"].Layer.FanIn;
        _pixels = new float[Network.InputShape.Size];
        _features = new double[_inputs];
        _probabilities = new double[_classes];
    }

    public string Name => "PooledPixel";

    public Network Network => _state.Network;

    /// <summary>How many steps were trained.</summary>
    public int Steps { get; private set; }

    /// <summary>Called before each step with its number, counted from 1.</summary>
    public Action<int, AugmentedBatch, SgdStep>? BeforeStep { get; set; }

    /// <summary>May put another result in the place of a step's.</summary>
    public Func<int, StepResult, StepResult>? AfterStep { get; set; }

    /// <summary>May write other logits; called after each prediction.</summary>
    public Action<AugmentedBatch, Memory<float>>? AfterPredict { get; set; }

    /// <summary>Called with the state and momentum of each load.</summary>
    public Action<NetworkState, NetworkState?>? Loaded { get; set; }

    /// <summary>Called with the batch and label smoothing of each call for dense gradients.</summary>
    public Action<AugmentedBatch, float>? DenseGradientsAsked { get; set; }

    public NetworkState State => _state;

    public NetworkState Momentum => _momentum;

    public void Load(NetworkState state, NetworkState? momentum = null)
    {
        Loaded?.Invoke(state, momentum);
        if (!state.Mask.SameAs(_state.Mask))
        {
            UseMasks(state.Mask);
        }

        state.CopyTo(_state);
        (momentum ?? new NetworkState(state.Mask)).CopyTo(_momentum);
    }

    public void Read(NetworkState state, NetworkState? momentum = null)
    {
        _state.CopyTo(state);
        if (momentum is not null)
        {
            _momentum.CopyTo(momentum);
        }
    }

    public StepResult TrainStep(ImageBatch batch, in SgdStep step)
    {
        Steps++;
        BeforeStep?.Invoke(Steps, (AugmentedBatch)batch, step);
        var found = ComputeGradients(batch, step.LabelSmoothing, _gradient);
        Update(_weight, _weightMomentum, _gradient["fc.weight"], step, step.WeightDecay);
        Update(_bias, _biasMomentum, _gradient["fc.bias"], step, step.DecayNormAndBias ? step.WeightDecay : 0);
        float[] mean = _state["bn.running_mean"];
        mean[0] += BatchNormLayer.Momentum * ((float)_features[0] - mean[0]);
        return AfterStep?.Invoke(Steps, found) ?? found;
    }

    public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients)
    {
        float[] weight = gradients["fc.weight"], bias = gradients["fc.bias"];
        Array.Clear(weight);
        Array.Clear(bias);
        double loss = 0;
        int correct = 0;
        for (int image = 0; image < batch.Count; image++)
        {
            Softmax(batch, image);
            int label = batch.Labels[image];
            int best = 0;
            for (int k = 0; k < _classes; k++)
            {
                best = _probabilities[k] > _probabilities[best] ? k : best;
                double target = labelSmoothing / _classes + (k == label ? 1 - labelSmoothing : 0);
                loss -= target * Math.Log(_probabilities[k]);
                bias[k] += (float)((_probabilities[k] - target) / batch.Count);
            }

            correct += best == label ? 1 : 0;
            for (int i = 0; i < _kept.Length; i++)
            {
                int k = _kept[i] / _inputs;
                double target = labelSmoothing / _classes + (k == label ? 1 - labelSmoothing : 0);
                weight[i] += (float)((_probabilities[k] - target) * _features[_kept[i] % _inputs] / batch.Count);
            }
        }

        double square = 0;
        foreach (float g in weight)
        {
            square += (double)g * g;
        }

        return new StepResult(loss / batch.Count, correct, Math.Sqrt(square));
    }

    public StepResult ComputeDenseGradients(ImageBatch batch, float labelSmoothing, IReadOnlyList<float[]> gradients)
    {
        DenseGradientsAsked?.Invoke((AugmentedBatch)batch, labelSmoothing);
        var layers = Network.WeightLayers;
        for (int layer = 0; layer < layers.Count; layer++)
        {
            Assert.AreEqual(layers[layer].WeightCount, gradients[layer].Length);

            // Layers that it does not use get gradients too, so that schedules have something to look at.
            for (int i = 0; i < gradients[layer].Length; i++)
            {
                gradients[layer][i] = (float)Math.Sin(batch.Labels[0] + 7.0 * i + layer);
            }
        }

        float[] dense = gradients[^1];
        Array.Clear(dense);
        for (int image = 0; image < batch.Count; image++)
        {
            Softmax(batch, image);
            for (int i = 0; i < dense.Length; i++)
            {
                int k = i / _inputs;
                double target = labelSmoothing / _classes + (k == batch.Labels[image] ? 1 - labelSmoothing : 0);
                dense[i] += (float)((_probabilities[k] - target) * _features[i % _inputs] / batch.Count);
            }
        }

        return default;
    }

    public void Predict(ImageBatch batch, Span<float> logits)
    {
        float[] written = new float[logits.Length];
        for (int image = 0; image < batch.Count; image++)
        {
            Softmax(batch, image);
            for (int k = 0; k < _classes; k++)
            {
                written[image * _classes + k] = (float)Math.Log(_probabilities[k]);
            }
        }

        AfterPredict?.Invoke((AugmentedBatch)batch, written);
        written.CopyTo(logits);
    }

    public void InputGradients(ImageBatch batch, Span<float> gradients) => throw new NotSupportedException("This engine trains only.");

    public void Dispose()
    {
    }

    [MemberNotNull(nameof(_state), nameof(_momentum), nameof(_gradient), nameof(_kept), nameof(_weight), nameof(_bias), nameof(_weightMomentum), nameof(_biasMomentum))]
    private void UseMasks(NetworkMask mask)
    {
        _state = new NetworkState(mask);
        _momentum = new NetworkState(mask);
        _gradient = new NetworkState(mask);
        _kept = mask["fc"].KeptIndices();
        _weight = _state["fc.weight"];
        _bias = _state["fc.bias"];
        _weightMomentum = _momentum["fc.weight"];
        _biasMomentum = _momentum["fc.bias"];
    }

    private void Softmax(ImageBatch batch, int image)
    {
        batch.CopyPixels(image, _pixels);
        Array.Clear(_features);
        int run = Math.Max(1, _pixels.Length / _inputs);
        for (int i = 0; i < _pixels.Length; i++)
        {
            _features[i / run % _inputs] += (_pixels[i] - 0.5) / run;
        }

        for (int k = 0; k < _classes; k++)
        {
            _probabilities[k] = _bias[k];
        }

        for (int i = 0; i < _kept.Length; i++)
        {
            _probabilities[_kept[i] / _inputs] += _weight[i] * _features[_kept[i] % _inputs];
        }

        double sum = 0, largest = double.NegativeInfinity;
        foreach (double z in _probabilities)
        {
            largest = Math.Max(largest, z);
        }

        for (int k = 0; k < _classes; k++)
        {
            sum += _probabilities[k] = Math.Exp(_probabilities[k] - largest);
        }

        for (int k = 0; k < _classes; k++)
        {
            _probabilities[k] /= sum;
        }
    }

    private static void Update(float[] values, float[] momentum, float[] gradient, SgdStep step, float decay)
    {
        for (int i = 0; i < values.Length; i++)
        {
            float g = gradient[i] + decay * values[i];
            momentum[i] = step.Momentum * momentum[i] + g;
            values[i] -= step.LearningRate * (step.Nesterov ? g + step.Momentum * momentum[i] : momentum[i]);
        }
    }
}
