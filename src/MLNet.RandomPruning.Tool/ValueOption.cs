using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace MLNet.RandomPruning.Tool;

/// <summary>Makes options whose errors name the option, the value and what is allowed.</summary>
internal static class ValueOption
{
    private delegate bool TryParse<T>(string text, out T value);

    /// <summary>A whole number within limits.</summary>
    public static Option<T> Whole<T>(string name, string description, T? defaultValue, T minimum, T maximum)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        Number(name, description, defaultValue,
            (string text, out T value) => T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum,
            minimum == T.MinValue && maximum == T.MaxValue
                ? "a whole number"
                : maximum == T.MaxValue
                    ? string.Create(CultureInfo.InvariantCulture, $"a whole number, {minimum} or more")
                    : string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}"));

    /// <summary>A whole number within limits that may be left out.</summary>
    public static Option<int?> OptionalWhole(string name, string description, int minimum, int maximum = int.MaxValue) =>
        Configure(new Option<int?>(name), description, "N", result => Read(
            result, (string text, out int? value) =>
            {
                bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
                value = number;
                return isNumber && number >= minimum && number <= maximum;
            },
            maximum == int.MaxValue
                ? string.Create(CultureInfo.InvariantCulture, $"a whole number, {minimum} or more")
                : string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}")));

    /// <summary>A decimal number for which a condition holds.</summary>
    public static Option<double> Decimal(string name, string description, double? defaultValue, Func<double, bool> isAllowed, string allowed) =>
        Number<double>(name, description, defaultValue,
            (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value) && isAllowed(value),
            allowed);

    /// <summary>A value that a parser reads, which throws an <see cref="ArgumentException"/> that says what is allowed.</summary>
    public static Option<T> Parsed<T>(string name, string description, string helpName, string defaultText, Func<string, T> parse)
    {
        var option = new Option<T>(name) { DefaultValueFactory = _ => parse(defaultText) };
        return Configure(option, description, helpName, result =>
        {
            string text = result.Tokens[0].Value;
            try
            {
                return parse(text);
            }
            catch (ArgumentException error)
            {
                result.AddError($"{name} {text}: {ErrorText.Of(error)}");
                return default;
            }
        });
    }

    /// <summary>One of a few words, in any case.</summary>
    public static Option<string> Choice(string name, string description, string defaultValue, params string[] allowed)
    {
        var option = new Option<string>(name) { DefaultValueFactory = _ => defaultValue };
        option.CompletionSources.Add(allowed);
        return Configure(option, description, string.Join('|', allowed), result => Read(
            result, (string text, out string value) =>
            {
                value = allowed.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) ?? "";
                return value.Length > 0;
            },
            $"one of {string.Join(", ", allowed)}"));
    }

    /// <summary>A path.</summary>
    public static Option<string?> File(string name, string description, string helpName = "FILE") => Configure(
        new Option<string?>(name), description, helpName, result => Read(
            result, (string text, out string value) =>
            {
                value = text;
                return !string.IsNullOrWhiteSpace(text) && text.IndexOf('\0') < 0;
            },
            "a path"));

    private static Option<T> Number<T>(string name, string description, T? defaultValue, TryParse<T> parse, string allowed) where T : struct
    {
        var option = new Option<T>(name);
        if (defaultValue is { } value)
        {
            option.DefaultValueFactory = _ => value;
        }

        return Configure(option, description, "N", result => Read(result, parse, allowed));
    }

    private static Option<T> Configure<T>(Option<T> option, string description, string helpName, Func<ArgumentResult, T?> parser)
    {
        option.Description = description;
        option.HelpName = helpName;
        option.CustomParser = parser;
        option.Arity = ArgumentArity.ExactlyOne;
        return option;
    }

    private static T? Read<T>(ArgumentResult result, TryParse<T> parse, string allowed)
    {
        string text = result.Tokens[0].Value;
        if (parse(text, out var value))
        {
            return value;
        }

        result.AddError($"{((OptionResult)result.Parent!).IdentifierToken?.Value} is '{text}', but must be {allowed}.");
        return default;
    }
}
