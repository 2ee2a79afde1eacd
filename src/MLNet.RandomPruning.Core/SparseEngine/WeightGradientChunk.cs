using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>A number that the just-in-time compiler knows, so that it leaves out what lies beyond it.</summary>
internal interface ICount
{
    static abstract int Value { get; }
}

internal readonly struct Count1 : ICount
{
    public static int Value => 1;
}

internal readonly struct Count2 : ICount
{
    public static int Value => 2;
}

internal readonly struct Count3 : ICount
{
    public static int Value => 3;
}

internal readonly struct Count4 : ICount
{
    public static int Value => 4;
}

internal readonly struct Count5 : ICount
{
    public static int Value => 5;
}

internal readonly struct Count6 : ICount
{
    public static int Value => 6;
}

internal readonly struct Count7 : ICount
{
    public static int Value => 7;
}

internal readonly struct Count8 : ICount
{
    public static int Value => 8;
}

internal unsafe partial class SparseKernels<TOps, TVector>
{
    /// <summary>The sums of up to 8 taps of one output channel over a tile: 16 a tap, one for each image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumChunk<TStride>(in GradientTile tile, float* input, float* gradient, float* sums, int* offsets, int count)
        where TStride : IStride
    {
        switch (count)
        {
            case 1:
                SumChunk<TStride, Count1>(tile, input, gradient, sums, offsets);
                break;
            case 2:
                SumChunk<TStride, Count2>(tile, input, gradient, sums, offsets);
                break;
            case 3:
                SumChunk<TStride, Count3>(tile, input, gradient, sums, offsets);
                break;
            case 4:
                SumChunk<TStride, Count4>(tile, input, gradient, sums, offsets);
                break;
            case 5:
                SumChunk<TStride, Count5>(tile, input, gradient, sums, offsets);
                break;
            case 6:
                SumChunk<TStride, Count6>(tile, input, gradient, sums, offsets);
                break;
            case 7:
                SumChunk<TStride, Count7>(tile, input, gradient, sums, offsets);
                break;
            default:
                SumChunk<TStride, Count8>(tile, input, gradient, sums, offsets);
                break;
        }
    }

    // Sums and places of the taps stay in registers while the pixels pass by: a pixel of the gradient is loaded once for all
    // taps. Each tap has a sum over the even columns and one over the odd ones, so that none waits for the one before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumChunk<TStride, TCount>(in GradientTile tile, float* input, float* gradient, float* sums, int* offsets)
        where TStride : IStride
        where TCount : ICount
    {
        float* p0 = input + offsets[0];
        float* p1 = TCount.Value > 1 ? input + offsets[1] : p0;
        float* p2 = TCount.Value > 2 ? input + offsets[2] : p0;
        float* p3 = TCount.Value > 3 ? input + offsets[3] : p0;
        float* p4 = TCount.Value > 4 ? input + offsets[4] : p0;
        float* p5 = TCount.Value > 5 ? input + offsets[5] : p0;
        float* p6 = TCount.Value > 6 ? input + offsets[6] : p0;
        float* p7 = TCount.Value > 7 ? input + offsets[7] : p0;
        TVector s0 = default, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        TVector t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0, t5 = s0, t6 = s0, t7 = s0;
        int rest = tile.Columns % 8;
        nint inputSkip = tile.InputRow - (tile.Columns - rest) * TStride.Pixel, gradientSkip = tile.GradientRow - (tile.Columns - rest) * Lanes;
        for (int row = tile.Rows; row > 0; row--)
        {
            for (int eights = tile.Columns / 8; eights > 0; eights--)
            {
                Step<TStride, TCount>(0, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Step<TStride, TCount>(1, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7);
                Step<TStride, TCount>(2, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Step<TStride, TCount>(3, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7);
                Step<TStride, TCount>(4, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Step<TStride, TCount>(5, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7);
                Step<TStride, TCount>(6, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Step<TStride, TCount>(7, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7);
                gradient += 8 * Lanes;
                p0 += 8 * TStride.Pixel;
                p1 += 8 * TStride.Pixel;
                p2 += 8 * TStride.Pixel;
                p3 += 8 * TStride.Pixel;
                p4 += 8 * TStride.Pixel;
                p5 += 8 * TStride.Pixel;
                p6 += 8 * TStride.Pixel;
                p7 += 8 * TStride.Pixel;
            }

            for (int column = 0; column < rest; column += 2)
            {
                Step<TStride, TCount>(column, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                if (column + 1 < rest)
                {
                    Step<TStride, TCount>(column + 1, gradient, p0, p1, p2, p3, p4, p5, p6, p7, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7);
                }
            }

            gradient += gradientSkip;
            p0 += inputSkip;
            p1 += inputSkip;
            p2 += inputSkip;
            p3 += inputSkip;
            p4 += inputSkip;
            p5 += inputSkip;
            p6 += inputSkip;
            p7 += inputSkip;
        }

        TOps.Store(sums, TOps.Add(s0, t0));
        if (TCount.Value > 1)
        {
            TOps.Store(sums + 1 * Lanes, TOps.Add(s1, t1));
        }

        if (TCount.Value > 2)
        {
            TOps.Store(sums + 2 * Lanes, TOps.Add(s2, t2));
        }

        if (TCount.Value > 3)
        {
            TOps.Store(sums + 3 * Lanes, TOps.Add(s3, t3));
        }

        if (TCount.Value > 4)
        {
            TOps.Store(sums + 4 * Lanes, TOps.Add(s4, t4));
        }

        if (TCount.Value > 5)
        {
            TOps.Store(sums + 5 * Lanes, TOps.Add(s5, t5));
        }

        if (TCount.Value > 6)
        {
            TOps.Store(sums + 6 * Lanes, TOps.Add(s6, t6));
        }

        if (TCount.Value > 7)
        {
            TOps.Store(sums + 7 * Lanes, TOps.Add(s7, t7));
        }
    }

    /// <summary>One pixel's part of the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TStride, TCount>(
        int column, float* gradient, float* p0, float* p1, float* p2, float* p3, float* p4, float* p5, float* p6, float* p7,
        ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref TVector s4, ref TVector s5, ref TVector s6, ref TVector s7)
        where TStride : IStride
        where TCount : ICount
    {
        TVector g = TOps.Load(gradient + column * Lanes);
        s0 = TOps.MultiplyAdd(TOps.Load(p0 + column * TStride.Pixel), g, s0);
        if (TCount.Value > 1)
        {
            s1 = TOps.MultiplyAdd(TOps.Load(p1 + column * TStride.Pixel), g, s1);
        }

        if (TCount.Value > 2)
        {
            s2 = TOps.MultiplyAdd(TOps.Load(p2 + column * TStride.Pixel), g, s2);
        }

        if (TCount.Value > 3)
        {
            s3 = TOps.MultiplyAdd(TOps.Load(p3 + column * TStride.Pixel), g, s3);
        }

        if (TCount.Value > 4)
        {
            s4 = TOps.MultiplyAdd(TOps.Load(p4 + column * TStride.Pixel), g, s4);
        }

        if (TCount.Value > 5)
        {
            s5 = TOps.MultiplyAdd(TOps.Load(p5 + column * TStride.Pixel), g, s5);
        }

        if (TCount.Value > 6)
        {
            s6 = TOps.MultiplyAdd(TOps.Load(p6 + column * TStride.Pixel), g, s6);
        }

        if (TCount.Value > 7)
        {
            s7 = TOps.MultiplyAdd(TOps.Load(p7 + column * TStride.Pixel), g, s7);
        }
    }
}

/// <summary>The shape of a tile of pixels of the output's gradient, and how far apart its rows stand.</summary>
/// <param name="Rows">At least 1.</param>
/// <param name="Columns">At least 1.</param>
/// <param name="InputRow">From one row's input pixel to the next row's.</param>
/// <param name="GradientRow">From one row of the gradient to the next.</param>
internal readonly record struct GradientTile(int Rows, int Columns, nint InputRow, nint GradientRow);
