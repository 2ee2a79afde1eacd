using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    /// <summary>The lists of a range for 2×8 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lists2x8<TStride>(in ListRange range, float* input, float* output)
        where TStride : IStride
    {
        nint outputRow = range.OutputRow, inputRow = range.InputRow;
        int* ends = range.Starts + 1;
        int* offset = range.Offsets + range.Starts[range.First];
        float* value = range.Values + range.Starts[range.First];
        for (int channel = range.First; channel < range.Last; channel++)
        {
            float* target = output + channel * range.OutputPlane;
            TVector s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15;
            if (range.Load)
            {
                s0 = TOps.Load(target);
                s1 = TOps.Load(target + Lanes);
                s2 = TOps.Load(target + 2 * Lanes);
                s3 = TOps.Load(target + 3 * Lanes);
                s4 = TOps.Load(target + 4 * Lanes);
                s5 = TOps.Load(target + 5 * Lanes);
                s6 = TOps.Load(target + 6 * Lanes);
                s7 = TOps.Load(target + 7 * Lanes);
                s8 = TOps.Load(target + outputRow);
                s9 = TOps.Load(target + outputRow + Lanes);
                s10 = TOps.Load(target + outputRow + 2 * Lanes);
                s11 = TOps.Load(target + outputRow + 3 * Lanes);
                s12 = TOps.Load(target + outputRow + 4 * Lanes);
                s13 = TOps.Load(target + outputRow + 5 * Lanes);
                s14 = TOps.Load(target + outputRow + 6 * Lanes);
                s15 = TOps.Load(target + outputRow + 7 * Lanes);
            }
            else
            {
                s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = s10 = s11 = s12 = s13 = s14 = s15 = TOps.Create(range.Bias(channel));
            }

            for (int* end = range.Offsets + ends[channel]; offset < end; offset++, value++)
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

            if (range.AddResidual)
            {
                float* residual = target + range.Residual;
                s0 = TOps.Add(s0, TOps.Load(residual));
                s1 = TOps.Add(s1, TOps.Load(residual + Lanes));
                s2 = TOps.Add(s2, TOps.Load(residual + 2 * Lanes));
                s3 = TOps.Add(s3, TOps.Load(residual + 3 * Lanes));
                s4 = TOps.Add(s4, TOps.Load(residual + 4 * Lanes));
                s5 = TOps.Add(s5, TOps.Load(residual + 5 * Lanes));
                s6 = TOps.Add(s6, TOps.Load(residual + 6 * Lanes));
                s7 = TOps.Add(s7, TOps.Load(residual + 7 * Lanes));
                s8 = TOps.Add(s8, TOps.Load(residual + outputRow));
                s9 = TOps.Add(s9, TOps.Load(residual + outputRow + Lanes));
                s10 = TOps.Add(s10, TOps.Load(residual + outputRow + 2 * Lanes));
                s11 = TOps.Add(s11, TOps.Load(residual + outputRow + 3 * Lanes));
                s12 = TOps.Add(s12, TOps.Load(residual + outputRow + 4 * Lanes));
                s13 = TOps.Add(s13, TOps.Load(residual + outputRow + 5 * Lanes));
                s14 = TOps.Add(s14, TOps.Load(residual + outputRow + 6 * Lanes));
                s15 = TOps.Add(s15, TOps.Load(residual + outputRow + 7 * Lanes));
            }

            if (range.Relu)
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

            TOps.Store(target, s0);
            TOps.Store(target + Lanes, s1);
            TOps.Store(target + 2 * Lanes, s2);
            TOps.Store(target + 3 * Lanes, s3);
            TOps.Store(target + 4 * Lanes, s4);
            TOps.Store(target + 5 * Lanes, s5);
            TOps.Store(target + 6 * Lanes, s6);
            TOps.Store(target + 7 * Lanes, s7);
            TOps.Store(target + outputRow, s8);
            TOps.Store(target + outputRow + Lanes, s9);
            TOps.Store(target + outputRow + 2 * Lanes, s10);
            TOps.Store(target + outputRow + 3 * Lanes, s11);
            TOps.Store(target + outputRow + 4 * Lanes, s12);
            TOps.Store(target + outputRow + 5 * Lanes, s13);
            TOps.Store(target + outputRow + 6 * Lanes, s14);
            TOps.Store(target + outputRow + 7 * Lanes, s15);
        }
    }

    /// <summary>The lists of a range for 1×8 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lists1x8<TStride>(in ListRange range, float* input, float* output)
        where TStride : IStride
    {
        int* ends = range.Starts + 1;
        int* offset = range.Offsets + range.Starts[range.First];
        float* value = range.Values + range.Starts[range.First];
        for (int channel = range.First; channel < range.Last; channel++)
        {
            float* target = output + channel * range.OutputPlane;
            TVector s0, s1, s2, s3, s4, s5, s6, s7;
            if (range.Load)
            {
                s0 = TOps.Load(target);
                s1 = TOps.Load(target + Lanes);
                s2 = TOps.Load(target + 2 * Lanes);
                s3 = TOps.Load(target + 3 * Lanes);
                s4 = TOps.Load(target + 4 * Lanes);
                s5 = TOps.Load(target + 5 * Lanes);
                s6 = TOps.Load(target + 6 * Lanes);
                s7 = TOps.Load(target + 7 * Lanes);
            }
            else
            {
                s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = TOps.Create(range.Bias(channel));
            }

            for (int* end = range.Offsets + ends[channel]; offset < end; offset++, value++)
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

            if (range.AddResidual)
            {
                float* residual = target + range.Residual;
                s0 = TOps.Add(s0, TOps.Load(residual));
                s1 = TOps.Add(s1, TOps.Load(residual + Lanes));
                s2 = TOps.Add(s2, TOps.Load(residual + 2 * Lanes));
                s3 = TOps.Add(s3, TOps.Load(residual + 3 * Lanes));
                s4 = TOps.Add(s4, TOps.Load(residual + 4 * Lanes));
                s5 = TOps.Add(s5, TOps.Load(residual + 5 * Lanes));
                s6 = TOps.Add(s6, TOps.Load(residual + 6 * Lanes));
                s7 = TOps.Add(s7, TOps.Load(residual + 7 * Lanes));
            }

            if (range.Relu)
            {
                s0 = TOps.Relu(s0);
                s1 = TOps.Relu(s1);
                s2 = TOps.Relu(s2);
                s3 = TOps.Relu(s3);
                s4 = TOps.Relu(s4);
                s5 = TOps.Relu(s5);
                s6 = TOps.Relu(s6);
                s7 = TOps.Relu(s7);
            }

            TOps.Store(target, s0);
            TOps.Store(target + Lanes, s1);
            TOps.Store(target + 2 * Lanes, s2);
            TOps.Store(target + 3 * Lanes, s3);
            TOps.Store(target + 4 * Lanes, s4);
            TOps.Store(target + 5 * Lanes, s5);
            TOps.Store(target + 6 * Lanes, s6);
            TOps.Store(target + 7 * Lanes, s7);
        }
    }
}
