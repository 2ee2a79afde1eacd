using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Scores images with a trained, masked network on the CPU. Batch-norm is folded into the kept weights and a bias; residual
/// sums and rectifiers happen while a convolution writes its output. Channels that the masks take out of the network
/// (<see cref="NetworkMask.Narrowed"/>) are not there at all. Any number of threads may call it at once.
/// </summary>
public sealed unsafe class SparsePredictor : IDisposable
{
    private readonly SparsePlan _plan;
    private readonly SparseKernels _kernels;
    private readonly BlockLoader _loader;
    private readonly int[][] _kept;

    // Made when blocks are first predicted: who scores single images only does not wait for them.
    private readonly Lazy<SparseWeights[]> _lists;
    private readonly float[][] _folded;
    private readonly PinnedArray<float>[] _biases;
    private readonly SparseWeights _headLists;
    private readonly PinnedArray<float> _headBiases;
    private readonly SingleImagePredictor? _single;
    private readonly WorkspacePool<Workspace> _workspaces;
    private readonly WorkspacePool<SharedPieces> _shared;
    private volatile bool _isDisposed;

    // What the team works on, when an engine lends one.
    private readonly Action<int, int> _teamWork;
    private ImageBatch? _teamBatch;
    private float* _teamLogits;

    /// <summary>Makes a predictor of a trained state.</summary>
    /// <param name="state">The network, its masks, weights and running statistics; copied.</param>
    /// <param name="normalization">Mean and standard deviation of the pixels, one a channel.</param>
    /// <param name="vectorWidth">Which vector instructions to use; every choice gives the same bits.</param>
    /// <exception cref="NotSupportedException">The network has a layer that the engine has no code for.</exception>
    public SparsePredictor(NetworkState state, PixelNormalization normalization, VectorWidth vectorWidth = VectorWidth.Auto)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(normalization);
        Mask = state.Mask;
        var narrowed = Mask.Narrowed;
        _plan = SparsePlan.Compile(narrowed.Network);
        _kernels = SparseKernels.For(vectorWidth);
        _loader = new BlockLoader(state.Network.InputShape, normalization);
        _kept = [.. _plan.Convolutions.Select(node => narrowed[node.Layer.Name].KeptIndices())];
        _folded = [.. _kept.Select(kept => new float[kept.Length])];
        _lists = new Lazy<SparseWeights[]>(() => [.. _plan.Convolutions.Select(node =>
        {
            var lists = new SparseWeights(node.Layer, narrowed[node.Layer.Name], node.Input.Padded);
            lists.Forward.Update(_folded[node.Index]);
            return lists;
        })]);
        _biases = [.. _plan.Activations.Select(activation => new PinnedArray<float>(activation.Shape.Channels))];
        _headLists = new SparseWeights(_plan.Head, narrowed[_plan.Head.Name]);
        _headBiases = new PinnedArray<float>(_plan.Head.Outputs);
        _single = SingleImagePredictor.TryMake(_plan, narrowed, normalization, _kernels, _biases, _headBiases);
        _workspaces = new WorkspacePool<Workspace>(() => new Workspace(_plan));
        _shared = new WorkspacePool<SharedPieces>(() => new SharedPieces(PredictItem));
        _teamWork = (item, _) => PredictItem(_teamBatch!, item, _teamLogits);
        Fold(state);
    }

    /// <summary>The network that it scores with.</summary>
    public Network Network => Mask.Network;

    /// <summary>Which weights are kept.</summary>
    public NetworkMask Mask { get; }

    /// <summary>The logits of a batch of any size, row-major [images, classes].</summary>
    /// <param name="batch">The images; labels are not looked at.</param>
    /// <param name="logits">Takes images × classes values.</param>
    /// <param name="numberOfThreads">How many threads to use at most; they share the batch in blocks of 16 images and in single images, and one image by its channels.</param>
    /// <param name="cancellationToken">Stops between blocks or images.</param>
    /// <exception cref="ArgumentException">The images have another shape than the network, or there is too little room for the logits.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Predict(ImageBatch batch, Span<float> logits, int numberOfThreads = 1, CancellationToken cancellationToken = default)
    {
        BatchCheck.ThrowIfNotPredictable(batch, Network, logits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numberOfThreads);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        fixed (float* pinned = logits)
        {
            float* target = pinned;
            int items = ItemCount(batch.Count);
            if (_single is not null && batch.Count == 1)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _single.Predict(batch, 0, target, numberOfThreads);
            }
            else if (numberOfThreads == 1 || items <= 1)
            {
                for (int item = 0; item < items; item++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    PredictItem(batch, item, target);
                }
            }
            else
            {
                var shared = _shared.Take();
                try
                {
                    shared.Run(batch, items, target, numberOfThreads, cancellationToken);
                }
                finally
                {
                    _shared.Return(shared);
                }
            }
        }
    }

    /// <summary>
    /// Frees the memory outside the managed heap; the finaliser does it too. Predictions that are under way end as they would have, and free
    /// theirs then.
    /// </summary>
    public void Dispose()
    {
        _isDisposed = true;
        _single?.Dispose();
        _workspaces.Dispose();
        _shared.Dispose();
    }

    /// <summary>Predicts on the threads of an engine's team.</summary>
    internal void Predict(ImageBatch batch, Span<float> logits, WorkerTeam team)
    {
        BatchCheck.ThrowIfNotPredictable(batch, Network, logits);
        fixed (float* pinned = logits)
        {
            _teamBatch = batch;
            _teamLogits = pinned;
            team.Run(ItemCount(batch.Count), _teamWork);
            _teamBatch = null;
        }
    }

    /// <summary>
    /// Takes in a state of the same masks: w ← w·γ/√(variance + ε), bias = β − mean·γ/√(variance + ε). Not while others predict.
    /// </summary>
    internal void Fold(NetworkState state)
    {
        foreach (var biases in _biases)
        {
            Array.Clear(biases.Array);
        }

        foreach (var node in _plan.Convolutions)
        {
            var (factors, addends) = BatchNormFolding.Of(state, node.Norm);
            float[] weights = state[$"{node.Layer.Name}.weight"], folded = _folded[node.Index], biases = _biases[node.Output.Index].Array;
            for (int output = 0; output < addends.Length; output++)
            {
                biases[output] += addends[output];
            }

            int[] kept = _kept[node.Index];
            for (int j = 0; j < folded.Length; j++)
            {
                folded[j] = (float)(weights[j] * factors[kept[j] / node.Layer.FanIn]);
            }

            _single?.Update(node, folded);
        }

        if (_lists.IsValueCreated)
        {
            foreach (var node in _plan.Convolutions)
            {
                _lists.Value[node.Index].Forward.Update(_folded[node.Index]);
            }
        }

        _headLists.Forward.Update(state[$"{_plan.Head.Name}.weight"]);
        _single?.UpdateHead(state[$"{_plan.Head.Name}.weight"]);
        state[$"{_plan.Head.Name}.bias"].CopyTo(_headBiases.Array, 0);
    }

    /// <summary>How many images of a batch go in blocks of 16; the others go one by one.</summary>
    private int ImagesInBlocks(int images)
    {
        int rest = images % SparseKernels.Lanes;
        return _single is null ? images
            : _single.RelativeCost < 1 ? 0
            : rest * _single.RelativeCost < SparseKernels.Lanes ? images - rest
            : images;
    }

    /// <summary>The pieces that threads share a batch in: blocks, then single images.</summary>
    private int ItemCount(int images) => SparseKernels.BlockCount(ImagesInBlocks(images)) + images - ImagesInBlocks(images);

    private void PredictItem(ImageBatch batch, int item, float* logits)
    {
        int inBlocks = ImagesInBlocks(batch.Count), blocks = SparseKernels.BlockCount(inBlocks);
        if (item < blocks)
        {
            PredictBlock(batch, item, logits + item * SparseKernels.Lanes * _plan.Head.Outputs);
        }
        else
        {
            int image = inBlocks + item - blocks;
            _single!.Predict(batch, image, logits + image * _plan.Head.Outputs);
        }
    }

    /// <summary>Writes the logits of the images of one block, one image after the other.</summary>
    private void PredictBlock(ImageBatch batch, int block, float* logits)
    {
        var work = _workspaces.Take();
        var image = _plan.Activations[0];
        _loader.Load(batch, block, work.Planes(image), image.Padded, work.Image);
        for (int index = 1; index < _plan.Activations.Length; index++)
        {
            var activation = _plan.Activations[index];
            for (int term = 0; term < activation.Convolutions.Count; term++)
            {
                RunConvolution(activation, term, work);
            }
        }

        int classes = _plan.Head.Outputs;
        int images = Math.Min(SparseKernels.Lanes, batch.Count - block * SparseKernels.Lanes);
        float* lanes = RunHead(work);
        for (int lane = 0; lane < images; lane++)
        {
            for (int c = 0; c < classes; c++)
            {
                logits[lane * classes + c] = lanes[c * SparseKernels.Lanes + lane];
            }
        }

        _workspaces.Return(work);
    }

    /// <summary>Adds one convolution to an activation; the first brings all biases, the last the residual and the rectifier.</summary>
    private void RunConvolution(ActivationNode activation, int term, Workspace work)
    {
        var node = activation.Convolutions[term];
        bool last = term == activation.Convolutions.Count - 1;
        var padded = activation.Padded;
        _kernels.Convolve(new ConvolutionJob(_lists.Value[node.Index].Forward)
        {
            Input = work.Planes(node.Input),
            InputRow = node.Layer.Stride * node.Input.Padded.RowFloats,
            Stride = node.Layer.Stride,
            Output = work.Planes(activation) + padded.Origin,
            OutputPlane = padded.PlaneFloats,
            OutputRow = padded.RowFloats,
            OutputPixel = SparseKernels.Lanes,
            Rows = activation.Shape.Height,
            Columns = activation.Shape.Width,
            Biases = term == 0 ? _biases[activation.Index].Pointer : null,
            Accumulate = term > 0,
            Residual = last && activation.Residuals.Count > 0 ? work.Planes(activation.Residuals[0]) + padded.Origin : null,
            Relu = last,
        });
    }

    private float* RunHead(Workspace work)
    {
        var last = _plan.Activations[^1];
        float* features = work.Features.Pointer;
        float perPixel = 1f / last.Shape.PlaneSize;
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            float* feature = features + channel * SparseKernels.Lanes;
            _kernels.Sum(work.Planes(last) + channel * last.Padded.PlaneFloats, last.Padded.PlaneFloats / SparseKernels.Lanes, feature);
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
            }
        }

        _kernels.Convolve(ConvolutionJob.OfLinear(_headLists.Forward, features, work.Logits.Pointer, _headBiases.Pointer));
        return work.Logits.Pointer;
    }

    /// <summary>One thread's planes.</summary>
    private sealed class Workspace(SparsePlan plan) : IDisposable
    {
        private readonly ActivationMemory _planes = new(plan, [.. plan.Activations.Select(activation => activation.Padded)]);

        public AlignedBuffer Features { get; } = new(plan.Head.FanIn * SparseKernels.Lanes);

        public AlignedBuffer Logits { get; } = new(plan.Head.Outputs * SparseKernels.Lanes);

        public float[] Image { get; } = new float[plan.Network.InputShape.Size];

        public float* Planes(ActivationNode activation) => _planes[activation];

        public void Dispose()
        {
            _planes.Dispose();
            Features.Dispose();
            Logits.Dispose();
        }
    }
}
