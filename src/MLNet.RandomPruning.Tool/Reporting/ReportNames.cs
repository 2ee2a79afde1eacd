namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>Names as the report shows them: none empty, and no two the same, since a chart would take those for one.</summary>
internal static class ReportNames
{
    /// <summary>The names of the classes.</summary>
    public static IReadOnlyList<string> OfClasses(IReadOnlyList<string> names) => Distinct(names, "class");

    /// <summary>The names of sets of images, for short: the last part of each path.</summary>
    public static IReadOnlyList<string> OfSets(IEnumerable<string> paths) =>
        Distinct([.. paths.Select(path => Path.GetFileName(path.TrimEnd('/', '\\')))], "set");

    private static string[] Distinct(IReadOnlyList<string> names, string kind)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. names.Select((name, index) =>
        {
            string shown = string.IsNullOrWhiteSpace(name) ? $"({kind} {index})" : name;
            while (!seen.Add(shown))
            {
                shown += $" ({kind} {index})";
            }

            return shown;
        })];
    }
}
