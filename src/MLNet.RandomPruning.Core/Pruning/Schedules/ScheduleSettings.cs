using System.Globalization;

namespace MLNet.RandomPruning.Pruning.Schedules;

/// <summary>The settings in the brackets of a schedule's text: <c>name=value</c>, with commas between them.</summary>
internal sealed class ScheduleSettings
{
    public const int MaximumEpochs = 1_000_000;

    private readonly string _schedule;
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads settings.</summary>
    /// <param name="schedule">The schedule's name, for messages.</param>
    /// <param name="text">What stands between the brackets; null or empty for no settings.</param>
    public ScheduleSettings(string schedule, string? text)
    {
        _schedule = schedule;
        foreach (string entry in string.IsNullOrWhiteSpace(text) ? [] : text.Split(','))
        {
            if (entry.Split('=', StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, { Length: > 0 } value])
            {
                throw new ArgumentException($"'{entry.Trim()}' is not of the form setting=value, as in {MaskScheduleRegistry.Examples}.");
            }

            if (!_values.TryAdd(name, value))
            {
                throw new ArgumentException($"The mask schedule {schedule} is given {name} twice.");
            }
        }
    }

    /// <summary>Refuses settings of other names.</summary>
    public void AllowOnly(params string[] names)
    {
        if (_values.Keys.FirstOrDefault(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new ArgumentException($"The mask schedule {_schedule} has no setting '{unknown}'; {(names.Length == 0 ? "it takes none" : $"it takes {string.Join(", ", names)}")}.");
        }
    }

    /// <summary>A whole number; null when it is not given.</summary>
    public int? Whole(string name) => !_values.TryGetValue(name, out string? text)
        ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new ArgumentException($"The mask schedule {_schedule} takes a whole number for {name}, but '{text}' was given.");

    /// <summary>A number; null when it is not given.</summary>
    public double? Number(string name) => !_values.TryGetValue(name, out string? text)
        ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new ArgumentException($"The mask schedule {_schedule} takes a number for {name}, but '{text}' was given.");

    /// <summary>Throws unless a setting is in range.</summary>
    public static void Require(bool holds, string schedule, string setting, object value, string allowed, string parameter)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(
                parameter, string.Create(CultureInfo.InvariantCulture, $"The mask schedule {schedule} is given {setting}={value}, but takes {allowed}."));
        }
    }
}
