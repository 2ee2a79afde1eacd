using System.Runtime.Intrinsics;

namespace MLNet.RandomPruning.Data;

/// <summary>Bytes to floats in [0, 1]: value/255, rounded once, the same on every vector width.</summary>
internal static class PixelConversion
{
    public static float ToUnitRange(byte value) => value / 255f;

    public static void ToUnitRange(ReadOnlySpan<byte> source, Span<float> destination)
    {
        int done = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; done <= source.Length - Vector256<byte>.Count; done += Vector256<byte>.Count)
            {
                Convert32(source[done..], destination[done..]);
            }
        }

        if (Vector128.IsHardwareAccelerated && source.Length >= Vector128<byte>.Count)
        {
            for (; done <= source.Length - Vector128<byte>.Count; done += Vector128<byte>.Count)
            {
                Convert16(source[done..], destination[done..]);
            }

            // The rest is shorter than a vector: the last full vector covers it and writes some values a second time.
            if (done < source.Length)
            {
                done = source.Length - Vector128<byte>.Count;
                Convert16(source[done..], destination[done..]);
            }

            return;
        }

        for (; done < source.Length; done++)
        {
            destination[done] = ToUnitRange(source[done]);
        }
    }

    private static void Convert32(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var (low, high) = Vector256.Widen(Vector256.Create(source));
        var (first, second) = Vector256.Widen(low);
        var (third, fourth) = Vector256.Widen(high);
        var scale = Vector256.Create(255f);
        (Vector256.ConvertToSingle(first.AsInt32()) / scale).CopyTo(destination);
        (Vector256.ConvertToSingle(second.AsInt32()) / scale).CopyTo(destination[8..]);
        (Vector256.ConvertToSingle(third.AsInt32()) / scale).CopyTo(destination[16..]);
        (Vector256.ConvertToSingle(fourth.AsInt32()) / scale).CopyTo(destination[24..]);
    }

    private static void Convert16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var (low, high) = Vector128.Widen(Vector128.Create(source));
        var (first, second) = Vector128.Widen(low);
        var (third, fourth) = Vector128.Widen(high);
        var scale = Vector128.Create(255f);
        (Vector128.ConvertToSingle(first.AsInt32()) / scale).CopyTo(destination);
        (Vector128.ConvertToSingle(second.AsInt32()) / scale).CopyTo(destination[4..]);
        (Vector128.ConvertToSingle(third.AsInt32()) / scale).CopyTo(destination[8..]);
        (Vector128.ConvertToSingle(fourth.AsInt32()) / scale).CopyTo(destination[12..]);
    }
}
