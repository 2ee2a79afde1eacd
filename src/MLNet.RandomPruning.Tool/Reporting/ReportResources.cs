namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>What the report page takes from the tool's own file: styles, scripts and the licences of the chart libraries.</summary>
internal static class ReportResources
{
    private const string Prefix = "report/";
    private static readonly string[] Libraries = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];

    /// <summary>Whether the chart libraries were there when the tool was built.</summary>
    public static bool HasLibraries => Libraries.All(name => typeof(ReportResources).Assembly.GetManifestResourceInfo(Prefix + name) is not null);

    /// <summary>The scripts of the page, in their order: the libraries, then the page's own.</summary>
    public static IReadOnlyList<string> Scripts => [.. Libraries.Append("report.js").Select(Script)];

    /// <summary>The page's styles.</summary>
    public static string Styles => Read("report.css");

    /// <summary>The licences of the chart libraries.</summary>
    public static string Notices => Read("THIRD-PARTY-NOTICES.txt");

    // A script must not look to an HTML parser as if it ended, or as if a comment began.
    private static string Script(string name)
    {
        string text = string.Join('\n', Read(name).Split('\n').Where(line => !line.StartsWith("//# sourceMappingURL", StringComparison.Ordinal)));
        return text.Contains("</script", StringComparison.OrdinalIgnoreCase) || text.Contains("<!--", StringComparison.Ordinal)
            ? throw new InvalidOperationException($"The script {name} cannot stand in a page.")
            : text;
    }

    private static string Read(string name)
    {
        using var stream = typeof(ReportResources).Assembly.GetManifestResourceStream(Prefix + name)
            ?? throw new InvalidOperationException($"The tool was built without {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
