using System.Globalization;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>Distances in pixels of [0, 1] as people write them: as a share of 255 steps, such as 8/255, or as a decimal.</summary>
internal static class PixelStrength
{
    private const int ShortDecimal = 12;

    /// <summary>Reads <c>8/255</c> or <c>0.03</c>; null when the text is neither.</summary>
    public static double? Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > 2 || ParseNumber(parts[0]) is not { } value)
        {
            return null;
        }

        if (parts.Length == 1)
        {
            return value;
        }

        return ParseNumber(parts[1]) is { } divisor && divisor != 0 ? value / divisor : null;
    }

    /// <summary>
    /// The strength that is meant: a value that differs from a multiple of 1/255 by rounding alone becomes that multiple, so that
    /// 2.5 · (8/255) / 10 is 2/255. A short decimal is meant as it stands.
    /// </summary>
    public static double Snap(double value)
    {
        if (value.ToString("R", CultureInfo.InvariantCulture).Length <= ShortDecimal)
        {
            return value;
        }

        double near = Math.Round(value * 255, 6) / 255;
        return Math.Abs(near - value) <= 1e-15 * value ? near : value;
    }

    /// <summary>The shorter of the two ways to write it; <see cref="Parse"/> reads back the same value.</summary>
    public static string Format(double value)
    {
        string plain = value.ToString("R", CultureInfo.InvariantCulture);
        double steps = Math.Round(value * 255, 6);
        string share = string.Create(CultureInfo.InvariantCulture, $"{steps}/255");
        return steps / 255 == value && share.Length < plain.Length ? share : plain;
    }

    private static double? ParseNumber(string text) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : null;
}
