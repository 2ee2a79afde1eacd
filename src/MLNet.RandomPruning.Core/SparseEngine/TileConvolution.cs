using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // The kernels of a tiling differ from those of a block in what they spend around the taps: one image has few pixels and, when
    // sparse, few taps to a list, so a list may not cost a call, nor a branch a pixel. What is small enough for four sums only goes
    // by two output channels at a time, since four multiply-adds alone would wait for one another.
    public override void ConvolveTiles(in ConvolutionJob job)
    {
        if (TOps.HasManyRegisters && job.Rows % 2 == 0 && job.Columns % 8 == 0)
        {
            if (job.Stride == 1)
            {
                ConvolveTiles2x8<Stride1>(job);
            }
            else
            {
                ConvolveTiles2x8<Stride2>(job);
            }
        }
        else if (job.Columns == 4)
        {
            if (job.Stride == 1)
            {
                ConvolveTiles1x4<Stride1>(job);
            }
            else
            {
                ConvolveTiles1x4<Stride2>(job);
            }
        }
        else
        {
            Convolve(job);
        }
    }

    private static void ConvolveTiles2x8<TStride>(in ConvolutionJob job)
        where TStride : IStride
    {
        for (int row = 0; row < job.Rows; row += 2)
        {
            for (int column = 0; column < job.Columns; column += 8)
            {
                float* input = job.Input + row * job.InputRow + column * TStride.Pixel;
                float* output = job.Output + row * job.OutputRow + column * job.OutputPixel;
                for (int group = 0; group < job.Groups; group++)
                {
                    for (int lane = 0; lane < Lanes; lane += TOps.Count)
                    {
                        Lists2x8<TStride>(job, input + lane, output + lane, group);
                    }
                }
            }
        }
    }

    private static void ConvolveTiles1x4<TStride>(in ConvolutionJob job)
        where TStride : IStride
    {
        for (int row = 0; row < job.Rows; row++)
        {
            for (int group = 0; group < job.Groups; group++)
            {
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    Lists1x4<TStride>(job, job.Input + row * job.InputRow + lane, job.Output + row * job.OutputRow + lane, group);
                }
            }
        }
    }

    /// <summary>All lists of one group for 2×8 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lists2x8<TStride>(in ConvolutionJob job, float* input, float* output, int group)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel, outputRow = job.OutputRow, outputPlane = job.OutputPlane, inputRow = job.InputRow;
        int* ends = job.Starts + group * job.Outputs + 1;
        int* offset = job.Offsets + ends[-1];
        float* value = job.Values + ends[-1];
        float* biases = group == 0 ? job.Biases : null;
        bool load = job.Accumulate || group > 0, last = group == job.Groups - 1, relu = last && job.Relu;
        nint residual = last && job.Residual != null ? (nint)(job.Residual - job.Output) : 0;
        for (int channel = 0; channel < job.Outputs; channel++, output += outputPlane)
        {
            TVector s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15;
            if (load)
            {
                s0 = TOps.Load(output);
                s1 = TOps.Load(output + pixel);
                s2 = TOps.Load(output + 2 * pixel);
                s3 = TOps.Load(output + 3 * pixel);
                s4 = TOps.Load(output + 4 * pixel);
                s5 = TOps.Load(output + 5 * pixel);
                s6 = TOps.Load(output + 6 * pixel);
                s7 = TOps.Load(output + 7 * pixel);
                s8 = TOps.Load(output + outputRow);
                s9 = TOps.Load(output + outputRow + pixel);
                s10 = TOps.Load(output + outputRow + 2 * pixel);
                s11 = TOps.Load(output + outputRow + 3 * pixel);
                s12 = TOps.Load(output + outputRow + 4 * pixel);
                s13 = TOps.Load(output + outputRow + 5 * pixel);
                s14 = TOps.Load(output + outputRow + 6 * pixel);
                s15 = TOps.Load(output + outputRow + 7 * pixel);
            }
            else
            {
                s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = s10 = s11 = s12 = s13 = s14 = s15 = TOps.Create(biases != null ? biases[channel] : 0);
            }

            for (int* end = job.Offsets + ends[channel]; offset < end; offset++, value++)
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

            if (residual != 0)
            {
                float* r = output + residual;
                s0 = TOps.Add(s0, TOps.Load(r));
                s1 = TOps.Add(s1, TOps.Load(r + pixel));
                s2 = TOps.Add(s2, TOps.Load(r + 2 * pixel));
                s3 = TOps.Add(s3, TOps.Load(r + 3 * pixel));
                s4 = TOps.Add(s4, TOps.Load(r + 4 * pixel));
                s5 = TOps.Add(s5, TOps.Load(r + 5 * pixel));
                s6 = TOps.Add(s6, TOps.Load(r + 6 * pixel));
                s7 = TOps.Add(s7, TOps.Load(r + 7 * pixel));
                s8 = TOps.Add(s8, TOps.Load(r + outputRow));
                s9 = TOps.Add(s9, TOps.Load(r + outputRow + pixel));
                s10 = TOps.Add(s10, TOps.Load(r + outputRow + 2 * pixel));
                s11 = TOps.Add(s11, TOps.Load(r + outputRow + 3 * pixel));
                s12 = TOps.Add(s12, TOps.Load(r + outputRow + 4 * pixel));
                s13 = TOps.Add(s13, TOps.Load(r + outputRow + 5 * pixel));
                s14 = TOps.Add(s14, TOps.Load(r + outputRow + 6 * pixel));
                s15 = TOps.Add(s15, TOps.Load(r + outputRow + 7 * pixel));
            }

            if (relu)
            {
                s0 = TOps.Relu(s0);
                s1 = TOps.Relu(s1);
                s2 = TOps.Relu(s2);
                s3 = TOps.Relu(s3);
                s4 = TOps.Relu(s4);
                s5 = TOps.Relu(s5);
                s6 = TOps.Relu(s6);
                s7 = TOps.Relu(s7);
                s8 = TOps.Relu(s8);
                s9 = TOps.Relu(s9);
                s10 = TOps.Relu(s10);
                s11 = TOps.Relu(s11);
                s12 = TOps.Relu(s12);
                s13 = TOps.Relu(s13);
                s14 = TOps.Relu(s14);
                s15 = TOps.Relu(s15);
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
    }

    /// <summary>All lists of one group for 1×4 pixels, by twos; the last of an odd number stands for both, and is written twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lists1x4<TStride>(in ConvolutionJob job, float* input, float* output, int group)
        where TStride : IStride
    {
        nint pixel = job.OutputPixel;
        int* starts = job.Starts + group * job.Outputs, offsets = job.Offsets;
        float* values = job.Values;
        float* biases = group == 0 ? job.Biases : null;
        bool load = job.Accumulate || group > 0, last = group == job.Groups - 1, relu = last && job.Relu;
        nint residual = last && job.Residual != null ? (nint)(job.Residual - job.Output) : 0;
        for (int channel = 0; channel < job.Outputs; channel += 2)
        {
            int other = Math.Min(channel + 1, job.Outputs - 1);
            float* p = output + channel * job.OutputPlane;
            float* q = output + other * job.OutputPlane;
            TVector a0, a1, a2, a3, b0, b1, b2, b3;
            if (load)
            {
                (a0, a1, a2, a3) = (TOps.Load(p), TOps.Load(p + pixel), TOps.Load(p + 2 * pixel), TOps.Load(p + 3 * pixel));
                (b0, b1, b2, b3) = (TOps.Load(q), TOps.Load(q + pixel), TOps.Load(q + 2 * pixel), TOps.Load(q + 3 * pixel));
            }
            else
            {
                a0 = a1 = a2 = a3 = TOps.Create(biases != null ? biases[channel] : 0);
                b0 = b1 = b2 = b3 = TOps.Create(biases != null ? biases[other] : 0);
            }

            int i = starts[channel], end = starts[channel + 1], j = starts[other], otherEnd = starts[other + 1];
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

            if (residual != 0)
            {
                (a0, a1) = (TOps.Add(a0, TOps.Load(p + residual)), TOps.Add(a1, TOps.Load(p + residual + pixel)));
                (a2, a3) = (TOps.Add(a2, TOps.Load(p + residual + 2 * pixel)), TOps.Add(a3, TOps.Load(p + residual + 3 * pixel)));
                (b0, b1) = (TOps.Add(b0, TOps.Load(q + residual)), TOps.Add(b1, TOps.Load(q + residual + pixel)));
                (b2, b3) = (TOps.Add(b2, TOps.Load(q + residual + 2 * pixel)), TOps.Add(b3, TOps.Load(q + residual + 3 * pixel)));
            }

            if (relu)
            {
                (a0, a1, a2, a3) = (TOps.Relu(a0), TOps.Relu(a1), TOps.Relu(a2), TOps.Relu(a3));
                (b0, b1, b2, b3) = (TOps.Relu(b0), TOps.Relu(b1), TOps.Relu(b2), TOps.Relu(b3));
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
}
