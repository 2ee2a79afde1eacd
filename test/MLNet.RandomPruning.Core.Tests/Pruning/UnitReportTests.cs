using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

[TestClass]
public class UnitReportTests
{
    private static readonly Network Network = ResNet.Parse("ResNet-14-6").Build(new ImageShape(5, 12, 8), 7);

    [TestMethod]
    [DataRow("Kernel")]
    [DataRow("1x4")]
    [DataRow("5x2")]
    [DataRow("3x3")]
    public void CountsTilesOfWhichAnythingIsKept(string granularity)
    {
        var mask = MaskGenerator.Generate(Network, LayerwiseRatio.ErdosRenyiKernel, 0.7, seed: 3, granularity: granularity);
        var report = UnitReport.From(mask)!;
        Assert.AreEqual(granularity, report.Granularity);
        foreach (var (units, layer) in report.Layers.Zip(mask.Layers))
        {
            var tiles = NaiveUnits.Tiles(layer.Layer, granularity);
            Assert.AreEqual(new LayerUnitReport(layer.Layer.Name, tiles.Count(tile => tile.Any(index => layer[index])), tiles.Count), units);
        }

        Assert.AreEqual((report.Layers.Sum(layer => layer.Kept), report.Layers.Sum(layer => layer.Count)), (report.Kept, report.Count));
    }

    [TestMethod]
    public void CountsTiedFiltersOnceInAllAndInEachOfTheirLayers()
    {
        var mask = MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.5, seed: 3, granularity: MaskGranularity.Filter);
        var report = UnitReport.From(mask)!;
        foreach (var (units, layer) in report.Layers.Zip(mask.Layers))
        {
            Assert.AreEqual(
                layer.Layer.Name == "fc" ? new LayerUnitReport("fc", 0, 0) : new LayerUnitReport(layer.Layer.Name, NaiveUnits.Outputs(layer).Count, layer.Layer.Outputs), units);
        }

        // A stage has one group for its residual stream and one for the first convolution of each of its two blocks.
        Assert.AreEqual(3 * (6 + 12 + 24), report.Count);
        Assert.AreEqual(report.Layers.Where(layer => layer.Name.EndsWith("conv1", StringComparison.Ordinal)).Sum(layer => layer.Kept)
            + new[] { "conv", "blocks.2.conv2", "blocks.4.conv2" }.Sum(name => report.Layers.Single(layer => layer.Name == name).Kept), report.Kept);
    }

    [TestMethod]
    public void CountsInputChannels()
    {
        var mask = MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.4, seed: 3, granularity: MaskGranularity.Channel);
        foreach (var (units, layer) in UnitReport.From(mask)!.Layers.Zip(mask.Layers))
        {
            Assert.AreEqual(
                layer.Layer.Name == "conv" ? new LayerUnitReport("conv", 0, 0) : new LayerUnitReport(layer.Layer.Name, NaiveUnits.Inputs(layer).Count, layer.Layer.WeightShape[1]), units);
        }
    }

    [TestMethod]
    public void WhereEachWeightIsAUnitThereIsNothingToCount()
    {
        Assert.IsNull(UnitReport.From(NetworkMask.Dense(Network)));
        Assert.IsNull(UnitReport.From(MaskGenerator.Generate(Network, LayerwiseRatio.Uniform, 0.5, seed: 1, granularity: "2:4")));
        Assert.IsNull(UnitReport.From(MaskGenerator.Generate(Network, LayerwiseRatio.ErdosRenyi, 0.9, seed: 1)));
    }
}
