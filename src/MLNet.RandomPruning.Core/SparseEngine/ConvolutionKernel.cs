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
}
