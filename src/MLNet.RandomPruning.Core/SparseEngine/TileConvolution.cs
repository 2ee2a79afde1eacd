using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    /// <summary>
    /// <see cref="Convolve(in ConvolutionJob)"/> for planes of tiles, which may be as small as one row of 4 pixels: with so few sums at
    /// once each multiply-add would wait for the one before, so two output channels go side by side.
    /// </summary>
    public override void ConvolveTiles(in ConvolutionJob job)
    {
        if (job.Columns != 4)
        {
            Convolve(job);
        }
        else if (job.Stride == 1)
        {
            ConvolvePairs<Stride1>(job);
        }
        else
        {
            ConvolvePairs<Stride2>(job);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolvePairs<TStride>(in ConvolutionJob job)
        where TStride : IStride
    {
        for (int row = 0; row < job.Rows; row++)
        {
            float* input = job.Input + row * job.InputRow;
            float* output = job.Output + row * job.OutputRow;
            for (int group = 0; group < job.Groups; group++)
            {
                for (int channel = 0; channel < job.Outputs; channel += 2)
                {
                    for (int lane = 0; lane < Lanes; lane += TOps.Count)
                    {
                        Pair1x4<TStride>(job, input + lane, output + lane, group, channel);
                    }
                }
            }
        }
    }

    // Two output channels; the last of an odd number stands for both, and what it gives is written twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pair1x4<TStride>(in ConvolutionJob job, float* input, float* output, int group, int channel)
        where TStride : IStride
    {
        int list = group * job.Outputs + channel;
        int other = channel + 1 < job.Outputs ? list + 1 : list;
        nint pixel = job.OutputPixel;
        float* p = output + channel * job.OutputPlane;
        float* q = p + (other - list) * job.OutputPlane;
        TVector a0, a1, a2, a3, b0, b1, b2, b3;
        if (MustLoad(job, list))
        {
            (a0, a1, a2, a3) = (TOps.Load(p), TOps.Load(p + pixel), TOps.Load(p + 2 * pixel), TOps.Load(p + 3 * pixel));
            (b0, b1, b2, b3) = (TOps.Load(q), TOps.Load(q + pixel), TOps.Load(q + 2 * pixel), TOps.Load(q + 3 * pixel));
        }
        else
        {
            a0 = a1 = a2 = a3 = TOps.Create(Bias(job, list));
            b0 = b1 = b2 = b3 = TOps.Create(Bias(job, other));
        }

        int* offsets = job.Offsets;
        float* values = job.Values;
        int i = job.Starts[list], end = job.Starts[list + 1], j = job.Starts[other], otherEnd = job.Starts[other + 1];
        for (int both = Math.Min(end - i, otherEnd - j); both > 0; both--, i++, j++)
        {
            TVector weight = TOps.Create(values[i]);
            float* at = input + offsets[i];
            a0 = TOps.MultiplyAdd(TOps.Load(at), weight, a0);
            a1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, a1);
            a2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, a2);
            a3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, a3);
            weight = TOps.Create(values[j]);
            at = input + offsets[j];
            b0 = TOps.MultiplyAdd(TOps.Load(at), weight, b0);
            b1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, b1);
            b2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, b2);
            b3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, b3);
        }

        for (; i < end; i++)
        {
            TVector weight = TOps.Create(values[i]);
            float* at = input + offsets[i];
            a0 = TOps.MultiplyAdd(TOps.Load(at), weight, a0);
            a1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, a1);
            a2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, a2);
            a3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, a3);
        }

        for (; j < otherEnd; j++)
        {
            TVector weight = TOps.Create(values[j]);
            float* at = input + offsets[j];
            b0 = TOps.MultiplyAdd(TOps.Load(at), weight, b0);
            b1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, b1);
            b2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, b2);
            b3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, b3);
        }

        if (MustFinish(job, list))
        {
            (a0, a1, a2, a3) = (Finish(job, p, a0), Finish(job, p + pixel, a1), Finish(job, p + 2 * pixel, a2), Finish(job, p + 3 * pixel, a3));
            (b0, b1, b2, b3) = (Finish(job, q, b0), Finish(job, q + pixel, b1), Finish(job, q + 2 * pixel, b2), Finish(job, q + 3 * pixel, b3));
        }

        TOps.Store(p, a0);
        TOps.Store(p + pixel, a1);
        TOps.Store(p + 2 * pixel, a2);
        TOps.Store(p + 3 * pixel, a3);
        TOps.Store(q, b0);
        TOps.Store(q + pixel, b1);
        TOps.Store(q + 2 * pixel, b2);
        TOps.Store(q + 3 * pixel, b3);
    }
}
