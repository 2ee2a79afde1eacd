using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Sums over the images of a block, always in the same order: halves are folded until one value is left.</summary>
internal static unsafe class LaneSums
{
    private const int Lanes = SparseKernels.Lanes, Together = 4;

    /// <summary>The sum of 16 values.</summary>
    public static float Of(float* lanes)
    {
        var four = Fold(lanes);
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    /// <summary>Adds the sum of each 16 values to its place.</summary>
    /// <param name="sums">The places, side by side.</param>
    /// <param name="lanes">The values, 16 a place.</param>
    /// <param name="count">The number of places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTo(float* sums, float* lanes, int count)
    {
        for (; count >= Together; count -= Together, sums += Together, lanes += Together * Lanes)
        {
            (Vector128.Load(sums) + OfFour(lanes)).Store(sums);
        }

        for (; count > 0; count--, sums++, lanes += Lanes)
        {
            *sums += Of(lanes);
        }
    }

    // Four sums side by side, each in the order of one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> OfFour(float* lanes)
    {
        var (a, b, c, d) = (Fold(lanes), Fold(lanes + Lanes), Fold(lanes + 2 * Lanes), Fold(lanes + 3 * Lanes));
        var ab = LaneOrder.ZipLower(a, b) + LaneOrder.ZipUpper(a, b);
        var cd = LaneOrder.ZipLower(c, d) + LaneOrder.ZipUpper(c, d);
        return LaneOrder.LowerHalves(ab, cd) + LaneOrder.UpperHalves(ab, cd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(float* lanes) =>
        (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));
}
