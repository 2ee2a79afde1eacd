using System.Globalization;
using System.Text;

namespace MLNet.RandomPruning.Standins.Tests.Conformance;

/// <summary>Writes the value of a constant or a default argument.</summary>
internal static class ApiLiteral
{
    public static string Of(object? value, Type type)
    {
        Type underlying = Nullable.GetUnderlyingType(type) ?? type;
        if (value is null or DBNull)
        {
            return type.IsValueType && underlying == type ? "default" : "null";
        }

        if (underlying.IsEnum)
        {
            return EnumMember(underlying, value);
        }

        return value switch
        {
            bool flag => flag ? "true" : "false",
            char character => $"'{Escape(character.ToString())}'",
            string text => $"\"{Escape(text)}\"",
            float number => float.IsFinite(number) ? number.ToString(CultureInfo.InvariantCulture) + "f" : Infinite(number),
            double number => double.IsFinite(number) ? number.ToString(CultureInfo.InvariantCulture) : Infinite(number),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
    }

    /// <summary>Where several names have one value the last by ordinal order is written, as the reference has it.</summary>
    private static string EnumMember(Type type, object value)
    {
        object boxed = Enum.ToObject(type, value);
        string? name = Enum.GetNames(type).Where(n => Enum.Parse(type, n).Equals(boxed)).Max(StringComparer.Ordinal);
        return $"{type.Name}.{name ?? Convert.ToInt64(boxed, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)}";
    }

    private static string Infinite(double number) =>
        double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";

    private static string Escape(string text)
    {
        var result = new StringBuilder();
        foreach (char character in text)
        {
            if (char.IsControl(character))
            {
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
            else
            {
                result.Append(character is '"' or '\\' ? "\\" : "").Append(character);
            }
        }

        return result.ToString();
    }
}
