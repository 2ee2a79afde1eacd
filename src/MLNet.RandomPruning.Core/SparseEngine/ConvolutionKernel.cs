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
    // A tile of 2×8 or 1×8 output pixels stays in registers while the taps of a list pass by: each takes one load and one
    // multiply-add a pixel, and its value one broadcast a tile. The part of the input that a tile and a group of channels look
    // at stays in the first-level cache for all output channels.
    public override void Convolve(in ConvolutionJob job)
    {
        // A stride on the way in belongs to the way forward, one on the way out to the way back.
        switch (job.Stride, job.OutputPixel)
        {
            case (1, Lanes):
                Convolve<Stride1, Stride1>(job);
                break;
            case (2, Lanes):
                Convolve<Stride2, Stride1>(job);
                break;
            case (1, 2 * Lanes):
                Convolve<Stride1, Stride2>(job);
                break;
            default:
                throw new NotSupportedException(
                    $"The sparse engine has no kernels for stride {job.Stride} into every {job.OutputPixel / Lanes}th pixel; it has them for one of the two being 1 and the other 1 or 2.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convolve<TStride, TPixel>(in ConvolutionJob job)
        where TStride : IStride
        where TPixel : IStride
    {
        for (int row = 0; row < job.Rows;)
        {
            int rows = TOps.HasManyRegisters && row + 2 <= job.Rows ? 2 : 1;
            for (int column = 0; column < job.Columns;)
            {
                int columns = TileColumns(job.Columns - column);

                // The columns that fill no tile of 8 are few; two rows of them are done one by one.
                for (int within = 0; within < (columns == 8 ? 1 : rows); within++)
                {
                    float* input = job.Input + (row + within) * job.InputRow + column * TStride.Pixel;
                    float* output = job.Output + (row + within) * job.OutputRow + column * TPixel.Pixel;
                    ConvolveTile<TStride, TPixel>(job, input, output, columns == 8 ? rows : 1, columns);
                }

                column += columns;
            }

            row += rows;
        }
    }

    /// <summary>All output channels of one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolveTile<TStride, TPixel>(in ConvolutionJob job, float* input, float* output, int rows, int columns)
        where TStride : IStride
        where TPixel : IStride
    {
        if (job.Quads > 0)
        {
            DenseTile<TStride, TPixel>(job, input, output, rows, columns);
        }

        int lists = job.Groups * job.Outputs;
        for (int list = 0; list < lists; list++)
        {
            float* target = output + job.Channels[list] * job.OutputPlane;

            // Four channels at a time have been done already.
            if (job.Channels[list] < job.Quads * DenseTaps.Channels)
            {
                continue;
            }

            // A list without taps has something to do only when it is its channel's first or last.
            if (job.Starts[list] != job.Starts[list + 1] || list < job.Outputs || list + job.Outputs >= lists)
            {
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    switch (columns)
                    {
                        case 8 when rows == 2:
                            Tile2x8<TStride, TPixel>(job, input + lane, target + lane, list);
                            break;
                        case 8:
                            Tile1x8<TStride, TPixel>(job, input + lane, target + lane, list);
                            break;
                        case 4:
                            Tile1x4<TStride, TPixel>(job, input + lane, target + lane, list);
                            break;
                        default:
                            Tile1x1(job, input + lane, target + lane, list);
                            break;
                    }
                }
            }
        }
    }

    private static int TileColumns(int left) => left >= 8 ? 8 : left >= 4 ? 4 : 1;

    // The first group starts from the bias, or from what the output holds when the job adds to it; the others go on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MustLoad(in ConvolutionJob job, int list) => job.Accumulate || list >= job.Outputs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Bias(in ConvolutionJob job, int list) => job.Biases != null && list < job.Outputs ? job.Biases[job.Channels[list]] : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MustFinish(in ConvolutionJob job, int list) =>
        (job.Relu || job.Residual != null) && list >= (job.Groups - 1) * job.Outputs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Finish(in ConvolutionJob job, float* output, TVector sum)
    {
        if (job.Residual != null)
        {
            sum = TOps.Add(sum, TOps.Load(job.Residual + (output - job.Output)));
        }

        return job.Relu ? TOps.Relu(sum) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2x8<TStride, TPixel>(in ConvolutionJob job, float* input, float* output, int list)
        where TStride : IStride
        where TPixel : IStride
    {
        nint inputRow = job.InputRow, outputRow = job.OutputRow;
        TVector s0 = TOps.Create(Bias(job, list));
        TVector s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, s9 = s0, s10 = s0, s11 = s0, s12 = s0, s13 = s0, s14 = s0, s15 = s0;
        if (MustLoad(job, list))
        {
            s0 = TOps.Load(output);
            s1 = TOps.Load(output + 1 * TPixel.Pixel);
            s2 = TOps.Load(output + 2 * TPixel.Pixel);
            s3 = TOps.Load(output + 3 * TPixel.Pixel);
            s4 = TOps.Load(output + 4 * TPixel.Pixel);
            s5 = TOps.Load(output + 5 * TPixel.Pixel);
            s6 = TOps.Load(output + 6 * TPixel.Pixel);
            s7 = TOps.Load(output + 7 * TPixel.Pixel);
            s8 = TOps.Load(output + outputRow);
            s9 = TOps.Load(output + outputRow + 1 * TPixel.Pixel);
            s10 = TOps.Load(output + outputRow + 2 * TPixel.Pixel);
            s11 = TOps.Load(output + outputRow + 3 * TPixel.Pixel);
            s12 = TOps.Load(output + outputRow + 4 * TPixel.Pixel);
            s13 = TOps.Load(output + outputRow + 5 * TPixel.Pixel);
            s14 = TOps.Load(output + outputRow + 6 * TPixel.Pixel);
            s15 = TOps.Load(output + outputRow + 7 * TPixel.Pixel);
        }

        int* offset = job.Offsets + job.Starts[list];
        int* end = job.Offsets + job.Starts[list + 1];
        float* value = job.Values + job.Starts[list];
        for (; offset < end; offset++, value++)
        {
            TVector weight = TOps.Create(*value);
            float* p = input + *offset;
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

        if (MustFinish(job, list))
        {
            s0 = Finish(job, output, s0);
            s1 = Finish(job, output + 1 * TPixel.Pixel, s1);
            s2 = Finish(job, output + 2 * TPixel.Pixel, s2);
            s3 = Finish(job, output + 3 * TPixel.Pixel, s3);
            s4 = Finish(job, output + 4 * TPixel.Pixel, s4);
            s5 = Finish(job, output + 5 * TPixel.Pixel, s5);
            s6 = Finish(job, output + 6 * TPixel.Pixel, s6);
            s7 = Finish(job, output + 7 * TPixel.Pixel, s7);
            s8 = Finish(job, output + outputRow, s8);
            s9 = Finish(job, output + outputRow + 1 * TPixel.Pixel, s9);
            s10 = Finish(job, output + outputRow + 2 * TPixel.Pixel, s10);
            s11 = Finish(job, output + outputRow + 3 * TPixel.Pixel, s11);
            s12 = Finish(job, output + outputRow + 4 * TPixel.Pixel, s12);
            s13 = Finish(job, output + outputRow + 5 * TPixel.Pixel, s13);
            s14 = Finish(job, output + outputRow + 6 * TPixel.Pixel, s14);
            s15 = Finish(job, output + outputRow + 7 * TPixel.Pixel, s15);
        }

        TOps.Store(output, s0);
        TOps.Store(output + 1 * TPixel.Pixel, s1);
        TOps.Store(output + 2 * TPixel.Pixel, s2);
        TOps.Store(output + 3 * TPixel.Pixel, s3);
        TOps.Store(output + 4 * TPixel.Pixel, s4);
        TOps.Store(output + 5 * TPixel.Pixel, s5);
        TOps.Store(output + 6 * TPixel.Pixel, s6);
        TOps.Store(output + 7 * TPixel.Pixel, s7);
        TOps.Store(output + outputRow, s8);
        TOps.Store(output + outputRow + 1 * TPixel.Pixel, s9);
        TOps.Store(output + outputRow + 2 * TPixel.Pixel, s10);
        TOps.Store(output + outputRow + 3 * TPixel.Pixel, s11);
        TOps.Store(output + outputRow + 4 * TPixel.Pixel, s12);
        TOps.Store(output + outputRow + 5 * TPixel.Pixel, s13);
        TOps.Store(output + outputRow + 6 * TPixel.Pixel, s14);
        TOps.Store(output + outputRow + 7 * TPixel.Pixel, s15);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x8<TStride, TPixel>(in ConvolutionJob job, float* input, float* output, int list)
        where TStride : IStride
        where TPixel : IStride
    {
        TVector s0 = TOps.Create(Bias(job, list));
        TVector s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        if (MustLoad(job, list))
        {
            s0 = TOps.Load(output);
            s1 = TOps.Load(output + 1 * TPixel.Pixel);
            s2 = TOps.Load(output + 2 * TPixel.Pixel);
            s3 = TOps.Load(output + 3 * TPixel.Pixel);
            s4 = TOps.Load(output + 4 * TPixel.Pixel);
            s5 = TOps.Load(output + 5 * TPixel.Pixel);
            s6 = TOps.Load(output + 6 * TPixel.Pixel);
            s7 = TOps.Load(output + 7 * TPixel.Pixel);
        }

        int* offset = job.Offsets + job.Starts[list];
        int* end = job.Offsets + job.Starts[list + 1];
        float* value = job.Values + job.Starts[list];
        for (; offset < end; offset++, value++)
        {
            TVector weight = TOps.Create(*value);
            float* p = input + *offset;
            s0 = TOps.MultiplyAdd(TOps.Load(p), weight, s0);
            s1 = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), weight, s1);
            s2 = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), weight, s2);
            s3 = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), weight, s3);
            s4 = TOps.MultiplyAdd(TOps.Load(p + 4 * TStride.Pixel), weight, s4);
            s5 = TOps.MultiplyAdd(TOps.Load(p + 5 * TStride.Pixel), weight, s5);
            s6 = TOps.MultiplyAdd(TOps.Load(p + 6 * TStride.Pixel), weight, s6);
            s7 = TOps.MultiplyAdd(TOps.Load(p + 7 * TStride.Pixel), weight, s7);
        }

        if (MustFinish(job, list))
        {
            s0 = Finish(job, output, s0);
            s1 = Finish(job, output + 1 * TPixel.Pixel, s1);
            s2 = Finish(job, output + 2 * TPixel.Pixel, s2);
            s3 = Finish(job, output + 3 * TPixel.Pixel, s3);
            s4 = Finish(job, output + 4 * TPixel.Pixel, s4);
            s5 = Finish(job, output + 5 * TPixel.Pixel, s5);
            s6 = Finish(job, output + 6 * TPixel.Pixel, s6);
            s7 = Finish(job, output + 7 * TPixel.Pixel, s7);
        }

        TOps.Store(output, s0);
        TOps.Store(output + 1 * TPixel.Pixel, s1);
        TOps.Store(output + 2 * TPixel.Pixel, s2);
        TOps.Store(output + 3 * TPixel.Pixel, s3);
        TOps.Store(output + 4 * TPixel.Pixel, s4);
        TOps.Store(output + 5 * TPixel.Pixel, s5);
        TOps.Store(output + 6 * TPixel.Pixel, s6);
        TOps.Store(output + 7 * TPixel.Pixel, s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x4<TStride, TPixel>(in ConvolutionJob job, float* input, float* output, int list)
        where TStride : IStride
        where TPixel : IStride
    {
        TVector s0 = TOps.Create(Bias(job, list));
        TVector s1 = s0, s2 = s0, s3 = s0;
        if (MustLoad(job, list))
        {
            s0 = TOps.Load(output);
            s1 = TOps.Load(output + 1 * TPixel.Pixel);
            s2 = TOps.Load(output + 2 * TPixel.Pixel);
            s3 = TOps.Load(output + 3 * TPixel.Pixel);
        }

        int* offset = job.Offsets + job.Starts[list];
        int* end = job.Offsets + job.Starts[list + 1];
        float* value = job.Values + job.Starts[list];
        for (; offset < end; offset++, value++)
        {
            TVector weight = TOps.Create(*value);
            float* p = input + *offset;
            s0 = TOps.MultiplyAdd(TOps.Load(p), weight, s0);
            s1 = TOps.MultiplyAdd(TOps.Load(p + 1 * TStride.Pixel), weight, s1);
            s2 = TOps.MultiplyAdd(TOps.Load(p + 2 * TStride.Pixel), weight, s2);
            s3 = TOps.MultiplyAdd(TOps.Load(p + 3 * TStride.Pixel), weight, s3);
        }

        if (MustFinish(job, list))
        {
            s0 = Finish(job, output, s0);
            s1 = Finish(job, output + 1 * TPixel.Pixel, s1);
            s2 = Finish(job, output + 2 * TPixel.Pixel, s2);
            s3 = Finish(job, output + 3 * TPixel.Pixel, s3);
        }

        TOps.Store(output, s0);
        TOps.Store(output + 1 * TPixel.Pixel, s1);
        TOps.Store(output + 2 * TPixel.Pixel, s2);
        TOps.Store(output + 3 * TPixel.Pixel, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x1(in ConvolutionJob job, float* input, float* output, int list)
    {
        TVector sum = MustLoad(job, list) ? TOps.Load(output) : TOps.Create(Bias(job, list));
        for (int tap = job.Starts[list]; tap < job.Starts[list + 1]; tap++)
        {
            sum = TOps.MultiplyAdd(TOps.Load(input + job.Offsets[tap]), TOps.Create(job.Values[tap]), sum);
        }

        TOps.Store(output, MustFinish(job, list) ? Finish(job, output, sum) : sum);
    }
}
