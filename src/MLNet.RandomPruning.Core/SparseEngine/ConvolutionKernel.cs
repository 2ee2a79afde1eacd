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
                    float* output = job.Output + (row + within) * job.OutputRow + column * job.OutputPixel;
                    ConvolveTile<TStride>(job, input, output, columns == 8 ? rows : 1, columns);
                }

                column += columns;
            }

            row += rows;
        }
    }

    /// <summary>All output channels of one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolveTile<TStride>(in ConvolutionJob job, float* input, float* output, int rows, int columns)
        where TStride : IStride
    {
        int lists = job.Groups * job.Outputs;
        float* target = output;
        for (int list = 0, channel = 0; list < lists; list++)
        {
            // A list without taps has something to do only when it is its channel's first or last.
            if (job.Starts[list] != job.Starts[list + 1] || list < job.Outputs || list + job.Outputs >= lists)
            {
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    switch (columns)
                    {
                        case 8 when rows == 2:
                            Tile2x8<TStride>(job, input + lane, target + lane, list);
                            break;
                        case 8:
                            Tile1x8<TStride>(job, input + lane, target + lane, list);
                            break;
                        case 4:
                            Tile1x4<TStride>(job, input + lane, target + lane, list);
                            break;
                        default:
                            Tile1x1(job, input + lane, target + lane, list);
                            break;
                    }
                }
            }

            target += job.OutputPlane;
            if (++channel == job.Outputs)
            {
                channel = 0;
                target = output;
            }
        }
    }

    private static int TileColumns(int left) => left >= 8 ? 8 : left >= 4 ? 4 : 1;

    // The first group starts from the bias, or from what the output holds when the job adds to it; the others go on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MustLoad(in ConvolutionJob job, int list) => job.Accumulate || list >= job.Outputs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Bias(in ConvolutionJob job, int list) => job.Biases != null && list < job.Outputs ? job.Biases[list] : 0;

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
    private static void Tile2x8<TStride>(in ConvolutionJob job, float* input, float* output, int list)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel;
        nint inputRow = job.InputRow, outputRow = job.OutputRow;
        float bias = Bias(job, list);
        bool load = MustLoad(job, list);
        TVector s0 = load ? TOps.Load(output) : TOps.Create(bias);
        TVector s1 = load ? TOps.Load(output + pixel) : TOps.Create(bias);
        TVector s2 = load ? TOps.Load(output + 2 * pixel) : TOps.Create(bias);
        TVector s3 = load ? TOps.Load(output + 3 * pixel) : TOps.Create(bias);
        TVector s4 = load ? TOps.Load(output + 4 * pixel) : TOps.Create(bias);
        TVector s5 = load ? TOps.Load(output + 5 * pixel) : TOps.Create(bias);
        TVector s6 = load ? TOps.Load(output + 6 * pixel) : TOps.Create(bias);
        TVector s7 = load ? TOps.Load(output + 7 * pixel) : TOps.Create(bias);
        TVector s8 = load ? TOps.Load(output + outputRow) : TOps.Create(bias);
        TVector s9 = load ? TOps.Load(output + outputRow + pixel) : TOps.Create(bias);
        TVector s10 = load ? TOps.Load(output + outputRow + 2 * pixel) : TOps.Create(bias);
        TVector s11 = load ? TOps.Load(output + outputRow + 3 * pixel) : TOps.Create(bias);
        TVector s12 = load ? TOps.Load(output + outputRow + 4 * pixel) : TOps.Create(bias);
        TVector s13 = load ? TOps.Load(output + outputRow + 5 * pixel) : TOps.Create(bias);
        TVector s14 = load ? TOps.Load(output + outputRow + 6 * pixel) : TOps.Create(bias);
        TVector s15 = load ? TOps.Load(output + outputRow + 7 * pixel) : TOps.Create(bias);
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
            s1 = Finish(job, output + pixel, s1);
            s2 = Finish(job, output + 2 * pixel, s2);
            s3 = Finish(job, output + 3 * pixel, s3);
            s4 = Finish(job, output + 4 * pixel, s4);
            s5 = Finish(job, output + 5 * pixel, s5);
            s6 = Finish(job, output + 6 * pixel, s6);
            s7 = Finish(job, output + 7 * pixel, s7);
            s8 = Finish(job, output + outputRow, s8);
            s9 = Finish(job, output + outputRow + pixel, s9);
            s10 = Finish(job, output + outputRow + 2 * pixel, s10);
            s11 = Finish(job, output + outputRow + 3 * pixel, s11);
            s12 = Finish(job, output + outputRow + 4 * pixel, s12);
            s13 = Finish(job, output + outputRow + 5 * pixel, s13);
            s14 = Finish(job, output + outputRow + 6 * pixel, s14);
            s15 = Finish(job, output + outputRow + 7 * pixel, s15);
        }

        TOps.Store(output, s0);
        TOps.Store(output + pixel, s1);
        TOps.Store(output + 2 * pixel, s2);
        TOps.Store(output + 3 * pixel, s3);
        TOps.Store(output + 4 * pixel, s4);
        TOps.Store(output + 5 * pixel, s5);
        TOps.Store(output + 6 * pixel, s6);
        TOps.Store(output + 7 * pixel, s7);
        TOps.Store(output + outputRow, s8);
        TOps.Store(output + outputRow + pixel, s9);
        TOps.Store(output + outputRow + 2 * pixel, s10);
        TOps.Store(output + outputRow + 3 * pixel, s11);
        TOps.Store(output + outputRow + 4 * pixel, s12);
        TOps.Store(output + outputRow + 5 * pixel, s13);
        TOps.Store(output + outputRow + 6 * pixel, s14);
        TOps.Store(output + outputRow + 7 * pixel, s15);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x8<TStride>(in ConvolutionJob job, float* input, float* output, int list)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel;
        float bias = Bias(job, list);
        bool load = MustLoad(job, list);
        TVector s0 = load ? TOps.Load(output) : TOps.Create(bias);
        TVector s1 = load ? TOps.Load(output + pixel) : TOps.Create(bias);
        TVector s2 = load ? TOps.Load(output + 2 * pixel) : TOps.Create(bias);
        TVector s3 = load ? TOps.Load(output + 3 * pixel) : TOps.Create(bias);
        TVector s4 = load ? TOps.Load(output + 4 * pixel) : TOps.Create(bias);
        TVector s5 = load ? TOps.Load(output + 5 * pixel) : TOps.Create(bias);
        TVector s6 = load ? TOps.Load(output + 6 * pixel) : TOps.Create(bias);
        TVector s7 = load ? TOps.Load(output + 7 * pixel) : TOps.Create(bias);
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
            s1 = Finish(job, output + pixel, s1);
            s2 = Finish(job, output + 2 * pixel, s2);
            s3 = Finish(job, output + 3 * pixel, s3);
            s4 = Finish(job, output + 4 * pixel, s4);
            s5 = Finish(job, output + 5 * pixel, s5);
            s6 = Finish(job, output + 6 * pixel, s6);
            s7 = Finish(job, output + 7 * pixel, s7);
        }

        TOps.Store(output, s0);
        TOps.Store(output + pixel, s1);
        TOps.Store(output + 2 * pixel, s2);
        TOps.Store(output + 3 * pixel, s3);
        TOps.Store(output + 4 * pixel, s4);
        TOps.Store(output + 5 * pixel, s5);
        TOps.Store(output + 6 * pixel, s6);
        TOps.Store(output + 7 * pixel, s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x4<TStride>(in ConvolutionJob job, float* input, float* output, int list)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel;
        float bias = Bias(job, list);
        bool load = MustLoad(job, list);
        TVector s0 = load ? TOps.Load(output) : TOps.Create(bias);
        TVector s1 = load ? TOps.Load(output + pixel) : TOps.Create(bias);
        TVector s2 = load ? TOps.Load(output + 2 * pixel) : TOps.Create(bias);
        TVector s3 = load ? TOps.Load(output + 3 * pixel) : TOps.Create(bias);
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
            s1 = Finish(job, output + pixel, s1);
            s2 = Finish(job, output + 2 * pixel, s2);
            s3 = Finish(job, output + 3 * pixel, s3);
        }

        TOps.Store(output, s0);
        TOps.Store(output + pixel, s1);
        TOps.Store(output + 2 * pixel, s2);
        TOps.Store(output + 3 * pixel, s3);
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
