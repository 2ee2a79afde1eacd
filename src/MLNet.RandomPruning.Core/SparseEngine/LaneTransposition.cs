using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Turns planes, in which 16 images stand side by side, into pixels of images in which 16 channels stand side by side.</summary>
internal static unsafe class LaneTransposition
{
    private const int Lanes = SparseKernels.Lanes, Together = 4;

    /// <summary>[channel][pixel and image] becomes [pixel and image][16 channels]; those that are missing become zero.</summary>
    /// <param name="source">The first channel's first pixel; the pixels stand side by side.</param>
    /// <param name="plane">From one channel to the next.</param>
    /// <param name="channels">The number of channels, 1 to 16.</param>
    /// <param name="count">The number of pixels and images: 16 a pixel.</param>
    /// <param name="target">Takes 16 floats for each.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint plane, int channels, int count, float* target)
    {
        if (channels < Lanes)
        {
            new Span<float>(target, count * Lanes).Clear();
        }

        int channel = 0;
        for (; channel + Together <= channels; channel += Together, source += Together * plane, target += Together)
        {
            for (int i = 0; i < count; i += Together)
            {
                Transpose4x4(source + i, plane, target + i * Lanes);
            }
        }

        for (; channel < channels; channel++, source += plane, target++)
        {
            for (int i = 0; i < count; i++)
            {
                target[i * Lanes] = source[i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(float* source, nint plane, float* target)
    {
        var (a, b) = (Vector128.Load(source), Vector128.Load(source + plane));
        var (c, d) = (Vector128.Load(source + 2 * plane), Vector128.Load(source + 3 * plane));
        var (ac0, ac1) = (LaneOrder.ZipLower(a, c), LaneOrder.ZipUpper(a, c));
        var (bd0, bd1) = (LaneOrder.ZipLower(b, d), LaneOrder.ZipUpper(b, d));
        LaneOrder.ZipLower(ac0, bd0).Store(target);
        LaneOrder.ZipUpper(ac0, bd0).Store(target + Lanes);
        LaneOrder.ZipLower(ac1, bd1).Store(target + 2 * Lanes);
        LaneOrder.ZipUpper(ac1, bd1).Store(target + 3 * Lanes);
    }
}
