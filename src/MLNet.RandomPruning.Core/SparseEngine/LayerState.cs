using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>One weight layer in the training engine: kept weights, and each block's part of their gradient.</summary>
internal sealed class LayerState : IDisposable
{
    private readonly Func<WeightMask, SparseWeights> _makeLists;
    private readonly int _blocks;
    private WeightMask _mask;
    private WeightGradientSums _kept;

    /// <summary>A convolution that works on whole planes.</summary>
    public LayerState(ConvolutionNode node, WeightMask mask, int blocks)
        : this(node.Layer, kept => new SparseWeights(node.Layer, kept, node.Input.Padded), mask, blocks)
    {
    }

    /// <summary>A convolution that works on bands.</summary>
    public LayerState(ConvolutionNode node, BandCut cut, WeightMask mask, int blocks)
        : this(node.Layer, kept => new SparseWeights(node.Layer, kept, cut.Layout, cut.Gradient(node)), mask, blocks)
    {
    }

    /// <summary>A linear layer.</summary>
    public LayerState(LinearLayer layer, WeightMask mask, int blocks) : this(layer, kept => new SparseWeights(layer, kept), mask, blocks)
    {
    }

    private LayerState(WeightLayer layer, Func<WeightMask, SparseWeights> makeLists, WeightMask mask, int blocks)
    {
        Layer = layer;
        _makeLists = makeLists;
        _blocks = blocks;
        _mask = mask;
        Lists = makeLists(mask);
        Weight = new Parameter($"{layer.Name}.weight", StateTensorKind.Weight, Lists.Kept.Length);
        _kept = new WeightGradientSums(Lists.WeightGradient, blocks);
    }

    public WeightLayer Layer { get; }

    public SparseWeights Lists { get; private set; }

    public Parameter Weight { get; private set; }

    /// <summary>The gradient at all positions, while that is asked for; otherwise null.</summary>
    public WeightGradientSums? Dense { get; private set; }

    /// <summary>What the blocks find: the gradient at all positions while that is asked for, otherwise that of the kept weights.</summary>
    public WeightGradientSums WeightGradient => Dense ?? _kept;

    /// <summary>Goes on with another mask, if it is another one; weights and momentum are undefined then.</summary>
    public void UseMask(WeightMask mask)
    {
        if (_mask.SameAs(mask))
        {
            return;
        }

        _mask = mask;
        Lists = _makeLists(mask);
        if (Weight.Gradient.Length != Lists.Kept.Length)
        {
            Weight = new Parameter(Weight.Name, Weight.Kind, Lists.Kept.Length);
        }

        _kept.Dispose();
        _kept = new WeightGradientSums(Lists.WeightGradient, _blocks);
    }

    /// <summary>Makes room for the gradient at all positions.</summary>
    /// <param name="blocks">The number of blocks in the batch.</param>
    public void BeginDense(int blocks) => Dense = new WeightGradientSums(Lists.MakeDenseWeightGradient(), blocks);

    /// <summary>Gives that room back, if there is any.</summary>
    public void EndDense()
    {
        Dense?.Dispose();
        Dense = null;
    }

    /// <summary>Adds up the blocks' parts in the order of the blocks; gives the sum of squares of the result.</summary>
    public double SumGradients(int blocks)
    {
        var total = Weight.Gradient;
        _kept.AddUp(blocks, total);
        double squares = 0;
        foreach (float gradient in total)
        {
            squares += (double)gradient * gradient;
        }

        return squares;
    }

    public void Dispose()
    {
        EndDense();
        _kept.Dispose();
    }
}

/// <summary>A convolution in the training engine, with its outputs of the current batch, before batch-norm.</summary>
internal sealed class ConvolutionState : IDisposable
{
    public ConvolutionState(ConvolutionNode node, BandCut cut, WeightMask mask, int blocks, int valueBytes)
    {
        Node = node;
        Layer = new LayerState(node, cut, mask, blocks);
        Norm = new BatchNormState(node.Norm, blocks);
        Outputs = new StoredPlanes(node.Layer.OutputShape, blocks, valueBytes);
    }

    public ConvolutionNode Node { get; }

    public LayerState Layer { get; }

    public BatchNormState Norm { get; }

    public StoredPlanes Outputs { get; }

    public void Dispose()
    {
        Layer.Dispose();
        Outputs.Dispose();
    }
}
