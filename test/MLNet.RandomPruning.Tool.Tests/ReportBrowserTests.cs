using System.Text.Json;
using MLNet.RandomPruning.Tool.Reporting;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>The report page as a browser shows it.</summary>
[TestClass]
public class ReportBrowserTests
{
    private const string Hostile = "</script><script>window.harmed = true</script><img src=x onerror=\"window.harmed = true\">&amp;{{1}}";

    [TestMethod]
    public async Task EveryChartIsDrawnAndNothingIsLoaded()
    {
        SmallReport.SkipWithoutLibraries();
        await using var page = await ChromiumPage.Start();
        using var folder = new TestFolder();
        string file = folder["a report.html"];
        ReportPage.Write(SmallReport.Result, file);
        await page.Open(file, "document.documentElement?.dataset.charts");

        Assert.AreEqual("", string.Join('\n', page.Problems));
        Assert.AreEqual("drawn", await page.Evaluate<string>("document.documentElement?.dataset.charts"));
        Assert.IsTrue(page.Requests.All(url => url.StartsWith("file:", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal)), string.Join('\n', page.Requests));
        Assert.AreEqual(1, page.Requests.Count(url => url.StartsWith("file:", StringComparison.Ordinal)), string.Join('\n', page.Requests));

        // Of each chart, the marks of each layer: those that Vega draws of rows bear this class.
        var (_, charts) = ReportBody.Of(SmallReport.Result);
        var drawn = await page.Evaluate<Dictionary<string, int[]>>("""
            Object.fromEntries([...document.querySelectorAll('.chart')].map(chart => [chart.id,
                [...chart.querySelectorAll('svg g[class*="layer_"].role-mark')].map(mark => mark.querySelectorAll('path, text, line').length)]))
            """);
        CollectionAssert.AreEquivalent(charts.Select(chart => chart.Id).ToArray(), drawn.Keys.ToArray());
        foreach (var chart in charts)
        {
            int[] marks = drawn[chart.Id];
            Assert.IsGreaterThanOrEqualTo(chart.Spec.Layer.Count, marks.Length, $"{chart.Id}: {JsonSerializer.Serialize(marks)}");
            Assert.IsTrue(marks.All(count => count > 0), $"{chart.Id}: {JsonSerializer.Serialize(marks)}");
        }

        Assert.AreEqual(SmallReport.Result.Classes.Count * SmallReport.Result.Classes.Count, drawn["confusion"][0]);
        Assert.AreEqual(SmallReport.Result.Masks.Layers.Count, drawn["layers"][0]);

        // No chart sticks out of its place, and the page is not wider than its window.
        Assert.IsTrue(await page.Evaluate<bool>(
            "[...document.querySelectorAll('.chart')].every(chart => chart.querySelector('svg').getBoundingClientRect().right <= chart.getBoundingClientRect().right + 1)"));
        Assert.IsTrue(await page.Evaluate<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
    }

    [TestMethod]
    public async Task ChartsFollowTheSchemeAndThePrinter()
    {
        SmallReport.SkipWithoutLibraries();
        await using var page = await ChromiumPage.Start();
        using var folder = new TestFolder();
        ReportPage.Write(SmallReport.Result, folder["report.html"]);
        await page.Open(folder["report.html"], "document.documentElement?.dataset.charts");
        const string Colours = "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('#roc-0 .role-axis text')).fill].join(' ')";
        await page.Emulate("light", "");
        string light = await page.Evaluate<string>(Colours);
        await page.Emulate("dark", "");
        string dark = await page.Evaluate<string>(Colours);
        await page.Emulate("dark", "print");
        string print = await page.Evaluate<string>(Colours);
        Assert.AreEqual("rgb(255, 255, 255) rgb(93, 102, 117)", light);
        Assert.AreEqual("rgb(20, 23, 28) rgb(160, 169, 184)", dark);
        Assert.AreEqual("rgb(255, 255, 255) rgb(68, 68, 68)", print);
        Assert.AreEqual("", string.Join('\n', page.Problems));
    }

    [TestMethod]
    public async Task HostileNamesDoNoHarm()
    {
        SmallReport.SkipWithoutLibraries();
        await using var page = await ChromiumPage.Start();
        using var folder = new TestFolder();
        var result = SmallReport.Result;
        result = result with
        {
            ModelPath = Hostile,
            Data = Hostile,
            Network = Hostile,
            OutOfDistribution = [.. result.OutOfDistribution.Select(set => set with { Data = Hostile })],
            Classes = [.. result.Classes.Select((row, label) => row with { Label = label switch { 0 => "", 1 => "a\0b\ud800", < 4 => "twice", _ => Hostile } })],
        };
        ReportPage.Write(result, folder["report.html"]);
        await page.Open(folder["report.html"], "document.documentElement?.dataset.charts");
        Assert.AreEqual("drawn", await page.Evaluate<string>("document.documentElement?.dataset.charts"));
        Assert.AreEqual("", string.Join('\n', page.Problems));
        Assert.IsFalse(await page.Evaluate<bool>("Boolean(window.harmed) || document.querySelectorAll('main img').length > 0"));
        Assert.AreEqual(6, await page.Evaluate<int>("document.querySelectorAll('body script').length") + 1);
        StringAssert.Contains(await page.Evaluate<string>("document.querySelector('h1').textContent"), "onerror=");
        Assert.AreEqual(100, await page.Evaluate<int>("document.querySelectorAll('#confusion svg g.mark-rect.role-mark path').length"));
    }
}
