using System.Text.Json;
using System.Text.RegularExpressions;
using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Reporting;
using MLNet.RandomPruning.Tool.Reporting.VegaLite;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>What the report page is made of, without a browser.</summary>
[TestClass]
public partial class ReportSpecTests
{
    [TestMethod]
    public void ChartsAreOfTheLibrarysVersion()
    {
        var (_, charts) = ReportBody.Of(SmallReport.Result);
        SmallReport.SkipWithoutLibraries();
        string major = LibraryVersion().Match(ReportResources.Scripts[1]).Groups[1].Value;
        var specs = Specs(charts);
        Assert.IsNotEmpty(specs);
        foreach (var (id, spec) in specs)
        {
            Assert.AreEqual($"https://vega.github.io/schema/vega-lite/v{major}.json", spec.GetProperty("$schema").GetString(), id);
        }
    }

    [TestMethod]
    public void EveryFieldOfAChartIsInItsRows()
    {
        foreach (var (id, spec) in Specs(ReportBody.Of(SmallReport.Result).Charts))
        {
            Assert.IsNotEmpty(spec.GetProperty("description").GetString()!, id);
            foreach (var layer in spec.GetProperty("layer").EnumerateArray())
            {
                var rows = layer.GetProperty("data").GetProperty("values").EnumerateArray().ToArray();
                Assert.IsNotEmpty(rows, id);
                foreach (var channel in layer.GetProperty("encoding").EnumerateObject().SelectMany(Channels))
                {
                    if (channel.TryGetProperty("field", out var field))
                    {
                        Assert.IsTrue(rows.Any(row => row.TryGetProperty(field.GetString()!, out _)), $"{id}: {field}");
                    }
                    else
                    {
                        Assert.IsTrue(channel.TryGetProperty("datum", out _), $"{id}: {channel}");
                    }
                }
            }
        }

        static IEnumerable<JsonElement> Channels(JsonProperty property) =>
            property.Value.ValueKind == JsonValueKind.Array ? property.Value.EnumerateArray() : [property.Value];
    }

    [TestMethod]
    public void ChartsHoldTheFiguresOfTheResult()
    {
        var result = SmallReport.Result;
        var specs = Specs(ReportBody.Of(result).Charts);
        var bins = Rows(specs["reliability"], 0);
        Assert.HasCount(result.Calibration.ReliabilityDiagram.Count(bin => bin.Count > 0), bins);
        Assert.AreEqual(result.Count, bins.Sum(row => row.GetProperty("count").GetInt64()));
        double ece = bins.Sum(row => row.GetProperty("count").GetInt64() * Math.Abs(Value(row, "accuracy") - Value(row, "confidence"))) / result.Count;
        Assert.AreEqual(result.Calibration.ExpectedCalibrationError, ece, 1e-9);
        Assert.AreEqual(1, Rows(specs["confidence"], 0).Sum(row => Value(row, "share")), 1e-9);

        var curve = Rows(specs["risk-coverage"], 1);
        Assert.HasCount(result.Selective.RiskCoverageCurve.Count, curve);
        Assert.AreEqual(1 - result.Accuracy, Value(curve[^1], "risk"), 1e-12);

        for (int set = 0; set < result.OutOfDistribution.Count; set++)
        {
            foreach (var score in result.OutOfDistribution[set].Scores)
            {
                var points = Rows(specs[$"roc-{set}"], 1).Where(row => row.GetProperty("score").GetString() == score.Score).ToArray();
                Assert.HasCount(score.Metrics.RocCurve.Count, points);
                double area = points.Zip(points.Skip(1), (a, b) => (Value(b, "fpr") - Value(a, "fpr")) * (Value(a, "tpr") + Value(b, "tpr")) / 2).Sum();
                Assert.AreEqual(score.Metrics.AreaUnderRocCurve, area, 0.01);
                var bars = Rows(specs[$"histogram-{set}-{score.Score}"], 0);
                Assert.HasCount(2 * (score.Metrics.Histogram.Edges.Count - 1), bars);
                Assert.AreEqual(2, bars.Sum(row => Value(row, "share")), 1e-9);
            }
        }

        Assert.AreEqual(result.Count, Rows(specs["confusion"], 0).Sum(row => row.GetProperty("count").GetInt64()));
        Assert.HasCount(result.Masks.Layers.Count, Rows(specs["layers"], 0));
        Assert.HasCount(9 * 6, Rows(specs["corruptions"], 0));
        // FGSM at 0, 2 and 8, PGD at 0 and 8, noise at 0 and 8.
        var attacks = Rows(specs["attacks"], 0);
        Assert.HasCount(7, attacks);
        CollectionAssert.AreEqual(new[] { 0.0, 2, 8 }, attacks.Take(3).Select(row => Math.Round(Value(row, "strength"), 9)).ToArray());
        Assert.HasCount(result.History.Count, Rows(specs["history-loss"], 0));
    }

    [TestMethod]
    public void WhatIsNotThereHasNoChart()
    {
        var result = SmallReport.Result with { OutOfDistribution = [], Robustness = null, History = [] };
        var (main, charts) = ReportBody.Of(result);
        CollectionAssert.AreEquivalent(new[] { "reliability", "confidence", "risk-coverage", "confusion", "layers" }, charts.Select(chart => chart.Id).ToArray());
        StringAssert.Contains(main.ToString(), "holds no training history");
    }

    [TestMethod]
    public void EveryPlaceHasItsChartAndEveryLinkItsSection()
    {
        var (main, charts) = ReportBody.Of(SmallReport.Result);
        string[] ids = [.. main.Descendants().Select(element => element.Attribute("id")?.Value).OfType<string>()];
        CollectionAssert.AllItemsAreUnique(ids);
        CollectionAssert.IsSubsetOf(charts.Select(chart => chart.Id).ToArray(), ids);
        CollectionAssert.IsSubsetOf(main.Descendants("a").Select(link => link.Attribute("href")!.Value[1..]).ToArray(), ids);
        Assert.AreEqual(charts.Count, main.Descendants("div").Count(element => element.Attribute("class")?.Value == "chart"));
    }

    [TestMethod]
    public void TextIsEscapedAndScriptsAreSealed()
    {
        SmallReport.SkipWithoutLibraries();
        const string Hostile = "</script><b title='x'>&\u2028";
        var result = SmallReport.Result with { Data = Hostile, Classes = [.. SmallReport.Result.Classes.Select(row => row with { Label = Hostile })] };
        string page = ReportPage.Render(result);
        Assert.DoesNotContain(Hostile, page);
        Assert.DoesNotContain("<b title", page);
        Assert.HasCount(5, ScriptEnd().Matches(page), "Four scripts and the block of data.");
        string policy = Policy().Match(page).Groups[1].Value;
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", policy);
        Assert.DoesNotContain("unsafe-eval", policy);
        Assert.DoesNotContain("script-src 'unsafe-inline'", policy);
        Assert.DoesNotContain("sourceMappingURL", page);
        foreach (string outside in new[] { "<link", " src=", "@import", "url(" })
        {
            Assert.DoesNotContain(outside, page[..page.IndexOf("<script", StringComparison.Ordinal)]);
        }
    }

    [TestMethod]
    public void NamesAreShownApart()
    {
        CollectionAssert.AreEqual(new[] { "a", "(class 1)", "a (class 2)", "b" }, ReportNames.OfClasses(["a", " ", "a", "b"]).ToArray());
        CollectionAssert.AreEqual(new[] { "d", "d (set 1)", "c.bin" }, ReportNames.OfSets(["/x/d/", "d", "../c.bin"]).ToArray());
        Assert.AreEqual("a\uFFFDb\uFFFD\U0001F600", Html.Clean("a\0b\ud83d\ud83d\ude00"));
    }

    [TestMethod]
    public void TheLicencesNameEveryLibraryInThePage()
    {
        string notices = ReportResources.Notices;
        using var lockFile = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository(), "src", "MLNet.RandomPruning.Tool", "Reporting", "Charts", "package-lock.json")));
        foreach (var package in lockFile.RootElement.GetProperty("packages").EnumerateObject())
        {
            Assert.IsFalse(package.Value.TryGetProperty("resolved", out _), package.Name);
            string name = package.Name.Replace("node_modules/", "", StringComparison.Ordinal);
            if (name.StartsWith("vega", StringComparison.Ordinal) && name != "vega-typings" && !name.Contains('/', StringComparison.Ordinal))
            {
                Assert.Contains($"{name} {package.Value.GetProperty("version").GetString()} (", notices);
            }
        }

        Assert.Contains("Redistributions in binary form must reproduce", notices);
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MLNet.RandomPruning.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No MLNet.RandomPruning.sln above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }

    private static Dictionary<string, JsonElement> Specs(IReadOnlyList<ReportChart> charts) =>
        JsonDocument.Parse(ChartSpec.ToJson(charts.ToDictionary(chart => chart.Id, chart => chart.Spec))).RootElement.EnumerateObject().ToDictionary(spec => spec.Name, spec => spec.Value);

    private static JsonElement[] Rows(JsonElement spec, int layer) => [.. spec.GetProperty("layer")[layer].GetProperty("data").GetProperty("values").EnumerateArray()];

    private static double Value(JsonElement row, string name) => row.GetProperty(name).GetDouble();

    [GeneratedRegex("""="(\d+)\.\d+\.\d+"[,;}]""")]
    private static partial Regex LibraryVersion();

    [GeneratedRegex("</script", RegexOptions.IgnoreCase)]
    private static partial Regex ScriptEnd();

    [GeneratedRegex("Content-Security-Policy\" content=\"([^\"]*)\"")]
    private static partial Regex Policy();
}
