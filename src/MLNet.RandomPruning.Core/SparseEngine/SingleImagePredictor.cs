using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Scores one image at a time, with all vector lanes on that image (<see cref="ImageTiling"/>). Gives the bits that the same
/// image gets in a block of 16: each output takes the same terms in the same order. Any number of threads may call it at once.
/// </summary>
internal sealed unsafe class SingleImagePredictor : IDisposable
{
    // A second thread has to wait for the first, and to fetch what that one wrote from its cache, once a layer: with half a millisecond
    // of work it gains little, and with several it takes off two fifths.
    private const long MultiplicationsForThread = 8_000_000;

    // More than one, so that a thread that is held up keeps the others waiting for less.
    private const int ItemsPerThread = 2;

    private readonly SparsePlan _plan;
    private readonly ImageTiling _tiling;
    private readonly SparseKernels _kernels;
    private readonly TileLoader _loader;
    private readonly TileTaps[] _taps;
    private readonly TileBorders[] _borders;
    private readonly PoolOrder _pool;
    private readonly PinnedArray<float>[] _biases;
    private readonly TileTaps _head;
    private readonly PinnedArray<float> _headBiases;
    private readonly WorkspacePool<Workspace> _workspaces;
    private readonly long _multiplications;
    private int _inFlight;

    private SingleImagePredictor(
        SparsePlan plan, ImageTiling tiling, NetworkMask mask, PixelNormalization normalization, SparseKernels kernels,
        PinnedArray<float>[] biases, PinnedArray<float> headBiases)
    {
        (_plan, _tiling, _kernels, _biases, _headBiases) = (plan, tiling, kernels, biases, headBiases);
        _loader = new TileLoader(tiling, plan.Network.InputShape, normalization);
        _taps = [.. plan.Convolutions.Select(node => TileTaps.Of(node, mask[node.Layer.Name], tiling))];
        _head = TileTaps.Of(plan.Head, mask[plan.Head.Name]);
        _borders = [.. plan.Activations.Select(activation => new TileBorders(tiling, activation.Index, activation.Shape))];
        _pool = new PoolOrder(tiling, plan.Activations[^1]);
        _workspaces = new WorkspacePool<Workspace>(() => new Workspace(this));
        long all = 0, tiled = 0;
        foreach (var node in plan.Convolutions)
        {
            int pixels = node.Layer.OutputShape.PlaneSize, count = mask[node.Layer.Name].KeptCount;
            all += (long)node.Layer.WeightCount * pixels;
            _multiplications += (long)count * pixels;
            tiled += (long)count * tiling.Tiles[node.Output.Index].Shape.PlaneSize * SparseKernels.Lanes;
        }

        RelativeCost = (0.55 + 0.7 * _multiplications / all) * tiled / Math.Max(1, _multiplications);
    }

    /// <summary>Makes a predictor; null when the network's images cannot be cut into tiles.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="mask">Its masks.</param>
    /// <param name="normalization">Mean and standard deviation of the pixels.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="biases">[activation]: its channels' biases; read at each prediction.</param>
    /// <param name="headBiases">The biases of the linear layer; read at each prediction.</param>
    public static SingleImagePredictor? TryMake(
        SparsePlan plan, NetworkMask mask, PixelNormalization normalization, SparseKernels kernels,
        PinnedArray<float>[] biases, PinnedArray<float> headBiases) =>
        ImageTiling.TryMake(plan) is { } tiling ? new(plan, tiling, mask, normalization, kernels, biases, headBiases) : null;

    /// <summary>Takes in the weights of a convolution, batch-norm folded in. Not while others predict.</summary>
    public void Update(ConvolutionNode node, ReadOnlySpan<float> folded) => _taps[node.Index].Update(folded);

    /// <summary>Takes in the weights of the linear layer. Not while others predict.</summary>
    public void UpdateHead(ReadOnlySpan<float> weights) => _head.Update(weights);

    /// <summary>
    /// What an image costs here, as a multiple of a sixteenth of what a block of 16 costs. Here all planes stay in the cache next to the
    /// core and a list of few taps costs little, which counts for more the fewer weights are kept; what tiles have outside the image
    /// costs like the rest. Measured on ResNet-20-16 and -32 with 32×32 pixels: 1.25 dense, 1.0 at 50 %, 0.87 at 80 %, 0.65 at 95 % and 0.55 at 98 % sparsity.
    /// </summary>
    public double RelativeCost { get; }

    /// <summary>Writes the logits of one image.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="index">Which image of it.</param>
    /// <param name="logits">Takes one value a class.</param>
    /// <param name="threads">How many threads may work on it at most.</param>
    public void Predict(ImageBatch batch, int index, float* logits, int threads = 1)
    {
        var work = _workspaces.Take();
        _loader.Load(batch, index, work.Planes[_plan.Activations[0]], work.Image);

        // The threads read what the others have just written, from another core's cache: that takes longer than it gains when
        // there is little to compute. Nor do threads help each other where all have an image of their own.
        bool alone = Interlocked.Increment(ref _inFlight) == 1;
        work.Run(alone ? (int)Math.Clamp(_multiplications / MultiplicationsForThread, 1, threads) : 1);
        Interlocked.Decrement(ref _inFlight);
        RunHead(work, logits);
        _workspaces.Return(work);
    }

    public void Dispose() => _workspaces.Dispose();

    /// <summary>Computes some neighbouring channels of an activation.</summary>
    private void RunChannels(ActivationNode activation, int first, int last, Workspace work)
    {
        var output = _tiling.Tiles[activation.Index];
        float* planes = work.Planes[activation];
        for (int term = 0; term < activation.Convolutions.Count; term++)
        {
            // The first convolution brings all biases, the last the residual and the rectifier.
            var node = activation.Convolutions[term];
            bool isLast = term == activation.Convolutions.Count - 1;
            _kernels.ConvolveTiles(new TileJob
            {
                Taps = _taps[node.Index],
                Input = work.Planes[node.Input],
                InputRow = node.Layer.Stride * _tiling.Tiles[node.Input.Index].RowFloats,
                Stride = node.Layer.Stride,
                Output = planes + output.Origin,
                OutputPlane = output.PlaneFloats,
                OutputRow = output.RowFloats,
                Rows = output.Shape.Height,
                Columns = output.Shape.Width,
                FirstOutput = first,
                LastOutput = last,
                Biases = term == 0 ? _biases[activation.Index].Pointer : null,
                Accumulate = term > 0,
                Residual = isLast && activation.Residuals.Count > 0 ? work.Planes[activation.Residuals[0]] + output.Origin : null,
                Relu = isLast,
            });
        }

        _borders[activation.Index].Update(planes + first * output.PlaneFloats, last - first);
    }

    private void RunHead(Workspace work, float* logits)
    {
        var last = _plan.Activations[^1];
        float* plane = work.Planes[last];
        float* features = work.Features.Pointer;
        float perPixel = 1f / last.Shape.PlaneSize;
        for (int channel = 0; channel < last.Shape.Channels; channel++, plane += _tiling.Tiles[^1].PlaneFloats)
        {
            features[channel] = _pool.Sum(plane) * perPixel;
        }

        for (int output = 0; output < _head.Outputs; output++)
        {
            float sum = _headBiases.Array[output];
            for (int list = output; list < _head.Groups * _head.Outputs; list += _head.Outputs)
            {
                for (int tap = _head.Starts[list]; tap < _head.Starts[list + 1]; tap++)
                {
                    sum = MathF.FusedMultiplyAdd(features[_head.Offsets[tap]], _head.Values[tap], sum);
                }
            }

            logits[output] = sum;
        }
    }

    /// <summary>The planes of one image.</summary>
    private sealed class Workspace : IDisposable
    {
        // Output channels go by twos in some kernels.
        private const int ChannelsForItem = 2;

        private readonly SingleImagePredictor _predictor;
        private readonly PhasedWork _work;
        private int _threads;

        public Workspace(SingleImagePredictor predictor)
        {
            var plan = predictor._plan;
            _predictor = predictor;
            Planes = new ActivationMemory(plan, predictor._tiling.Tiles);
            Features = new AlignedBuffer(plan.Head.FanIn);
            Image = new float[plan.Network.InputShape.Size];
            _work = new PhasedWork(plan.Activations.Length - 1, (phase, item) => RunItem(phase + 1, item));
        }

        public ActivationMemory Planes { get; }

        public AlignedBuffer Features { get; }

        public float[] Image { get; }

        /// <summary>Computes all activations from the image.</summary>
        public void Run(int threads)
        {
            var activations = _predictor._plan.Activations;
            if (threads == 1)
            {
                for (int index = 1; index < activations.Length; index++)
                {
                    _predictor.RunChannels(activations[index], 0, activations[index].Shape.Channels, this);
                }

                return;
            }

            if (_threads != threads)
            {
                _threads = threads;
                for (int index = 1; index < activations.Length; index++)
                {
                    _work.Items[index - 1] = Math.Clamp(activations[index].Shape.Channels / ChannelsForItem, 1, threads * ItemsPerThread);
                }
            }

            _work.Run(threads - 1);
        }

        public void Dispose()
        {
            Planes.Dispose();
            Features.Dispose();
        }

        private void RunItem(int index, int item)
        {
            var activation = _predictor._plan.Activations[index];
            _predictor.RunChannels(activation, First(item), First(item + 1), this);

            int First(int number)
            {
                int items = _work.Items[index - 1], channels = activation.Shape.Channels;
                return number == items ? channels : channels * number / items / ChannelsForItem * ChannelsForItem;
            }
        }
    }
}
