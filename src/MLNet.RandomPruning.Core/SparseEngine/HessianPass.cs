using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The product of the loss's Hessian with a direction v of the weights, by forward-over-reverse differentiation (Pearlmutter,
/// "Fast exact multiplication by the Hessian", Neural Computation 1994): every value of the forward and of the backward pass is
/// computed together with its tangent, its derivative along v, and the tangent of the weights' gradient is H·v. No
/// difference quotient is taken, so that rectifiers that switch do no harm. Work is cut into blocks of 16
/// images as in the training engine, so that the result depends neither on the number of threads nor on the vector width.
/// </summary>
internal sealed unsafe partial class HessianPass : IDisposable
{
    private readonly SparsePlan _plan;
    private readonly SparseKernels _kernels;
    private readonly BlockLoader _loader;
    private readonly WorkerTeam _team;
    private readonly TangentScratch[] _scratch;
    private readonly TangentConvolution[] _convolutions;
    private readonly TangentLayer _head;
    private readonly TangentLayer[] _layers;
    private readonly float[] _headBias;
    private readonly BlockBuffer _images;
    private readonly BlockBuffer?[] _stored, _storedTangents;
    private readonly BlockBuffer[] _gradients, _gradientTangents;
    private readonly IReadOnlyList<BlockBuffer> _buffers;

    private ImageBatch _batch = null!;
    private int _blocks;

    /// <summary>Makes room for batches of up to a number of images; the masks are those of the plan's network.</summary>
    public HessianPass(SparsePlan plan, SparseKernels kernels, BlockLoader loader, WorkerTeam team, NetworkMask mask, int maximumBatchSize)
    {
        _plan = plan;
        _kernels = kernels;
        _loader = loader;
        _team = team;
        int blocks = SparseKernels.BlockCount(maximumBatchSize);
        _convolutions = [.. plan.Convolutions.Select(node => new TangentConvolution(node, mask[node.Layer.Name], blocks))];
        _head = new TangentLayer(() => new LayerState(plan.Head, mask[plan.Head.Name], blocks));
        _layers = [.. _convolutions.Select(convolution => convolution.Layer), _head];
        _headBias = new float[plan.Head.Outputs];
        _scratch = [.. Enumerable.Range(0, team.Size).Select(_ => new TangentScratch(plan, _layers, plan.Network.InputShape.Size))];
        _images = new BlockBuffer(plan.Activations[0].Padded, blocks);
        _stored = Store();
        _storedTangents = Store();
        _gradients = GradientPlaces.Assign(plan, _ => null, Room, out var gradientBuffers);
        _gradientTangents = GradientPlaces.Assign(plan, _ => null, Room, out var tangentBuffers);
        _buffers = [_images, .. gradientBuffers, .. tangentBuffers, .. _stored.Concat(_storedTangents).OfType<BlockBuffer>()];

        BlockBuffer Room(ImageShape shape) => new(shape, blocks);
        BlockBuffer?[] Store() => [.. plan.Activations.Select(activation => activation.IsStored ? new BlockBuffer(activation.Shape, blocks) : null)];
    }

    /// <summary>Puts H·direction into the weight tensors of a product.</summary>
    /// <param name="batch">The batch, checked by the caller.</param>
    /// <param name="state">Where the Hessian is taken.</param>
    /// <param name="direction">The direction; its weight tensors are read.</param>
    /// <param name="product">The product; all but its weight tensors become zero.</param>
    /// <param name="cancellationToken">Checked before each part of the network.</param>
    public void Run(ImageBatch batch, NetworkState state, NetworkState direction, NetworkState product, CancellationToken cancellationToken)
    {
        _batch = batch;
        _blocks = SparseKernels.BlockCount(batch.Count);
        Load(state, direction);
        Forward(cancellationToken);
        Backward(cancellationToken);
        _team.Run(_layers.Length, (layer, _) => _layers[layer].SumGradients(_blocks, hasInputTangent: layer == _convolutions.Length || _convolutions[layer].Node.Input.Index > 0));

        foreach (var tensor in product.Tensors)
        {
            Array.Clear(tensor.Values);
        }

        foreach (var layer in _layers)
        {
            layer.Direction.Weight.Gradient.CopyTo(product[layer.Direction.Weight.Name], 0);
        }
    }

    public void Dispose()
    {
        foreach (var disposable in _convolutions.Concat<IDisposable>(_scratch).Concat(_buffers).Append(_head))
        {
            disposable.Dispose();
        }
    }

    private void Load(NetworkState state, NetworkState direction)
    {
        foreach (var layer in _layers)
        {
            layer.Load(state, direction);
        }

        foreach (var norm in _convolutions.Select(convolution => convolution.Norm))
        {
            state[norm.ScaleName].CopyTo(norm.Scale, 0);
            state[norm.ShiftName].CopyTo(norm.Shift, 0);
        }

        state[$"{_plan.Head.Name}.bias"].CopyTo(_headBias, 0);
    }

    private int ImagesOf(int block) => Math.Min(SparseKernels.Lanes, _batch.Count - block * SparseKernels.Lanes);
}
