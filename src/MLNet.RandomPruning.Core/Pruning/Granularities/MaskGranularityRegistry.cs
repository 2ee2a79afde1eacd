using System.Globalization;
using System.Text.RegularExpressions;

namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>All granularities by name. A new one is a class of its own and a line here.</summary>
internal static partial class MaskGranularityRegistry
{
    private const int MaximumLength = 4096;

    /// <summary>The granularities that need nothing but their name.</summary>
    public static IReadOnlyList<MaskGranularity> Named { get; } =
        [MaskGranularity.Unstructured, MaskGranularity.Filter, MaskGranularity.Channel, MaskGranularity.Kernel];

    public static MaskGranularity Find(string name)
    {
        string text = name.Trim();
        if (Named.FirstOrDefault(known => string.Equals(text, known.Name, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return found;
        }

        // More digits than an allowed length has are read as a length that is not allowed.
        static int Length(Group group) => int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : int.MaxValue;
        var numbers = TwoNumbers().Match(text);
        if (numbers.Success)
        {
            int first = Length(numbers.Groups["first"]), second = Length(numbers.Groups["second"]);
            return numbers.Groups["sign"].Value == ":" ? NOfM(first, second) : Block(first, second);
        }

        throw new ArgumentException(
            $"'{name}' is not a known mask granularity; it is one of {string.Join(", ", Named)}, RxC for blocks of R outputs × C inputs such as 1x4, or N:M for at most N of each M neighbouring inputs such as 2:4.", nameof(name));
    }

    public static MaskGranularity Block(int rows, int columns)
    {
        if (rows is < 1 or > MaximumLength || columns is < 1 or > MaximumLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(rows), string.Create(CultureInfo.InvariantCulture, $"A block of {rows}x{columns} (outputs × inputs) is out of range: both go from 1 to {MaximumLength}, for example 1x4."));
        }

        return rows == 1 && columns == 1 ? MaskGranularity.Unstructured : new BlockGranularity(rows, columns);
    }

    public static MaskGranularity NOfM(int n, int m) => n >= 1 && n < m && m <= MaximumLength
        ? new NOfMGranularity(n, m)
        : throw new ArgumentOutOfRangeException(
            nameof(n), string.Create(CultureInfo.InvariantCulture, $"{n}:{m} is out of range: at most N of each M neighbouring inputs are kept, where N is at least 1 and below M, and M at most {MaximumLength}, for example 2:4."));

    [GeneratedRegex(@"^(?<first>\d+)\s*(?<sign>[xX×:])\s*(?<second>\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex TwoNumbers();
}
