using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Forward and backward through one network in training, with all that stands in memory between the two. What depends on the
/// network, above all the activations of a batch, is made once; what depends on the masks is made anew for each layer whose mask
/// changes. The network is the one that engines run: without the channels that masks take out.
/// </summary>
internal sealed unsafe partial class TrainingPass : IDisposable
{
    private readonly SparsePlan _plan;
    private readonly SparseKernels _kernels;
    private readonly BandKernels _bands;
    private readonly BlockLoader _loader;
    private readonly WorkerTeam _team;
    private readonly BandCut[] _cuts;
    private readonly BandScratch[] _scratch;
    private readonly ConvolutionState[] _convolutions;
    private readonly LayerState _head;
    private readonly Parameter _headBias;
    private readonly LayerState[] _weightLayers;
    private readonly double[] _squares;

    /// <summary>Makes room for batches of up to a number of images.</summary>
    /// <param name="plan">The network as it is run.</param>
    /// <param name="mask">The masks of that network.</param>
    /// <param name="kernels">The inner loops over weights.</param>
    /// <param name="bands">The inner loops over pixels, which know how values are kept.</param>
    /// <param name="loader">Brings the images in.</param>
    /// <param name="team">The threads.</param>
    /// <param name="maximumBatchSize">The most images that a batch will hold.</param>
    public TrainingPass(
        SparsePlan plan, NetworkMask mask, SparseKernels kernels, BandKernels bands, BlockLoader loader, WorkerTeam team, int maximumBatchSize)
    {
        _plan = plan;
        _kernels = kernels;
        _bands = bands;
        _loader = loader;
        _team = team;
        int blocks = SparseKernels.BlockCount(maximumBatchSize);
        _cuts = [.. _plan.Activations.Select(activation => new BandCut(activation))];
        _convolutions = [.. _plan.Convolutions.Select(node => new ConvolutionState(node, _cuts[node.Input.Index], mask[node.Layer.Name], blocks, bands.ValueBytes))];
        _head = new LayerState(_plan.Head, mask[_plan.Head.Name], blocks);
        _headBias = new Parameter($"{_plan.Head.Name}.bias", StateTensorKind.Bias, _plan.Head.Outputs);
        _weightLayers = [.. _convolutions.Select(convolution => convolution.Layer), _head];
        _squares = new double[_weightLayers.Length];
        Norms = [.. _convolutions.Select(convolution => convolution.Norm)];
        Parameters = GatherParameters();

        _scratch = [.. Enumerable.Range(0, team.Size).Select(_ => new BandScratch(_plan, _cuts, mask.Network.InputShape.Size))];
        _images = new BlockBuffer(_plan.Activations[0].Padded, blocks);
        _stored = [.. _plan.Activations.Select(activation => activation.IsStored ? new StoredPlanes(activation.Shape, blocks, bands.ValueBytes) : null)];
        _gradients = GradientPlaces.Assign(_plan, PlaceOfGradient, shape => new StoredPlanes(shape, blocks, bands.ValueBytes), out _gradientPlaces);
        _imageGradients = new BlockBuffer(_plan.Activations[0].Shape, blocks);
        _blockLoss = new double[blocks];
        _blockCorrect = new int[blocks];
        _blockBiasGradients = new float[blocks * _plan.Head.Outputs];
        (_forwardPhases, _headPhase, _backwardPhases, _sumPhase) = MakePhases();
    }

    /// <summary>The network as the engine runs it.</summary>
    public SparsePlan Plan => _plan;

    /// <summary>All trainable tensors. Others after <see cref="UseMasks"/>.</summary>
    public Parameter[] Parameters { get; private set; }

    /// <summary>All batch-norm layers.</summary>
    public IReadOnlyList<BatchNormState> Norms { get; }

    /// <summary>[weight layer]: the sum of squares of the gradient of its kept weights in the last <see cref="Gradients"/>.</summary>
    public ReadOnlySpan<double> Squares => _squares;

    /// <summary>
    /// Goes on with other masks of the same network. The weights of layers whose masks differ are undefined until they are
    /// written, and so is their momentum.
    /// </summary>
    public void UseMasks(NetworkMask mask)
    {
        foreach (var layer in _weightLayers)
        {
            layer.UseMask(mask[layer.Layer.Name]);
        }

        Parameters = GatherParameters();
    }

    /// <summary>Brings the lists up to date with the weights.</summary>
    public void UpdateLists()
    {
        foreach (var layer in _weightLayers)
        {
            layer.Lists.Update(layer.Weight.Values.Array);
        }
    }

    /// <summary>Leaves the gradient of the mean loss in the parameters, in training mode.</summary>
    /// <param name="batch">The batch, checked by the caller.</param>
    /// <param name="labelSmoothing">The share of the target that is spread evenly.</param>
    /// <param name="updateRunning">Whether the running statistics take the batch's in.</param>
    public StepResult Gradients(ImageBatch batch, float labelSmoothing, bool updateRunning)
    {
        Start(batch, labelSmoothing, 1f / batch.Count, toImage: false);
        Forward(updateRunning);
        Backward();

        _team.Run(_weightLayers.Length, _sumPhase);
        Array.Clear(_headBias.Gradient);
        for (int block = 0; block < _blocks; block++)
        {
            for (int output = 0; output < _headBias.Gradient.Length; output++)
            {
                _headBias.Gradient[output] += _blockBiasGradients[block * _headBias.Gradient.Length + output];
            }
        }

        return ResultOf(_squares);
    }

    /// <summary>Writes the gradient of the sum of the images' losses with respect to the pixels, in prediction mode.</summary>
    /// <param name="batch">The batch, checked by the caller.</param>
    /// <param name="gradients">Takes images × pixels values.</param>
    public void InputGradients(ImageBatch batch, Span<float> gradients)
    {
        Start(batch, labelSmoothing: 0, lossScale: 1, toImage: true);
        Forward(updateRunning: false);
        Backward();
        for (int image = 0; image < batch.Count; image++)
        {
            Gather(image, gradients.Slice(image * batch.Shape.Size, batch.Shape.Size));
        }
    }

    public void Dispose()
    {
        _images.Dispose();
        _imageGradients.Dispose();
        _head.Dispose();
        foreach (var disposable in _convolutions.Concat<IDisposable>(_scratch).Concat(_stored.OfType<IDisposable>()).Concat(_gradientPlaces))
        {
            disposable.Dispose();
        }
    }

    /// <summary>
    /// The gradient of an activation may take the place of the outputs of the convolution that reads it: when a band of it comes to be,
    /// that band of the outputs has just been read for the last time, and is still in the cache.
    /// </summary>
    private StoredPlanes? PlaceOfGradient(ActivationNode activation) =>
        activation.Readers is [var reader] && reader.Layer.OutputShape == activation.Shape ? _convolutions[reader.Index].Outputs : null;

    private Parameter[] GatherParameters() =>
    [
        .. _convolutions.SelectMany(convolution => new[] { convolution.Layer.Weight, convolution.Norm.Scale, convolution.Norm.Shift }),
        _head.Weight,
        _headBias,
    ];

    private void Start(ImageBatch batch, float labelSmoothing, float lossScale, bool toImage)
    {
        _batch = batch;
        _labelSmoothing = labelSmoothing;
        _lossScale = lossScale;
        _toImage = toImage;
        _blocks = SparseKernels.BlockCount(batch.Count);
    }

    /// <summary>What the blocks have found, with the squares of each layer's gradient.</summary>
    private StepResult ResultOf(ReadOnlySpan<double> squares)
    {
        double loss = 0, sum = 0;
        int correct = 0;
        for (int block = 0; block < _blocks; block++)
        {
            loss += _blockLoss[block];
            correct += _blockCorrect[block];
        }

        foreach (double layer in squares)
        {
            sum += layer;
        }

        return new StepResult(loss / _batch.Count, correct, Math.Sqrt(sum));
    }
}
