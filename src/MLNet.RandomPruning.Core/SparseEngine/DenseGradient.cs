namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The gradient of all weights of a layer, the pruned ones too: where each looks, and each block's part.</summary>
/// <param name="taps">One tap a weight; its source is the weight's row-major position.</param>
/// <param name="blocks">The number of blocks in the batch.</param>
internal sealed unsafe class DenseGradient(TapLists taps, int blocks) : IDisposable
{
    private readonly WeightGradientSums _sums = new(taps, blocks);

    public TapLists Taps => taps;

    /// <summary>A block's part.</summary>
    public float* Sums(int block) => _sums[block];

    /// <summary>Adds up the blocks' parts in the order of the blocks.</summary>
    public void AddUp(Span<float> total) => _sums.AddUp(blocks, total);

    public void Dispose() => _sums.Dispose();
}
