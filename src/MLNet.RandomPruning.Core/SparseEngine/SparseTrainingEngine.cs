using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The built-in engine: trains a masked network on the CPU, storing and computing kept weights only. A batch is cut into
/// blocks of 16 images whose values stand side by side; blocks are shared out to threads, and what they leave is added up in
/// the order of the blocks, so that the result does not depend on the number of threads or on the vector width.
/// </summary>
public sealed unsafe partial class SparseTrainingEngine : IHessianEngine
{
    private readonly int _maximumBatchSize;
    private readonly SparsePlan _plan;
    private readonly SparseKernels _kernels;
    private readonly BlockLoader _loader;
    private readonly WorkerTeam _team;
    private readonly WorkerScratch[] _scratch;
    private readonly ConvolutionState[] _convolutions;
    private readonly LayerState _head;
    private readonly Parameter _headBias;
    private readonly LayerState[] _weightLayers;
    private readonly Parameter[] _parameters;
    private readonly double[] _squares;
    private readonly SparsePredictor _predictor;
    private bool _predictorIsCurrent;
    private HessianPass? _hessian;

    /// <summary>Makes an engine and puts a first state into it.</summary>
    /// <param name="initial">The network, its masks and its first weights.</param>
    /// <param name="normalization">Mean and standard deviation of the pixels, one a channel.</param>
    /// <param name="maximumBatchSize">The most images that a training batch will hold, at least 1.</param>
    /// <param name="numberOfThreads">How many threads to use, at least 1.</param>
    /// <param name="vectorWidth">Which vector instructions to use; every choice gives the same bits.</param>
    /// <exception cref="NotSupportedException">The network has a layer that the engine has no code for.</exception>
    public SparseTrainingEngine(
        NetworkState initial, PixelNormalization normalization, int maximumBatchSize, int numberOfThreads, VectorWidth vectorWidth = VectorWidth.Auto)
    {
        ArgumentNullException.ThrowIfNull(initial);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numberOfThreads);

        Network = initial.Network;
        _maximumBatchSize = maximumBatchSize;
        _kernels = SparseKernels.For(vectorWidth);
        _plan = SparsePlan.Compile(Network);
        _loader = new BlockLoader(Network.InputShape, normalization);
        int blocks = SparseKernels.BlockCount(maximumBatchSize);

        _convolutions = [.. _plan.Convolutions.Select(node =>
            new ConvolutionState(node, new SparseWeights(node.Layer, initial.Mask[node.Layer.Name], node.Input.Padded), blocks))];
        _head = new LayerState(_plan.Head, new SparseWeights(_plan.Head, initial.Mask[_plan.Head.Name]), blocks);
        _headBias = new Parameter($"{_plan.Head.Name}.bias", StateTensorKind.Bias, _plan.Head.Outputs);
        _weightLayers = [.. _convolutions.Select(convolution => convolution.Layer), _head];
        _squares = new double[_weightLayers.Length];
        _parameters =
        [
            .. _convolutions.SelectMany(convolution => new[] { convolution.Layer.Weight, convolution.Norm.Scale, convolution.Norm.Shift }),
            _head.Weight,
            _headBias,
        ];

        _scratch = [.. Enumerable.Range(0, numberOfThreads).Select(_ => new WorkerScratch(_plan, _weightLayers.Select(layer => layer.Lists), Network.InputShape.Size))];
        _images = new BlockBuffer(_plan.Activations[0].Padded, blocks);
        _stored = [.. _plan.Activations.Select(activation => activation.IsStored && activation.Index > 0 ? new BlockBuffer(activation.Shape, blocks) : null)];
        _gradients = GradientBuffers.Assign(_plan, blocks, out _gradientBuffers);
        _blockLoss = new double[blocks];
        _blockCorrect = new int[blocks];
        _blockBiasGradients = new float[blocks * _plan.Head.Outputs];
        (_forwardPhases, _headPhase, _backwardPhases, _sumPhase) = MakePhases();

        _predictor = new SparsePredictor(initial, normalization, vectorWidth);
        _team = new WorkerTeam(numberOfThreads);
        Load(initial);
    }

    /// <inheritdoc/>
    public string Name => "Sparse";

    /// <inheritdoc/>
    public Network Network { get; }

    /// <summary>Makes an engine; fits <see cref="TrainingEngineFactory"/>.</summary>
    public static ITrainingEngine Create(NetworkState initial, PixelNormalization normalization, int maximumBatchSize, int numberOfThreads) =>
        new SparseTrainingEngine(initial, normalization, maximumBatchSize, numberOfThreads);

    /// <inheritdoc/>
    public void Load(NetworkState state, NetworkState? momentum = null)
    {
        foreach (var parameter in _parameters)
        {
            CopyChecked(state[parameter.Name], parameter.Values.Array, parameter.Name);
            if (momentum is null)
            {
                Array.Clear(parameter.Momentum);
            }
            else
            {
                CopyChecked(momentum[parameter.Name], parameter.Momentum, parameter.Name);
            }
        }

        foreach (var norm in _convolutions.Select(convolution => convolution.Norm))
        {
            CopyChecked(state[norm.RunningMeanName], norm.RunningMean, norm.RunningMeanName);
            CopyChecked(state[norm.RunningVarianceName], norm.RunningVariance, norm.RunningVarianceName);
        }

        UpdateLists();
    }

    /// <inheritdoc/>
    public void Read(NetworkState state, NetworkState? momentum = null)
    {
        foreach (var parameter in _parameters)
        {
            CopyChecked(parameter.Values.Array, state[parameter.Name], parameter.Name);
            if (momentum is not null)
            {
                CopyChecked(parameter.Momentum, momentum[parameter.Name], parameter.Name);
            }
        }

        foreach (var norm in _convolutions.Select(convolution => convolution.Norm))
        {
            CopyChecked(norm.RunningMean, state[norm.RunningMeanName], norm.RunningMeanName);
            CopyChecked(norm.RunningVariance, state[norm.RunningVarianceName], norm.RunningVarianceName);
        }
    }

    /// <inheritdoc/>
    public StepResult TrainStep(ImageBatch batch, in SgdStep step)
    {
        var result = ForwardBackward(batch, step.LabelSmoothing, updateRunning: true);
        foreach (var parameter in _parameters)
        {
            parameter.Step(step);
        }

        UpdateLists();
        return result;
    }

    /// <inheritdoc/>
    public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients)
    {
        var result = ForwardBackward(batch, labelSmoothing, updateRunning: false);
        foreach (var parameter in _parameters)
        {
            CopyChecked(parameter.Gradient, gradients[parameter.Name], parameter.Name);
        }

        return result;
    }

    /// <inheritdoc/>
    public void LayerGradientNorms(Span<double> norms)
    {
        if (norms.Length != _squares.Length)
        {
            throw new ArgumentException($"{Network.Name} has {_squares.Length} layers with weights, but there is room for the norms of {norms.Length}.", nameof(norms));
        }

        for (int layer = 0; layer < _squares.Length; layer++)
        {
            norms[layer] = Math.Sqrt(_squares[layer]);
        }
    }

    /// <inheritdoc/>
    public void HessianVectorProduct(ImageBatch batch, NetworkState direction, NetworkState product, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(direction);
        ArgumentNullException.ThrowIfNull(product);
        Start(batch, labelSmoothing: 0, 1f / batch.Count, batchStatistics: true);
        var state = new NetworkState(_predictor.Mask);
        Read(state);

        // Few trainings ask for second derivatives; their memory is taken when one does.
        _hessian ??= new HessianPass(_plan, _kernels, _loader, _team, _predictor.Mask, _maximumBatchSize);
        _hessian.Run(batch, state, direction, product, cancellationToken);
    }

    /// <inheritdoc/>
    public void Predict(ImageBatch batch, Span<float> logits)
    {
        if (!_predictorIsCurrent)
        {
            var state = new NetworkState(_predictor.Mask);
            Read(state);
            _predictor.Fold(state);
            _predictorIsCurrent = true;
        }

        _predictor.Predict(batch, logits, _team);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hessian?.Dispose();
        _team.Dispose();
        _images.Dispose();
        _head.Dispose();
        _predictor.Dispose();
        foreach (var disposable in _convolutions.Concat<IDisposable>(_scratch).Concat(_stored.OfType<IDisposable>()).Concat(_gradientBuffers))
        {
            disposable.Dispose();
        }
    }

    private static void CopyChecked(float[] source, float[] destination, string name)
    {
        if (source.Length != destination.Length)
        {
            throw new ArgumentException($"Tensor '{name}' has {destination.Length} values in the one network and {source.Length} in the other: the masks differ.");
        }

        source.CopyTo(destination, 0);
    }

    private void UpdateLists()
    {
        foreach (var layer in _weightLayers)
        {
            layer.Lists.Update(layer.Weight.Values.Array);
        }

        _predictorIsCurrent = false;
    }
}
