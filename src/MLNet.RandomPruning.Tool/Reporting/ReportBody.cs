using System.Globalization;
using System.Xml.Linq;
using MLNet.RandomPruning.Tool.Evaluating;
using static MLNet.RandomPruning.Tool.Reporting.Html;

namespace MLNet.RandomPruning.Tool.Reporting;

/// <summary>What stands in the report page: sections with figures in tables and places for charts.</summary>
internal sealed class ReportBody
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private readonly EvaluateResult _result;
    private readonly IReadOnlyList<string> _sets;
    private readonly List<ReportChart> _charts = [];
    private readonly List<(string Id, string Title)> _sections = [];

    private ReportBody(EvaluateResult result)
    {
        _result = result;
        _sets = ReportNames.OfSets(result.OutOfDistribution.Select(set => set.Data));
    }

    /// <summary>What the page is called.</summary>
    public static string TitleOf(EvaluateResult result) => Clean($"{result.Network} on {ReportNames.OfSets([result.Data])[0]}");

    /// <summary>Puts the page together.</summary>
    /// <returns>The content of the body, and the charts that have places in it.</returns>
    public static (XElement Main, IReadOnlyList<ReportChart> Charts) Of(EvaluateResult result)
    {
        var body = new ReportBody(result);
        var sections = body.Sections().ToArray();
        var main = Element(
            "main",
            body.Header(),
            Element("nav", Attribute("aria-label", "Sections"), body._sections.Select(section => Element("a", Attribute("href", $"#{section.Id}"), section.Title))),
            Element("noscript", Element("p", Class("notice"), "The charts need JavaScript, which is switched off; the tables hold the figures.")),
            sections);
        return (main, body._charts);
    }

    private XElement Header()
    {
        var masks = _result.Masks;
        var tiles = new List<(string Name, string Value, string Note)>
        {
            ("accuracy", Percent(_result.Accuracy), string.Create(Invariant, $"{_result.Count:N0} images")),
            ("ECE", Percent(_result.Calibration.ExpectedCalibrationError), string.Create(Invariant, $"{_result.Calibration.ReliabilityDiagram.Count} bins of equal width")),
            ("log-loss", Number(_result.LogLoss), "nats"),
        };
        tiles.AddRange(_result.OutOfDistribution.Select((set, index) => ("ROC-AUC", Percent(set.Scores[0].Metrics.AreaUnderRocCurve), $"{set.Scores[0].Score} against {_sets[index]}")));
        if (_result.Robustness?.Perturbed.Where(row => row.Kind == PerturbationFigures.Attack).MinBy(row => row.Accuracy) is { } worst)
        {
            tiles.Add(("worst attack", Percent(worst.Accuracy), worst.Name));
        }

        tiles.Add(("weights", string.Create(Invariant, $"{masks.Kept:N0}"), string.Create(Invariant, $"of {masks.Parameters:N0}, {(double)masks.Kept / masks.Parameters:P1}")));
        return Element(
            "header",
            Element("p", Class("kicker"), "Evaluation of a randomly pruned network"),
            Element("h1", TitleOf(_result)),
            Element("p", Class("lead"), $"Model {_result.ModelPath}, images {_result.Data}."),
            Element("dl", Class("tiles"), tiles.Select(tile => Element("div", Element("dt", tile.Name), Element("dd", Element("strong", tile.Value), Element("span", tile.Note))))));
    }

    private IEnumerable<XElement> Sections()
    {
        yield return Section("calibration", "Calibration", Figures(), Charts(CalibrationCharts.Of(_result)));
        for (int index = 0; index < _result.OutOfDistribution.Count; index++)
        {
            yield return OutOfDistribution(_result.OutOfDistribution[index], index);
        }

        if (_result.Robustness is { } robustness)
        {
            yield return Robustness(robustness);
        }

        yield return Section("classes", "Classes", Charts([ModelCharts.Confusion(_result)]), ClassTable());
        yield return Section("training", "Training", _result.History.Count == 0
            ? Element("p", Class("notice"), "The model's file holds no training history.")
            : Charts(ModelCharts.History(_result.History)));
        yield return Section("masks", "Masks", Element("p", MaskText()), Charts([ModelCharts.Layers(_result.Masks)]), LayerTable());
        yield return Section("about", "About this page", About());
    }

    private XElement Figures()
    {
        bool hasIntervals = _result.Calibration.Intervals.Count > 0;
        return Table(
            null, hasIntervals ? ["figure", "value", "95 % interval", "meaning"] : ["figure", "value", "meaning"],
            EvaluationFigure.Of(_result).Select(figure => (IReadOnlyList<string>)(hasIntervals
                ? [figure.Name, figure.Text, figure.RangeText, figure.Meaning]
                : [figure.Name, figure.Text, figure.Meaning])),
            numbers: 1..^1);
    }

    private XElement OutOfDistribution(OutOfDistributionResult set, int index)
    {
        var charts = OutOfDistributionCharts.Of(set, _sets[index], index).ToArray();
        var figures = EvaluationFigure.Of(set.Scores[0].Metrics);
        return Section(
            $"ood-{index}", $"Against {_sets[index]}",
            Element("p", string.Create(Invariant, $"{set.Count:N0} images of {set.Data}, which are of none of the model's classes, told apart from the {_result.Count:N0} images above. A score is higher, the less an image looks like what the model knows.")),
            Table(
                null, ["score", .. figures.Select(figure => figure.Name)],
                set.Scores.Select(score => (IReadOnlyList<string>)[score.Score, .. EvaluationFigure.Of(score.Metrics).Select(figure => figure.Range is null ? figure.Text : $"{figure.Text}\n{figure.RangeText}")])),
            Element("dl", Class("meanings"), figures.Select(figure => Element("div", Element("dt", figure.Name), Element("dd", figure.Meaning)))),
            Charts([charts[0] with { IsWide = true }]),
            Element("p", Class("caption"), "The scores of known and unknown images. Dashed: the threshold below which 95 % of the known ones are."),
            Charts(charts.Skip(1), "small"));
    }

    private XElement Robustness(RobustnessFigures robustness)
    {
        var rows = robustness.Perturbed.Where(row => row.Kind != PerturbationFigures.Corruption).Prepend(robustness.Clean).ToArray();
        var families = robustness.Perturbed.Where(row => row.Kind == PerturbationFigures.Corruption).GroupBy(row => row.Family).ToArray();
        double[] severities = [.. families.SelectMany(family => family).Select(row => row.Strength).Distinct().Order()];
        return Section(
            "robustness", "Robustness",
            Element("p", string.Create(Invariant, $"{robustness.Images:N0} images, each of them perturbed whether or not the model gets it right. Seed {_result.Seed}, gradients from the engine {_result.Engine}.")),
            Charts(RobustnessCharts.Of(robustness)),
            Table("Attacks", ["attack", "accuracy", "95 % interval", "log-loss", "largest change", "mean distance"], rows.Select(row => (IReadOnlyList<string>)
            [
                row.Name, Percent(row.Accuracy), $"{Percent(row.AccuracyInterval.Low)} – {Percent(row.AccuracyInterval.High)}", Number(row.LogLoss), Number(row.LargestChange), Number(row.MeanDistance),
            ])),
            families.Length == 0 ? null : Table(
                $"Accuracy under corruptions, {Percent(robustness.MeanCorruptionAccuracy)} in the mean", ["corruption", .. severities.Select(severity => string.Create(Invariant, $"severity {severity}"))],
                families.Select(family => (IReadOnlyList<string>)[family.Key, .. severities.Select(severity => Percent(family.FirstOrDefault(row => row.Strength == severity)?.Accuracy))])));
    }

    private XElement ClassTable() => Table(
        null, ["class", "images", "recall", "precision"],
        _result.Classes.Select(row => (IReadOnlyList<string>)[row.Label, Count(row.Count), Percent(row.Recall), Percent(row.Precision)]));

    private XElement LayerTable() => Table(
        null, ["layer", "weights", "parameters", "kept", "density", "multiply-adds"],
        _result.Masks.Layers.Select(layer => (IReadOnlyList<string>)
        [
            layer.Name, string.Join('×', layer.Shape), Count(layer.Parameters), Count(layer.Kept), Percent(layer.Density), Count(layer.MultiplyAdds),
        ]));

    private string MaskText()
    {
        var masks = _result.Masks;
        string origin = masks.Ratio is null
            ? "masks that no seed makes"
            : string.Create(Invariant, $"{masks.Ratio}, {masks.Granularity}, sparsity {masks.Sparsity:0.######}, seed {masks.Seed}");
        return string.Create(Invariant, $"{origin}: {masks.Kept:N0} of {masks.Parameters:N0} weights exist, and {masks.MultiplyAdds:N0} of {masks.DenseMultiplyAdds:N0} multiply-adds of an image are done.");
    }

    private XElement About()
    {
        string level = _result.Calibration.Intervals is [var first, ..] ? string.Create(Invariant, $"Intervals of figures are percentiles of a bootstrap at {first.Level:P0}. ") : "";
        return Element(
            "div",
            Element("p", string.Create(Invariant, $"Made by randprune evaluate with the engine {_result.Engine} and seed {_result.Seed}. {level}Intervals of accuracies in charts are Wilson's. The page holds all that it shows and loads nothing.")),
            Element(
                "details",
                Element("summary", "Licences of the chart libraries"),
                Element("pre", ReportResources.Notices)));
    }

    private XElement Section(string id, string title, params object?[] content)
    {
        _sections.Add((id, title));
        return Element("section", Attribute("id", id), Element("h2", title), content);
    }

    private XElement Charts(IEnumerable<ReportChart> charts, string size = "")
    {
        var all = charts.ToArray();
        _charts.AddRange(all);
        return Element("div", Class($"charts {size}".TrimEnd()), all.Select(chart => Element(
            "figure", chart.IsWide ? Class("wide") : null,
            Element("h3", chart.Title),
            Element("div", Class("chart"), Attribute("id", chart.Id)),
            chart.Caption.Length == 0 ? null : Element("figcaption", chart.Caption))));
    }

    private static string Percent(double? value) => EvaluationFigure.Percent(value);

    private static string Number(double value) => value.ToString("F4", Invariant);

    private static string Count(long value) => value.ToString("N0", Invariant);
}
