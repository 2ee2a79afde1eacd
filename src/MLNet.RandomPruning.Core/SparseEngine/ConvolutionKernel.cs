using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The distance between neighbouring input pixels as a constant, so that the tiles address them without arithmetic.</summary>
internal interface IStride
{
    static abstract int Pixel { get; }
}

internal readonly struct Stride1 : IStride
{
    public static int Pixel => SparseKernels.Lanes;
}

internal readonly struct Stride2 : IStride
{
    public static int Pixel => 2 * SparseKernels.Lanes;
}

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // A tile of 2×8 or 1×8 output pixels stays in registers while all kept weights of the output channel pass by: each
    // takes one load and one multiply-add a pixel, and the weight one broadcast a tile.
    public override void Convolve(in ConvolutionJob job)
    {
        switch (job.Stride)
        {
            case 1:
                Convolve<Stride1>(job);
                break;
            case 2:
                Convolve<Stride2>(job);
                break;
            default:
                throw new NotSupportedException($"The sparse engine has no kernels for stride {job.Stride}; it has them for 1 and 2.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convolve<TStride>(in ConvolutionJob job)
        where TStride : IStride
    {
        int rowsAtOnce = TOps.HasManyRegisters ? 2 : 1;
        for (int row = 0; row < job.Rows;)
        {
            int rows = Math.Min(rowsAtOnce, job.Rows - row);
            float* input = job.Input + row * job.InputRow;
            float* output = job.Output + row * job.OutputRow;
            int column = 0;
            for (; column + 8 <= job.Columns; column += 8)
            {
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    float* from = input + column * TStride.Pixel + lane;
                    float* to = output + column * job.OutputPixel + lane;
                    if (rows == 2)
                    {
                        Tile2x8<TStride>(job, from, to);
                    }
                    else
                    {
                        Tile1x8<TStride>(job, from, to);
                    }
                }
            }

            ConvolveRest<TStride>(job, input, output, rows, column);
            row += rows;
        }
    }

    // The columns that fill no tile of 8.
    private static void ConvolveRest<TStride>(in ConvolutionJob job, float* input, float* output, int rows, int firstColumn)
        where TStride : IStride
    {
        for (int row = 0; row < rows; row++, input += job.InputRow, output += job.OutputRow)
        {
            for (int column = firstColumn; column < job.Columns;)
            {
                bool four = column + 4 <= job.Columns;
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    float* from = input + column * TStride.Pixel + lane;
                    float* to = output + column * job.OutputPixel + lane;
                    if (four)
                    {
                        Tile1x4<TStride>(job, from, to);
                    }
                    else
                    {
                        Tile1x1(job, from, to);
                    }
                }

                column += four ? 4 : 1;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Start(in ConvolutionJob job, float* output) => job.Accumulate ? TOps.Load(output) : TOps.Create(job.Bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in ConvolutionJob job, float* output, TVector sum)
    {
        if (job.Residual != null)
        {
            sum = TOps.Add(sum, TOps.Load(job.Residual + (output - job.Output)));
        }

        TOps.Store(output, job.Relu ? TOps.Relu(sum) : sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2x8<TStride>(in ConvolutionJob job, float* input, float* output)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel;
        nint inputRow = job.InputRow, outputRow = job.OutputRow;
        TVector s0 = Start(job, output);
        TVector s1 = Start(job, output + pixel);
        TVector s2 = Start(job, output + 2 * pixel);
        TVector s3 = Start(job, output + 3 * pixel);
        TVector s4 = Start(job, output + 4 * pixel);
        TVector s5 = Start(job, output + 5 * pixel);
        TVector s6 = Start(job, output + 6 * pixel);
        TVector s7 = Start(job, output + 7 * pixel);
        TVector s8 = Start(job, output + outputRow);
        TVector s9 = Start(job, output + outputRow + pixel);
        TVector s10 = Start(job, output + outputRow + 2 * pixel);
        TVector s11 = Start(job, output + outputRow + 3 * pixel);
        TVector s12 = Start(job, output + outputRow + 4 * pixel);
        TVector s13 = Start(job, output + outputRow + 5 * pixel);
        TVector s14 = Start(job, output + outputRow + 6 * pixel);
        TVector s15 = Start(job, output + outputRow + 7 * pixel);
        int count = job.Count;
        int* offsets = job.Offsets;
        float* values = job.Values;
        for (int j = 0; j < count; j++)
        {
            TVector weight = TOps.Create(values[j]);
            float* p = input + offsets[j];
            s0 = TOps.MultiplyAdd(TOps.Load(p), weight, s0);
            s1 = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), weight, s1);
            s2 = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), weight, s2);
            s3 = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), weight, s3);
            s4 = TOps.MultiplyAdd(TOps.Load(p + 4 * TStride.Pixel), weight, s4);
            s5 = TOps.MultiplyAdd(TOps.Load(p + 5 * TStride.Pixel), weight, s5);
            s6 = TOps.MultiplyAdd(TOps.Load(p + 6 * TStride.Pixel), weight, s6);
            s7 = TOps.MultiplyAdd(TOps.Load(p + 7 * TStride.Pixel), weight, s7);
            p += inputRow;
            s8 = TOps.MultiplyAdd(TOps.Load(p), weight, s8);
            s9 = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), weight, s9);
            s10 = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), weight, s10);
            s11 = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), weight, s11);
            s12 = TOps.MultiplyAdd(TOps.Load(p + 4 * TStride.Pixel), weight, s12);
            s13 = TOps.MultiplyAdd(TOps.Load(p + 5 * TStride.Pixel), weight, s13);
            s14 = TOps.MultiplyAdd(TOps.Load(p + 6 * TStride.Pixel), weight, s14);
            s15 = TOps.MultiplyAdd(TOps.Load(p + 7 * TStride.Pixel), weight, s15);
        }

        Finish(job, output, s0);
        Finish(job, output + pixel, s1);
        Finish(job, output + 2 * pixel, s2);
        Finish(job, output + 3 * pixel, s3);
        Finish(job, output + 4 * pixel, s4);
        Finish(job, output + 5 * pixel, s5);
        Finish(job, output + 6 * pixel, s6);
        Finish(job, output + 7 * pixel, s7);
        Finish(job, output + outputRow, s8);
        Finish(job, output + outputRow + pixel, s9);
        Finish(job, output + outputRow + 2 * pixel, s10);
        Finish(job, output + outputRow + 3 * pixel, s11);
        Finish(job, output + outputRow + 4 * pixel, s12);
        Finish(job, output + outputRow + 5 * pixel, s13);
        Finish(job, output + outputRow + 6 * pixel, s14);
        Finish(job, output + outputRow + 7 * pixel, s15);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x8<TStride>(in ConvolutionJob job, float* input, float* output)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel;
        TVector s0 = Start(job, output);
        TVector s1 = Start(job, output + pixel);
        TVector s2 = Start(job, output + 2 * pixel);
        TVector s3 = Start(job, output + 3 * pixel);
        TVector s4 = Start(job, output + 4 * pixel);
        TVector s5 = Start(job, output + 5 * pixel);
        TVector s6 = Start(job, output + 6 * pixel);
        TVector s7 = Start(job, output + 7 * pixel);
        int count = job.Count;
        int* offsets = job.Offsets;
        float* values = job.Values;
        for (int j = 0; j < count; j++)
        {
            TVector weight = TOps.Create(values[j]);
            float* p = input + offsets[j];
            s0 = TOps.MultiplyAdd(TOps.Load(p), weight, s0);
            s1 = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), weight, s1);
            s2 = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), weight, s2);
            s3 = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), weight, s3);
            s4 = TOps.MultiplyAdd(TOps.Load(p + 4 * TStride.Pixel), weight, s4);
            s5 = TOps.MultiplyAdd(TOps.Load(p + 5 * TStride.Pixel), weight, s5);
            s6 = TOps.MultiplyAdd(TOps.Load(p + 6 * TStride.Pixel), weight, s6);
            s7 = TOps.MultiplyAdd(TOps.Load(p + 7 * TStride.Pixel), weight, s7);
        }

        Finish(job, output, s0);
        Finish(job, output + pixel, s1);
        Finish(job, output + 2 * pixel, s2);
        Finish(job, output + 3 * pixel, s3);
        Finish(job, output + 4 * pixel, s4);
        Finish(job, output + 5 * pixel, s5);
        Finish(job, output + 6 * pixel, s6);
        Finish(job, output + 7 * pixel, s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x4<TStride>(in ConvolutionJob job, float* input, float* output)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel;
        TVector s0 = Start(job, output);
        TVector s1 = Start(job, output + pixel);
        TVector s2 = Start(job, output + 2 * pixel);
        TVector s3 = Start(job, output + 3 * pixel);
        int count = job.Count;
        int* offsets = job.Offsets;
        float* values = job.Values;
        for (int j = 0; j < count; j++)
        {
            TVector weight = TOps.Create(values[j]);
            float* p = input + offsets[j];
            s0 = TOps.MultiplyAdd(TOps.Load(p), weight, s0);
            s1 = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), weight, s1);
            s2 = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), weight, s2);
            s3 = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), weight, s3);
        }

        Finish(job, output, s0);
        Finish(job, output + pixel, s1);
        Finish(job, output + 2 * pixel, s2);
        Finish(job, output + 3 * pixel, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x1(in ConvolutionJob job, float* input, float* output)
    {
        TVector sum = Start(job, output);
        for (int j = 0; j < job.Count; j++)
        {
            sum = TOps.MultiplyAdd(TOps.Load(input + job.Offsets[j]), TOps.Create(job.Values[j]), sum);
        }

        Finish(job, output, sum);
    }
}
