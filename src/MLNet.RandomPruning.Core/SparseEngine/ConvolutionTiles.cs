using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
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
        if (TStride.Pixel == Lanes)
        {
            TVector x;
            for (int* stop = job.Offsets + job.PairStarts[list]; offset < stop; offset += 3, value += 3)
            {
                TVector w0 = TOps.Create(value[0]), w1 = TOps.Create(value[1]), w2 = TOps.Create(value[2]);
                float* p = input + *offset;
                x = TOps.Load(p);
                s0 = TOps.MultiplyAdd(x, w0, s0);
                x = TOps.Load(p + 1 * Lanes);
                s1 = TOps.MultiplyAdd(x, w0, s1);
                s0 = TOps.MultiplyAdd(x, w1, s0);
                x = TOps.Load(p + 2 * Lanes);
                s2 = TOps.MultiplyAdd(x, w0, s2);
                s1 = TOps.MultiplyAdd(x, w1, s1);
                s0 = TOps.MultiplyAdd(x, w2, s0);
                x = TOps.Load(p + 3 * Lanes);
                s3 = TOps.MultiplyAdd(x, w0, s3);
                s2 = TOps.MultiplyAdd(x, w1, s2);
                s1 = TOps.MultiplyAdd(x, w2, s1);
                x = TOps.Load(p + 4 * Lanes);
                s4 = TOps.MultiplyAdd(x, w0, s4);
                s3 = TOps.MultiplyAdd(x, w1, s3);
                s2 = TOps.MultiplyAdd(x, w2, s2);
                x = TOps.Load(p + 5 * Lanes);
                s5 = TOps.MultiplyAdd(x, w0, s5);
                s4 = TOps.MultiplyAdd(x, w1, s4);
                s3 = TOps.MultiplyAdd(x, w2, s3);
                x = TOps.Load(p + 6 * Lanes);
                s6 = TOps.MultiplyAdd(x, w0, s6);
                s5 = TOps.MultiplyAdd(x, w1, s5);
                s4 = TOps.MultiplyAdd(x, w2, s4);
                x = TOps.Load(p + 7 * Lanes);
                s7 = TOps.MultiplyAdd(x, w0, s7);
                s6 = TOps.MultiplyAdd(x, w1, s6);
                s5 = TOps.MultiplyAdd(x, w2, s5);
                x = TOps.Load(p + 8 * Lanes);
                s7 = TOps.MultiplyAdd(x, w1, s7);
                s6 = TOps.MultiplyAdd(x, w2, s6);
                x = TOps.Load(p + 9 * Lanes);
                s7 = TOps.MultiplyAdd(x, w2, s7);
            }

            for (int* stop = job.Offsets + job.SingleStarts[list]; offset < stop; offset += 2, value += 2)
            {
                TVector w0 = TOps.Create(value[0]), w1 = TOps.Create(value[1]);
                float* p = input + *offset;
                x = TOps.Load(p);
                s0 = TOps.MultiplyAdd(x, w0, s0);
                x = TOps.Load(p + 1 * Lanes);
                s1 = TOps.MultiplyAdd(x, w0, s1);
                s0 = TOps.MultiplyAdd(x, w1, s0);
                x = TOps.Load(p + 2 * Lanes);
                s2 = TOps.MultiplyAdd(x, w0, s2);
                s1 = TOps.MultiplyAdd(x, w1, s1);
                x = TOps.Load(p + 3 * Lanes);
                s3 = TOps.MultiplyAdd(x, w0, s3);
                s2 = TOps.MultiplyAdd(x, w1, s2);
                x = TOps.Load(p + 4 * Lanes);
                s4 = TOps.MultiplyAdd(x, w0, s4);
                s3 = TOps.MultiplyAdd(x, w1, s3);
                x = TOps.Load(p + 5 * Lanes);
                s5 = TOps.MultiplyAdd(x, w0, s5);
                s4 = TOps.MultiplyAdd(x, w1, s4);
                x = TOps.Load(p + 6 * Lanes);
                s6 = TOps.MultiplyAdd(x, w0, s6);
                s5 = TOps.MultiplyAdd(x, w1, s5);
                x = TOps.Load(p + 7 * Lanes);
                s7 = TOps.MultiplyAdd(x, w0, s7);
                s6 = TOps.MultiplyAdd(x, w1, s6);
                x = TOps.Load(p + 8 * Lanes);
                s7 = TOps.MultiplyAdd(x, w1, s7);
            }
        }

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
