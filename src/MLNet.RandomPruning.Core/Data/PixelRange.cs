using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>Holds float pixels to [0, 1].</summary>
internal static class PixelRange
{
    /// <summary>Throws unless all pixels are numbers from 0 to 1; names the first that is not.</summary>
    /// <param name="pixels">Whole images.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="layout">In which order their values stand.</param>
    /// <exception cref="ArgumentException">One is not.</exception>
    public static void Check(ReadOnlySpan<float> pixels, ImageShape shape, PixelLayout layout)
    {
        int bad = IndexOutside(pixels);
        if (bad < 0)
        {
            return;
        }

        float value = pixels[bad];
        var (image, place) = Math.DivRem(bad, shape.Size);
        var (row, column, channel) = layout == PixelLayout.Planar
            ? (place % shape.PlaneSize / shape.Width, place % shape.Width, place / shape.PlaneSize)
            : (place / shape.Channels / shape.Width, place / shape.Channels % shape.Width, place % shape.Channels);
        string advice = !float.IsFinite(value) ? "Look for the cause in what made the pixels."
            : value is > 1 and <= 255 ? "Divide values from 0 to 255 by 255, or give them as bytes."
            : "Scale or clamp them; mean and standard deviation of the pixels are not to be taken out, the model does that itself.";
        throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"The pixel in channel {channel}, row {row}, column {column} of image {image} (each counted from 0) is {value}; pixels as floats are numbers from 0 to 1. {advice}"), nameof(pixels));
    }

    /// <summary>The index of the first value that is no number from 0 to 1, or −1.</summary>
    private static int IndexOutside(ReadOnlySpan<float> values)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        int done = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            // No comparison with NaN holds.
            while (done <= values.Length - Vector256<float>.Count)
            {
                var eight = Vector256.LoadUnsafe(ref first, (nuint)done);
                if (!Vector256.GreaterThanOrEqualAll(eight, Vector256<float>.Zero) || !Vector256.LessThanOrEqualAll(eight, Vector256<float>.One))
                {
                    break;
                }

                done += Vector256<float>.Count;
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            while (done <= values.Length - Vector128<float>.Count)
            {
                var four = Vector128.LoadUnsafe(ref first, (nuint)done);
                if (!Vector128.GreaterThanOrEqualAll(four, Vector128<float>.Zero) || !Vector128.LessThanOrEqualAll(four, Vector128<float>.One))
                {
                    break;
                }

                done += Vector128<float>.Count;
            }
        }

        for (; done < values.Length; done++)
        {
            if (values[done] is not (>= 0 and <= 1))
            {
                return done;
            }
        }

        return -1;
    }
}
