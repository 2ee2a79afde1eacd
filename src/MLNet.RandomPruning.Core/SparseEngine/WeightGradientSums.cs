using System.Numerics;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>What the blocks of a batch find out of the gradient of a layer's weights, kept or all: side by side, until it is added up.</summary>
/// <param name="taps">The lists whose sums they are.</param>
/// <param name="blocks">The number of blocks that there is room for.</param>
internal sealed unsafe class WeightGradientSums(GradientLists taps, int blocks) : IDisposable
{
    private readonly int[] _places = taps.Places;
    private readonly AlignedBuffer _sums = new((long)blocks * taps.Places.Length);

    /// <summary>The lists whose sums they are.</summary>
    public GradientLists Taps => taps;

    /// <summary>A block's sums, in the order of <see cref="GradientLists.Places"/>.</summary>
    public float* this[int block] => _sums.Pointer + (long)block * _places.Length;

    /// <summary>Adds up the sums of each weight in the order of the blocks, and puts them in their places.</summary>
    /// <param name="count">The number of blocks in the batch, at least 1.</param>
    /// <param name="total">[place among the weights]: takes the totals.</param>
    public void AddUp(int count, Span<float> total)
    {
        Span<float> several = stackalloc float[Vector<float>.Count];
        int sum = 0;
        for (; sum + several.Length <= _places.Length; sum += several.Length)
        {
            var value = Vector.Load(this[0] + sum);
            for (int block = 1; block < count; block++)
            {
                value += Vector.Load(this[block] + sum);
            }

            value.CopyTo(several);
            for (int index = 0; index < several.Length; index++)
            {
                Put(sum + index, several[index], total);
            }
        }

        for (; sum < _places.Length; sum++)
        {
            float value = this[0][sum];
            for (int block = 1; block < count; block++)
            {
                value += this[block][sum];
            }

            Put(sum, value, total);
        }
    }

    public void Dispose() => _sums.Dispose();

    private void Put(int sum, float value, Span<float> total)
    {
        int place = _places[sum];
        if (place >= 0)
        {
            total[place] = value;
        }
    }
}
