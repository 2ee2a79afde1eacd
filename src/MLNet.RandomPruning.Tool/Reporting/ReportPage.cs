using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>Writes an evaluation as one HTML page with charts, which holds all that it needs and may load nothing.</summary>
internal static class ReportPage
{
    /// <summary>Finds out before long work whether a page can be written.</summary>
    /// <exception cref="NotSupportedException">The tool was built without the chart libraries.</exception>
    public static void ThrowIfUnavailable()
    {
        if (!ReportResources.HasLibraries)
        {
            throw new NotSupportedException(
                "This randprune was built without the chart libraries, so it cannot write a report. Install Node.js with npm (build/setup does, where it can) and build it again.");
        }
    }

    /// <summary>Writes the page; it is there whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(EvaluateResult result, string path)
    {
        byte[] page = System.Text.Encoding.UTF8.GetBytes(Render(result));
        AtomicFile.Write(path, "report", stream => stream.Write(page));
    }

    /// <summary>The page as text.</summary>
    public static string Render(EvaluateResult result)
    {
        var (main, charts) = ReportBody.Of(result);
        var scripts = ReportResources.Scripts;
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy(scripts)}\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        page.Append(Text(Html.Element("title", ReportBody.TitleOf(result)))).Append('\n');
        page.Append("<style>\n").Append(ReportResources.Styles).Append("</style>\n</head>\n<body>\n");
        page.Append(Text(main)).Append('\n');
        page.Append("<script type=\"application/json\" id=\"charts\">").Append(ChartSpec.ToJson(charts.ToDictionary(chart => chart.Id, chart => chart.Spec))).Append("</script>\n");
        foreach (string script in scripts)
        {
            page.Append("<script>").Append(script).Append("</script>\n");
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    // Only the scripts that the tool put in may run, and nothing may be loaded: whatever a class is called, it does no harm.
    private static string Policy(IEnumerable<string> scripts)
    {
        var hashes = scripts.Select(script => $"'sha256-{Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(script)))}'");
        return $"default-src 'none'; script-src {string.Join(' ', hashes)}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
    }

    private static string Text(XElement element) => element.ToString(SaveOptions.DisableFormatting);
}
