namespace MLNet.RandomPruning.Pruning.Granularities;

// The kernel between one input and one output channel is a unit: 9 weights of a 3×3 convolution, one of a linear layer.
internal sealed class KernelGranularity() : TiledGranularity(rows: 1, columns: 1, wholeKernel: true)
{
    public override string Name => "Kernel";

    internal override string UnitNoun => "weights in whole kernels";
}
