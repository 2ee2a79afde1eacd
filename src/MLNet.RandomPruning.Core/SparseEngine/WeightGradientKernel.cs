using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // A tile of the output's gradient stays in registers while all kept weights of the output channel pass by. A weight's
    // sum takes the pixels of a tile one after the other; the processor overlaps the chains of neighbouring weights. Columns
    // outside, rows inside: the order of the sum is the same for every tile height, and so for every vector width.
    public override void AccumulateWeightGradients(in WeightGradientJob job)
    {
        switch (job.Stride)
        {
            case 1:
                AccumulateWeightGradients<Stride1>(job);
                break;
            case 2:
                AccumulateWeightGradients<Stride2>(job);
                break;
            default:
                throw new NotSupportedException($"The sparse engine has no kernels for stride {job.Stride}; it has them for 1 and 2.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateWeightGradients<TStride>(in WeightGradientJob job)
        where TStride : IStride
    {
        for (int column = 0; column < job.Columns;)
        {
            int columns = column + 8 <= job.Columns ? 8 : column + 4 <= job.Columns ? 4 : 1;
            for (int row = 0; row < job.Rows;)
            {
                int rows = TOps.HasManyRegisters && columns == 8 && row + 2 <= job.Rows ? 2 : 1;
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    float* input = job.Input + row * job.InputRow + column * TStride.Pixel + lane;
                    float* gradient = job.Gradient + row * job.GradientRow + column * Lanes + lane;
                    float* sums = job.Sums + lane;
                    switch (columns, rows)
                    {
                        case (8, 2):
                            GradientTile2x8<TStride>(job, input, gradient, sums);
                            break;
                        case (8, _):
                            GradientTile1x8<TStride>(job, input, gradient, sums);
                            break;
                        case (4, _):
                            GradientTile1x4<TStride>(job, input, gradient, sums);
                            break;
                        default:
                            GradientTile1x1(job, input, gradient, sums);
                            break;
                    }
                }

                row += rows;
            }

            column += columns;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientTile2x8<TStride>(in WeightGradientJob job, float* input, float* gradient, float* sums)
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
        int count = job.Count;
        int* offsets = job.Offsets;
        for (int j = 0; j < count; j++, sums += Lanes)
        {
            float* p = input + offsets[j];
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
    private static void GradientTile1x8<TStride>(in WeightGradientJob job, float* input, float* gradient, float* sums)
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
        int count = job.Count;
        int* offsets = job.Offsets;
        for (int j = 0; j < count; j++, sums += Lanes)
        {
            float* p = input + offsets[j];
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
    private static void GradientTile1x4<TStride>(in WeightGradientJob job, float* input, float* gradient, float* sums)
        where TStride : IStride
    {
        TVector g0 = TOps.Load(gradient);
        TVector g1 = TOps.Load(gradient + 1 * Lanes);
        TVector g2 = TOps.Load(gradient + 2 * Lanes);
        TVector g3 = TOps.Load(gradient + 3 * Lanes);
        int count = job.Count;
        int* offsets = job.Offsets;
        for (int j = 0; j < count; j++, sums += Lanes)
        {
            float* p = input + offsets[j];
            TVector sum = TOps.Load(sums);
            sum = TOps.MultiplyAdd(TOps.Load(p), g0, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), g1, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), g2, sum);
            sum = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), g3, sum);
            TOps.Store(sums, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientTile1x1(in WeightGradientJob job, float* input, float* gradient, float* sums)
    {
        TVector g = TOps.Load(gradient);
        for (int j = 0; j < job.Count; j++, sums += Lanes)
        {
            TOps.Store(sums, TOps.MultiplyAdd(TOps.Load(input + job.Offsets[j]), g, TOps.Load(sums)));
        }
    }
}
