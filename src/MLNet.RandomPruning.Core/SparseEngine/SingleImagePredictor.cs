using System.Collections.Concurrent;
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
    private readonly SparsePlan _plan;
    private readonly ImageTiling _tiling;
    private readonly SparseKernels _kernels;
    private readonly TileLoader _loader;
    private readonly TapLists[] _lists;
    private readonly TileBorders[] _borders;
    private readonly PoolOrder _pool;
    private readonly PinnedArray<float>[] _biases;
    private readonly TapLists _head;
    private readonly PinnedArray<float> _headBiases;
    private readonly ConcurrentBag<Workspace> _workspaces = [];

    private SingleImagePredictor(
        SparsePlan plan, ImageTiling tiling, NetworkMask mask, PixelNormalization normalization, SparseKernels kernels,
        PinnedArray<float>[] biases, TapLists head, PinnedArray<float> headBiases)
    {
        (_plan, _tiling, _kernels, _biases, _head, _headBiases) = (plan, tiling, kernels, biases, head, headBiases);
        _loader = new TileLoader(tiling, plan.Network.InputShape, normalization);
        _lists = [.. plan.Convolutions.Select(node => ListsOf(node, mask[node.Layer.Name], tiling))];
        _borders = [.. plan.Activations.Select(activation => new TileBorders(tiling, activation.Index, activation.Shape))];
        _pool = new PoolOrder(tiling, plan.Activations[^1]);
    }

    /// <summary>Makes a predictor; null when the network's images cannot be cut into tiles.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="mask">Its masks.</param>
    /// <param name="normalization">Mean and standard deviation of the pixels.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="biases">[activation]: its channels' biases; read at each prediction.</param>
    /// <param name="head">The lists of the linear layer, with its values up to date.</param>
    /// <param name="headBiases">Its biases; read at each prediction.</param>
    public static SingleImagePredictor? TryMake(
        SparsePlan plan, NetworkMask mask, PixelNormalization normalization, SparseKernels kernels,
        PinnedArray<float>[] biases, TapLists head, PinnedArray<float> headBiases) =>
        ImageTiling.TryMake(plan) is { } tiling ? new(plan, tiling, mask, normalization, kernels, biases, head, headBiases) : null;

    /// <summary>Takes in the weights of a convolution, batch-norm folded in. Not while others predict.</summary>
    public void Update(ConvolutionNode node, ReadOnlySpan<float> folded) => _lists[node.Index].Update(folded);

    /// <summary>Writes the logits of one image.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="index">Which image of it.</param>
    /// <param name="logits">Takes one value a class.</param>
    public void Predict(ImageBatch batch, int index, float* logits)
    {
        if (!_workspaces.TryTake(out var work))
        {
            work = new Workspace(_plan, _tiling);
        }

        _loader.Load(batch, index, work.Planes[_plan.Activations[0]], work.Image);
        for (int number = 1; number < _plan.Activations.Length; number++)
        {
            var activation = _plan.Activations[number];
            for (int term = 0; term < activation.Convolutions.Count; term++)
            {
                RunConvolution(activation, term, work);
            }

            _borders[number].Update(work.Planes[activation], activation.Shape.Channels);
        }

        RunHead(work, logits);
        _workspaces.Add(work);
    }

    public void Dispose()
    {
        while (_workspaces.TryTake(out var workspace))
        {
            workspace.Dispose();
        }
    }

    /// <summary>Adds one convolution to an activation; the first brings all biases, the last the residual and the rectifier.</summary>
    private void RunConvolution(ActivationNode activation, int term, Workspace work)
    {
        var node = activation.Convolutions[term];
        bool last = term == activation.Convolutions.Count - 1;
        var (input, output) = (_tiling.Tiles[node.Input.Index], _tiling.Tiles[activation.Index]);
        _kernels.ConvolveTiles(new ConvolutionJob(_lists[node.Index])
        {
            Input = work.Planes[node.Input],
            InputRow = node.Layer.Stride * input.RowFloats,
            Stride = node.Layer.Stride,
            Output = work.Planes[activation] + output.Origin,
            OutputPlane = output.PlaneFloats,
            OutputRow = output.RowFloats,
            OutputPixel = SparseKernels.Lanes,
            Rows = output.Shape.Height,
            Columns = output.Shape.Width,
            Biases = term == 0 ? _biases[activation.Index].Pointer : null,
            Accumulate = term > 0,
            Residual = last && activation.Residuals.Count > 0 ? work.Planes[activation.Residuals[0]] + output.Origin : null,
            Relu = last,
        });
    }

    // The lists of the head look at one vector a channel, of which only the first place is in use here.
    private void RunHead(Workspace work, float* logits)
    {
        var last = _plan.Activations[^1];
        float* plane = work.Planes[last];
        float* features = work.Features.Pointer;
        float perPixel = 1f / last.Shape.PlaneSize;
        for (int channel = 0; channel < last.Shape.Channels; channel++, plane += _tiling.Tiles[^1].PlaneFloats)
        {
            features[channel * SparseKernels.Lanes] = _pool.Sum(plane) * perPixel;
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

    private static TapLists ListsOf(ConvolutionNode node, WeightMask mask, ImageTiling tiling)
    {
        var layer = node.Layer;
        var (input, output) = (tiling.Tiles[node.Input.Index], tiling.Tiles[node.Output.Index]);
        int size = layer.KernelSize, border = input.Halo - layer.Padding;
        int[] kept = mask.KeptIndices();
        var taps = new Tap[kept.Length];
        for (int source = 0; source < taps.Length; source++)
        {
            var (target, rest) = Math.DivRem(kept[source], layer.FanIn);
            var (channel, place) = Math.DivRem(rest, size * size);
            var (row, column) = Math.DivRem(place, size);
            taps[source] = new Tap(channel, target,
                channel * input.PlaneFloats + (row + border) * input.RowFloats + (column + border) * SparseKernels.Lanes, source);
        }

        return new TapLists(taps, layer.InputShape.Channels, layer.Outputs, Reach(layer, output.Shape, taps.Length));
    }

    /// <summary>
    /// How many pixels of an input channel the taps of one tile of outputs count as when channels are put into groups that fit in the
    /// first-level cache. Each further group loads and stores all sums once more, which short lists do not pay for: a
    /// group should bring a list some taps.
    /// </summary>
    private static int Reach(ConvolutionLayer layer, ImageShape tile, int taps)
    {
        const int TapsForGroup = 6;
        int Span(int outputs) => (outputs - 1) * layer.Stride + layer.KernelSize;
        int reach = Span(Math.Min(2, tile.Height)) * Span(Math.Min(8, tile.Width));
        return Math.Max(1, Math.Min(reach, TapLists.ReachOfGroups(layer.InputShape.Channels, Math.Max(1, taps / layer.Outputs / TapsForGroup))));
    }

    /// <summary>One thread's planes.</summary>
    private sealed class Workspace(SparsePlan plan, ImageTiling tiling) : IDisposable
    {
        public ActivationMemory Planes { get; } = new(plan, tiling.Tiles);

        public AlignedBuffer Features { get; } = new(plan.Head.FanIn * SparseKernels.Lanes);

        public float[] Image { get; } = new float[plan.Network.InputShape.Size];

        public void Dispose()
        {
            Planes.Dispose();
            Features.Dispose();
        }
    }
}
