using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>How many floats the kernels work on at once. Every width gives the same bits.</summary>
public enum VectorWidth
{
    /// <summary>The widest that this machine has.</summary>
    Auto = 0,

    /// <summary>One float: no vector instructions.</summary>
    Scalar = 1,

    /// <summary>4 floats: SSE or NEON.</summary>
    Vector128 = 4,

    /// <summary>8 floats: AVX2.</summary>
    Vector256 = 8,

    /// <summary>16 floats: AVX-512.</summary>
    Vector512 = 16,
}

internal static class VectorWidths
{
    /// <summary>The width itself, or the machine's widest for <see cref="VectorWidth.Auto"/>.</summary>
    public static VectorWidth Resolve(VectorWidth width) => width switch
    {
        // On older AVX-512 processors the runtime prefers 256 bits, which pays for short loops only; these are long.
        VectorWidth.Auto when Avx512F.IsSupported || System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated => VectorWidth.Vector512,
        VectorWidth.Auto when System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated => VectorWidth.Vector256,
        VectorWidth.Auto when System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated => VectorWidth.Vector128,
        VectorWidth.Auto => VectorWidth.Scalar,
        VectorWidth.Scalar or VectorWidth.Vector128 or VectorWidth.Vector256 or VectorWidth.Vector512 => width,
        _ => throw new ArgumentOutOfRangeException(nameof(width), width, "A vector width is Auto, Scalar, Vector128, Vector256 or Vector512."),
    };
}
