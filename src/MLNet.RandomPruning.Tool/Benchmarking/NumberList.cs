using System.CommandLine;
using System.Globalization;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>The numbers of an option that takes several, with commas between them.</summary>
/// <param name="Values">At least one; none is there twice.</param>
internal sealed record NumberList(IReadOnlyList<double> Values)
{
    /// <summary>An option with sparsities.</summary>
    public static Option<NumberList> Sparsities() => ValueOption.Parsed(
        "--sparsities", "The fractions of weights that never exist, each from 0 to below 1.", "S,S,...", "0,0.5,0.8,0.9,0.95,0.98",
        text => Parse(text, value => value is >= 0 and < 1, "numbers from 0 to below 1"));

    /// <summary>An option with numbers of threads.</summary>
    public static Option<NumberList> Threads(string defaultText) => ValueOption.Parsed(
        "--threads", "The numbers of threads to measure with.", "N,N,...", defaultText,
        text => Parse(text, value => value is >= 1 and <= 1024 && double.IsInteger(value), "whole numbers from 1 to 1024"));

    /// <summary>Reads a list.</summary>
    /// <exception cref="ArgumentException">A part is no number, or not allowed, or is there twice.</exception>
    public static NumberList Parse(string text, Func<double, bool> isAllowed, string allowed)
    {
        var values = new List<double>();
        foreach (string part in text.Split(','))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out double value)
                || !isAllowed(value))
            {
                throw new ArgumentException($"'{part}' must be one of {allowed}, with commas between them.");
            }

            if (values.Contains(value))
            {
                throw new ArgumentException($"'{part}' is there twice.");
            }

            values.Add(value);
        }

        return new NumberList(values);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', Values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
