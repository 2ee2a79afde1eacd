using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>Elements of two vectors in turns, in one instruction where there is one.</summary>
internal static class LaneOrder
{
    /// <summary>left[0], right[0], left[1], right[1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ZipLower(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackLow(left, right)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(left, right)
        : Vector128.Create(left[0], right[0], left[1], right[1]);

    /// <summary>left[2], right[2], left[3], right[3].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ZipUpper(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackHigh(left, right)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(left, right)
        : Vector128.Create(left[2], right[2], left[3], right[3]);

    /// <summary>left[0], left[1], right[0], right[1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LowerHalves(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.MoveLowToHigh(left, right) : Vector128.Create(left.GetLower(), right.GetLower());

    /// <summary>left[2], left[3], right[2], right[3].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> UpperHalves(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.MoveHighToLow(right, left) : Vector128.Create(left.GetUpper(), right.GetUpper());
}
