using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // Tiles of up to 8 columns. Columns outside, rows inside, and within a tile row by row: the order of a sum is the same for
    // every tile height, every way of cutting a list into chunks, and every vector width.
    private const int TileColumnCount = 8;

    // Large tiles load and store their sums seldom. That beats small ones whose input stays in the first-level cache; measured.
    private const int TileRowCount = 8;

    public override void WeightGradients(in WeightGradientJob job)
    {
        switch (job.Stride)
        {
            case 1:
                WeightGradients<Stride1>(job);
                break;
            case 2:
                WeightGradients<Stride2>(job);
                break;
            default:
                throw new NotSupportedException($"The sparse engine has no kernels for stride {job.Stride}; it has them for 1 and 2.");
        }
    }

    private static void WeightGradients<TStride>(in WeightGradientJob job)
        where TStride : IStride
    {
        var taps = ListsOf(job);
        if (taps.Dense is { } dense)
        {
            DenseWeightGradients<TStride>(job, taps, dense);
            return;
        }

        // As many output channels at once as there is room for their sums, which should stay in the second-level cache.
        for (int first = 0; first < taps.Outputs;)
        {
            int end = first + 1;
            while (end < taps.Outputs && taps.Starts[end + 1] - taps.Starts[first] <= job.SumCapacity)
            {
                end++;
            }

            int count = taps.Starts[end] - taps.Starts[first];
            new Span<float>(job.Sums, count * Lanes).Clear();
            SumProducts<TStride>(job, taps, first, end);
            SumLanes(job, taps.Sources + taps.Starts[first], count);
            first = end;
        }
    }

    private static GradientLists ListsOf(in WeightGradientJob job) =>
        job.Taps.Gradient ?? throw new ArgumentException("These taps have no lists for the gradient of the weights.", nameof(job));

    private static void SumProducts<TStride>(in WeightGradientJob job, GradientLists taps, int first, int end)
        where TStride : IStride
    {
        for (int column = 0; column < job.Columns; column += TileColumnCount)
        {
            for (int row = 0; row < job.Rows; row += TileRowCount)
            {
                var tile = new GradientTile(Math.Min(TileRowCount, job.Rows - row), Math.Min(TileColumnCount, job.Columns - column), job.InputRow, job.GradientRow);
                float* input = job.Input + row * job.InputRow + column * TStride.Pixel;
                float* gradient = job.Gradient + row * job.GradientRow + column * Lanes;
                SumTile<TStride>(job, taps, tile, input, gradient, first, end);
            }
        }
    }

    /// <summary>The sums of some output channels over one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTile<TStride>(in WeightGradientJob job, GradientLists taps, in GradientTile tile, float* input, float* gradients, int first, int end)
        where TStride : IStride
    {
        float* sums = job.Sums;
        int* offset = taps.Offsets + taps.Starts[first];
        for (int output = first; output < end; output++)
        {
            float* gradient = gradients + output * job.GradientPlane;
            for (int left = taps.Starts[output + 1] - taps.Starts[output]; left > 0;)
            {
                int count = ChunkOf(left);
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    SumChunk<TStride>(tile, input + lane, gradient + lane, sums + lane, offset, count);
                }

                sums += count * Lanes;
                offset += count;
                left -= count;
            }
        }
    }

    // Chunks of 8; what is left when two more are enough falls into equal halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ChunkOf(int left) => left >= 16 ? 8 : left > 8 ? (left + 1) >> 1 : left;

    /// <summary>Adds up the images and puts the results in the order of the kept weights.</summary>
    private static void SumLanes(in WeightGradientJob job, int* sources, int count)
    {
        float* sums = job.Sums;
        for (int tap = 0; tap < count; tap++, sums += Lanes)
        {
            float* result = job.Result + sources[tap];
            float sum = LaneSums.Of(sums);
            *result = job.Accumulate ? *result + sum : sum;
        }
    }
}
