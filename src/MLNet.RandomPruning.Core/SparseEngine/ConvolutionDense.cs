using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // Four output channels at a time, a few pixels of one row of each: a tap takes one load a pixel and one broadcast a
    // channel for as many multiply-adds as pixels and channels make together, so that loads do not hold it up.

    /// <summary>All quads of output channels of one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DenseTile<TStride, TPixel>(in ConvolutionJob job, float* input, float* output, int rows, int columns)
        where TStride : IStride
        where TPixel : IStride
    {
        for (int group = 0; group < job.Groups; group++)
        {
            for (int quad = 0; quad < job.Quads; quad++)
            {
                float* target = output + quad * DenseTaps.Channels * job.OutputPlane;
                for (int row = 0; row < rows; row++)
                {
                    for (int column = 0; column < columns;)
                    {
                        float* p = input + row * job.InputRow + column * TStride.Pixel, o = target + row * job.OutputRow + column * TPixel.Pixel;
                        int pixels = QuadPixels(columns - column);
                        for (int lane = 0; lane < Lanes; lane += TOps.Count)
                        {
                            switch (pixels)
                            {
                                case 4:
                                    Quad<TStride, TPixel, Count4>(job, p + lane, o + lane, group, quad);
                                    break;
                                case 2:
                                    Quad<TStride, TPixel, Count2>(job, p + lane, o + lane, group, quad);
                                    break;
                                default:
                                    Quad<TStride, TPixel, Count1>(job, p + lane, o + lane, group, quad);
                                    break;
                            }
                        }

                        column += pixels;
                    }
                }
            }
        }
    }

    private static int QuadPixels(int left) => TOps.HasManyRegisters && left >= 4 ? 4 : left >= 2 ? 2 : 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Quad<TStride, TPixel, TPixels>(in ConvolutionJob job, float* input, float* output, int group, int quad)
        where TStride : IStride
        where TPixel : IStride
        where TPixels : ICount
    {
        float* biases = job.Biases != null && group == 0 ? job.Biases + quad * DenseTaps.Channels : null;
        nint plane = job.OutputPlane;
        float* output2 = output + 2 * plane;
        TVector a0 = TOps.Create(biases != null ? biases[0] : 0), a1 = a0, a2 = a0, a3 = a0;
        TVector b0 = TOps.Create(biases != null ? biases[1] : 0), b1 = b0, b2 = b0, b3 = b0;
        TVector c0 = TOps.Create(biases != null ? biases[2] : 0), c1 = c0, c2 = c0, c3 = c0;
        TVector d0 = TOps.Create(biases != null ? biases[3] : 0), d1 = d0, d2 = d0, d3 = d0;
        if (job.Accumulate || group > 0)
        {
            LoadPixels<TPixel, TPixels>(output, ref a0, ref a1, ref a2, ref a3);
            LoadPixels<TPixel, TPixels>(output + plane, ref b0, ref b1, ref b2, ref b3);
            LoadPixels<TPixel, TPixels>(output2, ref c0, ref c1, ref c2, ref c3);
            LoadPixels<TPixel, TPixels>(output2 + plane, ref d0, ref d1, ref d2, ref d3);
        }

        int list = group * job.Quads + quad;
        int* offset = job.QuadOffsets + job.QuadStarts[list];
        int* end = job.QuadOffsets + job.QuadStarts[list + 1];
        float* value = job.QuadValues + job.QuadStarts[list] * DenseTaps.Channels;
        for (; offset < end; offset++, value += DenseTaps.Channels)
        {
            float* p = input + *offset;
            TVector x0 = TOps.Load(p);
            TVector x1 = TPixels.Value > 1 ? TOps.Load(p + 1 * TStride.Pixel) : x0;
            TVector x2 = TPixels.Value > 2 ? TOps.Load(p + 2 * TStride.Pixel) : x0;
            TVector x3 = TPixels.Value > 3 ? TOps.Load(p + 3 * TStride.Pixel) : x0;
            AddPixels<TPixels>(TOps.Create(value[0]), x0, x1, x2, x3, ref a0, ref a1, ref a2, ref a3);
            AddPixels<TPixels>(TOps.Create(value[1]), x0, x1, x2, x3, ref b0, ref b1, ref b2, ref b3);
            AddPixels<TPixels>(TOps.Create(value[2]), x0, x1, x2, x3, ref c0, ref c1, ref c2, ref c3);
            AddPixels<TPixels>(TOps.Create(value[3]), x0, x1, x2, x3, ref d0, ref d1, ref d2, ref d3);
        }

        if ((job.Relu || job.Residual != null) && group == job.Groups - 1)
        {
            FinishPixels<TPixel, TPixels>(job, output, ref a0, ref a1, ref a2, ref a3);
            FinishPixels<TPixel, TPixels>(job, output + plane, ref b0, ref b1, ref b2, ref b3);
            FinishPixels<TPixel, TPixels>(job, output2, ref c0, ref c1, ref c2, ref c3);
            FinishPixels<TPixel, TPixels>(job, output2 + plane, ref d0, ref d1, ref d2, ref d3);
        }

        StorePixels<TPixel, TPixels>(output, a0, a1, a2, a3);
        StorePixels<TPixel, TPixels>(output + plane, b0, b1, b2, b3);
        StorePixels<TPixel, TPixels>(output2, c0, c1, c2, c3);
        StorePixels<TPixel, TPixels>(output2 + plane, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadPixels<TPixel, TPixels>(float* output, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TPixel : IStride
        where TPixels : ICount
    {
        s0 = TOps.Load(output);

        if (TPixels.Value > 1)
        {
            s1 = TOps.Load(output + 1 * TPixel.Pixel);
        }

        if (TPixels.Value > 2)
        {
            s2 = TOps.Load(output + 2 * TPixel.Pixel);
        }

        if (TPixels.Value > 3)
        {
            s3 = TOps.Load(output + 3 * TPixel.Pixel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPixels<TPixels>(TVector weight, TVector x0, TVector x1, TVector x2, TVector x3, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TPixels : ICount
    {
        s0 = TOps.MultiplyAdd(x0, weight, s0);

        if (TPixels.Value > 1)
        {
            s1 = TOps.MultiplyAdd(x1, weight, s1);
        }

        if (TPixels.Value > 2)
        {
            s2 = TOps.MultiplyAdd(x2, weight, s2);
        }

        if (TPixels.Value > 3)
        {
            s3 = TOps.MultiplyAdd(x3, weight, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FinishPixels<TPixel, TPixels>(in ConvolutionJob job, float* output, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TPixel : IStride
        where TPixels : ICount
    {
        s0 = Finish(job, output, s0);

        if (TPixels.Value > 1)
        {
            s1 = Finish(job, output + 1 * TPixel.Pixel, s1);
        }

        if (TPixels.Value > 2)
        {
            s2 = Finish(job, output + 2 * TPixel.Pixel, s2);
        }

        if (TPixels.Value > 3)
        {
            s3 = Finish(job, output + 3 * TPixel.Pixel, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePixels<TPixel, TPixels>(float* output, TVector s0, TVector s1, TVector s2, TVector s3)
        where TPixel : IStride
        where TPixels : ICount
    {
        TOps.Store(output, s0);

        if (TPixels.Value > 1)
        {
            TOps.Store(output + 1 * TPixel.Pixel, s1);
        }

        if (TPixels.Value > 2)
        {
            TOps.Store(output + 2 * TPixel.Pixel, s2);
        }

        if (TPixels.Value > 3)
        {
            TOps.Store(output + 3 * TPixel.Pixel, s3);
        }
    }
}
