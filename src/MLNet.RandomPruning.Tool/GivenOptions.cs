using System.CommandLine;

namespace MLNet.RandomPruning.Tool;

/// <summary>Which options stand on the command line, as opposed to having their defaults.</summary>
internal static class GivenOptions
{
    /// <summary>Whether the option was given.</summary>
    public static bool IsGiven(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The first of the options that was given, by its name; null when none was.</summary>
    public static string? FirstGiven(this ParseResult parsed, IEnumerable<Option> options) => options.FirstOrDefault(parsed.IsGiven)?.Name;
}
