using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The built-in engine: trains a masked network on the CPU, storing and computing kept weights only. A batch is cut into
/// blocks of 16 images whose values stand side by side; blocks are shared out to threads, and what they leave is added up in
/// the order of the blocks, so that the result does not depend on the number of threads or on the vector width. Channels that the
/// masks take out of the network (<see cref="NetworkMask.Narrowed"/>) are not there at all.
/// </summary>
public sealed class SparseTrainingEngine : IHessianEngine
{
    private readonly int _maximumBatchSize;
    private readonly PixelNormalization _normalization;
    private readonly VectorWidth _vectorWidth;
    private readonly SparseKernels _kernels;
    private readonly BandKernels _bands;
    private readonly BlockLoader _loader;
    private readonly WorkerTeam _team;
    private NetworkMask _mask;
    private TrainingPass _pass;

    // Few trainings ask for second derivatives, and no step of training for predictions: they are made when someone does.
    private SparsePredictor? _predictor;
    private bool _predictorIsCurrent;
    private HessianPass? _hessian;

    /// <summary>Makes an engine and puts a first state into it.</summary>
    /// <param name="initial">The network, its masks and its first weights.</param>
    /// <param name="normalization">Mean and standard deviation of the pixels, one a channel.</param>
    /// <param name="maximumBatchSize">The most images that a training batch will hold, at least 1.</param>
    /// <param name="numberOfThreads">How many threads to use, at least 1.</param>
    /// <param name="vectorWidth">Which vector instructions to use; every choice gives the same bits.</param>
    /// <param name="activationPrecision">How a step keeps activations and their gradients until the way back.</param>
    /// <exception cref="NotSupportedException">The network has a layer that the engine has no code for.</exception>
    public SparseTrainingEngine(
        NetworkState initial,
        PixelNormalization normalization,
        int maximumBatchSize,
        int numberOfThreads,
        VectorWidth vectorWidth = VectorWidth.Auto,
        ActivationPrecision activationPrecision = ActivationPrecision.Single)
    {
        ArgumentNullException.ThrowIfNull(initial);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numberOfThreads);

        Network = initial.Network;
        _mask = initial.Mask;
        _maximumBatchSize = maximumBatchSize;
        _normalization = normalization;
        _vectorWidth = vectorWidth;
        _kernels = SparseKernels.For(vectorWidth);
        _bands = BandKernels.For(vectorWidth, activationPrecision);
        _loader = new BlockLoader(Network.InputShape, normalization);
        var plan = SparsePlan.Compile(_mask.Narrowed.Network);
        _team = new WorkerTeam(numberOfThreads);
        _pass = new TrainingPass(plan, _mask.Narrowed, _kernels, _bands, _loader, _team, maximumBatchSize);
        Load(initial);
    }

    /// <inheritdoc/>
    public string Name => "Sparse";

    /// <inheritdoc/>
    public Network Network { get; }

    /// <summary>Makes an engine; fits <see cref="TrainingEngineFactory"/>.</summary>
    public static ITrainingEngine Create(NetworkState initial, PixelNormalization normalization, int maximumBatchSize, int numberOfThreads) =>
        new SparseTrainingEngine(initial, normalization, maximumBatchSize, numberOfThreads);

    /// <summary>Makes engines that keep activations in some precision.</summary>
    /// <param name="activationPrecision">How a step keeps activations and their gradients until the way back.</param>
    public static TrainingEngineFactory Factory(ActivationPrecision activationPrecision) => (initial, normalization, maximumBatchSize, numberOfThreads) =>
        new SparseTrainingEngine(initial, normalization, maximumBatchSize, numberOfThreads, VectorWidth.Auto, activationPrecision);

    /// <inheritdoc/>
    public void Load(NetworkState state, NetworkState? momentum = null)
    {
        StateCheck.ThrowIfNotLoadable(state, momentum, Network);
        UseMasks(state.Mask);
        foreach (var parameter in _pass.Parameters)
        {
            state[parameter.Name].CopyTo(parameter.Values.Array, 0);
            if (momentum is null)
            {
                Array.Clear(parameter.Momentum);
            }
            else
            {
                momentum[parameter.Name].CopyTo(parameter.Momentum, 0);
            }
        }

        foreach (var norm in _pass.Norms)
        {
            state[norm.RunningMeanName].CopyTo(norm.RunningMean, 0);
            state[norm.RunningVarianceName].CopyTo(norm.RunningVariance, 0);
        }

        UpdateLists();
    }

    /// <inheritdoc/>
    public void Read(NetworkState state, NetworkState? momentum = null)
    {
        StateCheck.ThrowIfOtherMasks(state, _mask, nameof(state));
        if (momentum is not null)
        {
            StateCheck.ThrowIfOtherMasks(momentum, _mask, nameof(momentum));
        }

        foreach (var parameter in _pass.Parameters)
        {
            parameter.Values.Array.CopyTo(state[parameter.Name], 0);
            if (momentum is not null)
            {
                parameter.Momentum.CopyTo(momentum[parameter.Name], 0);
            }
        }

        foreach (var norm in _pass.Norms)
        {
            norm.RunningMean.CopyTo(state[norm.RunningMeanName], 0);
            norm.RunningVariance.CopyTo(state[norm.RunningVarianceName], 0);
        }
    }

    /// <inheritdoc/>
    public StepResult TrainStep(ImageBatch batch, in SgdStep step)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        var result = _pass.Gradients(batch, step.LabelSmoothing, updateRunning: true);
        foreach (var parameter in _pass.Parameters)
        {
            parameter.Step(step);
        }

        UpdateLists();
        return result;
    }

    /// <inheritdoc/>
    public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        StateCheck.ThrowIfOtherMasks(gradients, _mask, nameof(gradients));
        var result = _pass.Gradients(batch, labelSmoothing, updateRunning: false);
        foreach (var parameter in _pass.Parameters)
        {
            parameter.Gradient.CopyTo(gradients[parameter.Name], 0);
        }

        return result;
    }

    /// <inheritdoc/>
    public StepResult ComputeDenseGradients(ImageBatch batch, float labelSmoothing, IReadOnlyList<float[]> gradients)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        StateCheck.ThrowIfNoRoomForDenseGradients(gradients, _mask);
        return _pass.DenseGradients(batch, labelSmoothing, gradients);
    }

    /// <inheritdoc/>
    public void LayerGradientNorms(Span<double> norms)
    {
        if (norms.Length != _pass.Squares.Length)
        {
            throw new ArgumentException($"{Network.Name} has {_pass.Squares.Length} layers with weights, but there is room for the norms of {norms.Length}.", nameof(norms));
        }

        for (int layer = 0; layer < norms.Length; layer++)
        {
            norms[layer] = Math.Sqrt(_pass.Squares[layer]);
        }
    }

    /// <inheritdoc/>
    public void HessianVectorProduct(ImageBatch batch, NetworkState direction, NetworkState product, CancellationToken cancellationToken = default)
    {
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        StateCheck.ThrowIfOtherMasks(direction, _mask, nameof(direction));
        StateCheck.ThrowIfOtherMasks(product, _mask, nameof(product));
        var state = new NetworkState(_mask);
        Read(state);
        _hessian ??= new HessianPass(_pass.Plan, _kernels, _loader, _team, _mask.Narrowed, _maximumBatchSize);
        _hessian.Run(batch, state, direction, product, cancellationToken);
    }

    /// <inheritdoc/>
    public void Predict(ImageBatch batch, Span<float> logits)
    {
        BatchCheck.ThrowIfNotPredictable(batch, Network, logits);
        if (!_predictorIsCurrent)
        {
            var state = new NetworkState(_mask);
            Read(state);
            if (_predictor is null)
            {
                _predictor = new SparsePredictor(state, _normalization, _vectorWidth);
            }
            else
            {
                _predictor.Fold(state);
            }

            _predictorIsCurrent = true;
        }

        _predictor!.Predict(batch, logits, _team);
    }

    /// <inheritdoc/>
    public void InputGradients(ImageBatch batch, Span<float> gradients)
    {
        BatchCheck.ThrowIfNoRoomForPixels(batch, gradients);
        BatchCheck.ThrowIfNotTrainable(batch, Network, _maximumBatchSize);
        _pass.InputGradients(batch, gradients);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hessian?.Dispose();
        _predictor?.Dispose();
        _team.Dispose();
        _pass.Dispose();
    }

    /// <summary>
    /// Goes on with other masks. Memory for activations stays unless the network that is left when channels are taken out has
    /// other widths. The weights are undefined until they are written.
    /// </summary>
    private void UseMasks(NetworkMask mask)
    {
        if (ReferenceEquals(mask, _mask))
        {
            return;
        }

        var narrowed = mask.Narrowed;
        if (!mask.SameAs(_mask))
        {
            _predictor?.Dispose();
            _hessian?.Dispose();
            _predictor = null;
            _hessian = null;
            if (narrowed.Network.HasSameLayersAs(_pass.Plan.Network))
            {
                _pass.UseMasks(narrowed);
            }
            else
            {
                // The old one goes first: there may be no room for two.
                _pass.Dispose();
                _pass = new TrainingPass(SparsePlan.Compile(narrowed.Network), narrowed, _kernels, _bands, _loader, _team, _maximumBatchSize);
            }
        }

        _mask = mask;
    }

    private void UpdateLists()
    {
        _pass.UpdateLists();
        _predictorIsCurrent = false;
    }
}
