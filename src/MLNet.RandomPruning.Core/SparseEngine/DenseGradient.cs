namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The gradient of all weights of a layer, the pruned ones too: where each looks, and each block's part.</summary>
/// <param name="taps">One tap a weight; its source is the weight's row-major position.</param>
/// <param name="length">The number of weights.</param>
/// <param name="blocks">The number of blocks in the batch.</param>
internal sealed unsafe class DenseGradient(TapLists taps, int length, int blocks) : IDisposable
{
    private readonly AlignedBuffer _parts = new((long)blocks * length);

    public TapLists Taps => taps;

    /// <summary>A block's part.</summary>
    public float* Gradients(int block) => _parts.Pointer + (long)block * length;

    /// <summary>Adds up the blocks' parts in the order of the blocks.</summary>
    public void Sum(Span<float> total) => BlockParts.Sum(_parts.Pointer, blocks, total);

    public void Dispose() => _parts.Dispose();
}

/// <summary>What the blocks of a batch have left side by side.</summary>
internal static unsafe class BlockParts
{
    /// <summary>Adds up the blocks' parts in the order of the blocks.</summary>
    /// <param name="parts">[block][value].</param>
    /// <param name="blocks">The number of blocks, at least 1.</param>
    /// <param name="total">Takes the sums, one a value.</param>
    public static void Sum(float* parts, int blocks, Span<float> total)
    {
        new ReadOnlySpan<float>(parts, total.Length).CopyTo(total);
        for (int block = 1; block < blocks; block++)
        {
            var part = new ReadOnlySpan<float>(parts + (long)block * total.Length, total.Length);
            for (int j = 0; j < total.Length; j++)
            {
                total[j] += part[j];
            }
        }
    }
}
