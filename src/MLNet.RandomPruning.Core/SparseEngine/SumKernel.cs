using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class SparseKernels<TOps, TVector> : SparseKernels
    where TOps : struct, IVector<TVector>
    where TVector : struct
{
    // Four sums a lane, over every fourth pixel, so that additions overlap; the order depends on the pixels alone.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(float* values, int pixels, float* sums)
    {
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector s0 = TOps.Create(0), s1 = s0, s2 = s0, s3 = s0;
            float* p = values + lane;
            int pixel = 0;
            for (; pixel + 4 <= pixels; pixel += 4, p += 4 * Lanes)
            {
                s0 = TOps.Add(s0, TOps.Load(p));
                s1 = TOps.Add(s1, TOps.Load(p + Lanes));
                s2 = TOps.Add(s2, TOps.Load(p + 2 * Lanes));
                s3 = TOps.Add(s3, TOps.Load(p + 3 * Lanes));
            }

            for (; pixel < pixels; pixel++, p += Lanes)
            {
                s0 = TOps.Add(s0, TOps.Load(p));
            }

            TOps.Store(sums + lane, TOps.Add(TOps.Add(s0, s1), TOps.Add(s2, s3)));
        }
    }
}
