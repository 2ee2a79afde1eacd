using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
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
        var taps = job.Taps;
        if (!job.Accumulate)
        {
            new Span<float>(job.Sums, taps.Places.Length).Clear();
        }

        if (taps.Dense is { } dense)
        {
            DenseWeightGradients<TStride>(job, taps, dense);
            return;
        }

        for (int group = 0; group < taps.Lists; group += taps.Outputs)
        {
            for (int column = 0; column < job.Columns; column += GradientLists.TileColumns)
            {
                for (int row = 0; row < job.Rows; row += GradientLists.TileRows)
                {
                    var tile = new GradientTile(
                        Math.Min(GradientLists.TileRows, job.Rows - row), Math.Min(GradientLists.TileColumns, job.Columns - column), job.InputRow, job.GradientRow);
                    float* input = job.Input + row * job.InputRow + column * TStride.Pixel;
                    float* gradient = job.Gradient + row * job.GradientRow + column * Lanes;
                    SumTile<TStride>(job, taps, tile, input, gradient, group);
                }
            }
        }
    }

    /// <summary>Adds to the sums of a group of input channels what comes from one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTile<TStride>(in WeightGradientJob job, GradientLists taps, in GradientTile tile, float* input, float* gradient, int group)
        where TStride : IStride
    {
        float* lanes = job.Scratch;
        int* starts = taps.Starts + group;
        int* offset = taps.Offsets + *starts;
        float* sums = job.Sums + *starts;
        for (int output = 0; output < taps.Outputs; output++, gradient += job.GradientPlane)
        {
            for (int left = starts[output + 1] - starts[output]; left > 0;)
            {
                int count = ChunkOf(left);
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    SumChunk<TStride>(tile, input + lane, gradient + lane, lanes + lane, offset, count);
                }

                LaneSums.AddTo(sums, lanes, count);
                sums += count;
                offset += count;
                left -= count;
            }
        }
    }

    // As many taps as there are registers for their sums; what is left when two more chunks are enough falls into equal halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ChunkOf(int left)
    {
        int most = TOps.HasManyRegisters ? 8 : 6;
        return left >= 2 * most ? most : left > most ? (left + 1) >> 1 : left;
    }
}
