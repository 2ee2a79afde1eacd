using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // A tile of the output's gradient stays in registers while the taps of a list pass by. A tap's sum takes the pixels of a
    // tile one after the other; the processor overlaps the chains of neighbouring taps. Columns outside, rows inside: the
    // order of a sum is the same for every tile height, and so for every vector width.
    public override void WeightGradients(in WeightGradientJob job)
    {
        // As many output channels at once as there is room for their sums, which should stay in the second-level cache.
        var taps = job.Taps;
        for (int first = 0; first < taps.Outputs;)
        {
            int last = first;
            while (last + 1 < taps.Outputs && taps.Count(first, last + 1) <= job.SumCapacity)
            {
                last++;
            }

            int count = taps.Count(first, last);
            new Span<float>(job.Sums, count * Lanes).Clear();
            switch (job.Stride)
            {
                case 1:
                    SumProducts<Stride1>(job, first, last);
                    break;
                case 2:
                    SumProducts<Stride2>(job, first, last);
                    break;
                default:
                    throw new NotSupportedException($"The sparse engine has no kernels for stride {job.Stride}; it has them for 1 and 2.");
            }

            SumLanes(job, first, last);
            first = last + 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumProducts<TStride>(in WeightGradientJob job, int first, int last)
        where TStride : IStride
    {
        for (int column = 0; column < job.Columns;)
        {
            int columns = TileColumns(job.Columns - column);
            for (int row = 0; row < job.Rows;)
            {
                int rows = TOps.HasManyRegisters && columns == 8 && row + 2 <= job.Rows ? 2 : 1;
                float* input = job.Input + row * job.InputRow + column * TStride.Pixel;
                float* gradient = job.Gradient + row * job.GradientRow + column * Lanes;
                SumTile<TStride>(job, input, gradient, rows, columns, first, last);
                row += rows;
            }

            column += columns;
        }
    }

    /// <summary>The sums of some output channels over one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTile<TStride>(in WeightGradientJob job, float* input, float* gradients, int rows, int columns, int first, int last)
        where TStride : IStride
    {
        var taps = job.Taps;
        float* sums = job.Sums;
        for (int group = 0; group < taps.Groups; group++)
        {
            for (int output = first; output <= last; output++)
            {
                int* offset = taps.Offsets + taps.Starts[group * taps.Outputs + output];
                int* end = taps.Offsets + taps.Starts[group * taps.Outputs + output + 1];
                float* gradient = gradients + output * job.GradientPlane;
                for (int lane = 0; lane < Lanes && offset < end; lane += TOps.Count)
                {
                    switch (columns)
                    {
                        case 8 when rows == 2:
                            SumTile2x8<TStride>(job, input + lane, gradient + lane, sums + lane, offset, end);
                            break;
                        case 8:
                            SumTile1x8<TStride>(job, input + lane, gradient + lane, sums + lane, offset, end);
                            break;
                        case 4:
                            SumTile1x4<TStride>(job, input + lane, gradient + lane, sums + lane, offset, end);
                            break;
                        default:
                            SumTile1x1(input + lane, gradient + lane, sums + lane, offset, end);
                            break;
                    }
                }

                sums += (end - offset) * Lanes;
            }
        }
    }

    /// <summary>Adds up the images and puts the results in the order of the kept weights.</summary>
    private static void SumLanes(in WeightGradientJob job, int first, int last)
    {
        var taps = job.Taps;
        float* sums = job.Sums;
        for (int group = 0; group < taps.Groups; group++)
        {
            int end = taps.Starts[group * taps.Outputs + last + 1];
            for (int tap = taps.Starts[group * taps.Outputs + first]; tap < end; tap++, sums += Lanes)
            {
                float sum = LaneSums.Of(sums);
                job.Result[taps.Sources[tap]] = job.Accumulate ? job.Result[taps.Sources[tap]] + sum : sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTile2x8<TStride>(in WeightGradientJob job, float* input, float* gradient, float* sums, int* offset, int* end)
        where TStride : IStride
    {
        nint inputRow = job.InputRow;
        TVector g0 = TOps.Load(gradient);
        TVector g1 = TOps.Load(gradient + 1 * Lanes);
        TVector g2 = TOps.Load(gradient + 2 * Lanes);
        TVector g3 = TOps.Load(gradient + 3 * Lanes);
        TVector g4 = TOps.Load(gradient + 4 * Lanes);
        TVector g5 = TOps.Load(gradient + 5 * Lanes);
        TVector g6 = TOps.Load(gradient + 6 * Lanes);
        TVector g7 = TOps.Load(gradient + 7 * Lanes);
        TVector g8 = TOps.Load(gradient + job.GradientRow);
        TVector g9 = TOps.Load(gradient + job.GradientRow + 1 * Lanes);
        TVector g10 = TOps.Load(gradient + job.GradientRow + 2 * Lanes);
        TVector g11 = TOps.Load(gradient + job.GradientRow + 3 * Lanes);
        TVector g12 = TOps.Load(gradient + job.GradientRow + 4 * Lanes);
        TVector g13 = TOps.Load(gradient + job.GradientRow + 5 * Lanes);
        TVector g14 = TOps.Load(gradient + job.GradientRow + 6 * Lanes);
        TVector g15 = TOps.Load(gradient + job.GradientRow + 7 * Lanes);
        for (; offset < end; offset++, sums += Lanes)
        {
            float* p = input + *offset;
            TVector sum = TOps.Load(sums);
            sum = TOps.MultiplyAdd(TOps.Load(p), g0, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), g1, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), g2, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), g3, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 4 * TStride.Pixel), g4, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 5 * TStride.Pixel), g5, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 6 * TStride.Pixel), g6, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 7 * TStride.Pixel), g7, sum);
            p += inputRow;
            sum = TOps.MultiplyAdd(TOps.Load(p), g8, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), g9, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), g10, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), g11, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 4 * TStride.Pixel), g12, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 5 * TStride.Pixel), g13, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 6 * TStride.Pixel), g14, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 7 * TStride.Pixel), g15, sum);
            TOps.Store(sums, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTile1x8<TStride>(in WeightGradientJob job, float* input, float* gradient, float* sums, int* offset, int* end)
        where TStride : IStride
    {
        TVector g0 = TOps.Load(gradient);
        TVector g1 = TOps.Load(gradient + 1 * Lanes);
        TVector g2 = TOps.Load(gradient + 2 * Lanes);
        TVector g3 = TOps.Load(gradient + 3 * Lanes);
        TVector g4 = TOps.Load(gradient + 4 * Lanes);
        TVector g5 = TOps.Load(gradient + 5 * Lanes);
        TVector g6 = TOps.Load(gradient + 6 * Lanes);
        TVector g7 = TOps.Load(gradient + 7 * Lanes);
        for (; offset < end; offset++, sums += Lanes)
        {
            float* p = input + *offset;
            TVector sum = TOps.Load(sums);
            sum = TOps.MultiplyAdd(TOps.Load(p), g0, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), g1, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), g2, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), g3, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 4 * TStride.Pixel), g4, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 5 * TStride.Pixel), g5, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 6 * TStride.Pixel), g6, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 7 * TStride.Pixel), g7, sum);
            TOps.Store(sums, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTile1x4<TStride>(in WeightGradientJob job, float* input, float* gradient, float* sums, int* offset, int* end)
        where TStride : IStride
    {
        TVector g0 = TOps.Load(gradient);
        TVector g1 = TOps.Load(gradient + 1 * Lanes);
        TVector g2 = TOps.Load(gradient + 2 * Lanes);
        TVector g3 = TOps.Load(gradient + 3 * Lanes);
        for (; offset < end; offset++, sums += Lanes)
        {
            float* p = input + *offset;
            TVector sum = TOps.Load(sums);
            sum = TOps.MultiplyAdd(TOps.Load(p), g0, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), g1, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), g2, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), g3, sum);
            TOps.Store(sums, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumTile1x1(float* input, float* gradient, float* sums, int* offset, int* end)
    {
        TVector g = TOps.Load(gradient);
        for (; offset < end; offset++, sums += Lanes)
        {
            TOps.Store(sums, TOps.MultiplyAdd(TOps.Load(input + *offset), g, TOps.Load(sums)));
        }
    }
}
