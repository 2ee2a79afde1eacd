using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Pruning.Schedules;

/// <summary>SET and RigL against moves that are worked out anew with plain lists.</summary>
[TestClass]
public class DropAndGrowTests
{
    private const int StepsPerEpoch = 10, Epochs = 8;

    // Odd numbers of channels, so that blocks and groups have rests.
    private static readonly Network Odd = ResNet.Parse("ResNet-8-3").Build(new ImageShape(3, 8, 8), 7);
    private static readonly Network Even = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 10);

    public static IEnumerable<object[]> Cases =>
        from granularity in new[] { "Unstructured", "Kernel", "1x4", "2x2", "3x1", "2:4", "1:4", "3:5" }
        from network in new[] { "odd", "even" }
        from sparsity in granularity == "1:4" ? new[] { 0.8, 0.9 } : [0.55, 0.7, 0.9]
        select new object[] { granularity, network, sparsity };

    // T = ¾ of 80 steps. α/2·(1 + cos(π·t/T)) with α = 0.41: cos(π/6) = √3/2, cos(π/3) = ½, cos(π/2) = 0, cos(2π/3) = −½.
    [TestMethod]
    [DataRow(10, 0.38253521)]
    [DataRow(20, 0.3075)]
    [DataRow(30, 0.205)]
    [DataRow(40, 0.1025)]
    [DataRow(50, 0.02746479)]
    public void TheDroppedFractionFallsAlongHalfACosineWave(int step, double fraction)
    {
        var target = MaskGenerator.Generate(Even, LayerwiseRatio.Uniform, 0.8, 3);
        foreach (var schedule in new[] { MaskSchedule.Set(0.41, 10), MaskSchedule.Set(0.41, 10, stopEpoch: 6), MaskSchedule.RigL(0.41, 10) })
        {
            var state = Random(target, 1);
            var moved = schedule.Update(Context(target, state, step, HighWherePruned(target)));
            foreach (var (before, after) in target.Layers.Zip(moved.Layers))
            {
                int dropped = before.KeptIndices().Count(index => !after[index]);
                Assert.AreEqual((int)Math.Round(fraction * before.KeptCount), dropped, $"{schedule} {before.Layer.Name}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void SetDropsTheSmallestAndGrowsElsewhereAsManyAsItDrops(string granularity, string network, double sparsity)
    {
        var target = Target(granularity, network, sparsity);
        var state = Random(target, 5);
        var schedule = MaskSchedule.Set(0.5, 10);
        schedule.ThrowIfUnfit(target, Epochs);
        var moved = schedule.Update(Context(target, state, step: 20));
        Assert.IsNull(moved.Origin);
        int grownUnits = 0;
        for (int index = 0; index < target.Layers.Count; index++)
        {
            var (before, after) = (target.Layers[index], moved.Layers[index]);
            Assert.AreEqual(before.KeptCount, after.KeptCount, before.Layer.Name);
            foreach (var units in SameShapes(before.Layer, granularity))
            {
                AssertWhole(units, after);
                var kept = Kept(units, before);
                var dropped = kept.Where(unit => !after[unit[0]]).ToList();
                var grown = Kept(units, after).Where(unit => !before[unit[0]]).ToList();
                grownUnits += grown.Count;
                int drops = Math.Min((int)Math.Round(0.375 * kept.Count, MidpointRounding.AwayFromZero), units.Count - kept.Count);
                var smallest = kept.OrderBy(unit => (float)Magnitude(unit, before, state)).ThenBy(unit => unit[0]).Take(drops).ToList();
                Assert.AreEqual(dropped.Count, grown.Count);
                if (!granularity.Contains(':'))
                {
                    CollectionAssert.AreEqual(smallest.OrderBy(unit => unit[0]).ToList(), dropped);
                }
                else
                {
                    // Where the groups leave no room elsewhere, some of the smallest stay, and nothing else goes.
                    Assert.IsTrue(dropped.All(smallest.Contains));
                    AssertGroups(granularity, after);
                }

                if (granularity == "Unstructured")
                {
                    var random = new KeyedRandom(17, RandomPurpose.MaskGrowth, $"{before.Layer.Name}@20");
                    uint[] order = [.. Enumerable.Range(0, before.Length).Select(_ => random.NextUInt32())];
                    int[] expected = [.. Enumerable.Range(0, before.Length).Where(weight => !before[weight]).OrderBy(weight => order[weight]).Take(drops).Order()];
                    CollectionAssert.AreEqual(expected, grown.Select(unit => unit[0]).ToArray());
                }
            }
        }

        Assert.IsTrue(grownUnits > 0);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void RigLDropsTheSmallestAndGrowsWhereGradientsAreLargest(string granularity, string network, double sparsity)
    {
        var target = Target(granularity, network, sparsity);
        var state = Random(target, 6);
        float[][] gradients = [.. target.Network.WeightLayers.Select((layer, index) => Gaussian(layer.WeightCount, 100 + index))];
        var schedule = MaskSchedule.RigL(0.5, 10);
        var moved = schedule.Update(Context(target, state, step: 20, gradients));
        for (int index = 0; index < target.Layers.Count; index++)
        {
            var (before, after) = (target.Layers[index], moved.Layers[index]);
            Assert.AreEqual(before.KeptCount, after.KeptCount, before.Layer.Name);
            foreach (var units in SameShapes(before.Layer, granularity))
            {
                AssertWhole(units, after);
                var kept = Kept(units, before);
                int drops = Math.Min((int)Math.Round(0.375 * kept.Count, MidpointRounding.AwayFromZero), units.Count - kept.Count);
                var stay = kept.OrderBy(unit => (float)Magnitude(unit, before, state)).ThenBy(unit => unit[0]).Skip(drops).ToList();
                var room = granularity.Contains(':') ? int.Parse(granularity.Split(':')[0]) : int.MaxValue;
                int m = granularity.Contains(':') ? int.Parse(granularity.Split(':')[1]) : 1;
                foreach (var unit in units.Except(stay).OrderByDescending(unit => (float)unit.Sum(weight => (double)Math.Abs(gradients[index][weight]))).ThenBy(unit => unit[0]).ToList())
                {
                    var group = GroupOf(before.Layer, unit[0], m);
                    if (stay.Count < kept.Count && (room == int.MaxValue || stay.Count(other => GroupOf(before.Layer, other[0], m) == group) < room))
                    {
                        stay.Add(unit);
                    }
                }

                CollectionAssert.AreEqual(stay.Select(unit => unit[0]).Order().ToArray(), Kept(units, after).Select(unit => unit[0]).ToArray(), before.Layer.Name);
            }

            if (granularity.Contains(':'))
            {
                AssertGroups(granularity, after);
            }
        }
    }

    [TestMethod]
    [DataRow("SET")]
    [DataRow("RigL")]
    public void ADenseLayerIsLeftAloneAndANearlyDenseOneMovesAsFarAsThereIsRoom(string name)
    {
        var layers = Even.WeightLayers.Select((layer, index) => index switch
        {
            0 => WeightMask.Dense(layer),
            1 => WeightMask.FromIndices(layer, [.. Enumerable.Range(2, layer.WeightCount - 2)]),
            _ => MaskGenerator.GenerateExact(layer, layer.WeightCount / 2, 3),
        }).ToArray();
        var target = new NetworkMask(Even, layers);
        var state = Random(target, 7);
        var moved = MaskSchedule.Parse($"{name}(drop=0.9,interval=1)").Update(Context(target, state, step: 1, HighWherePruned(target)));
        Assert.IsTrue(moved.Layers[0].SameAs(layers[0]));
        Assert.AreEqual(2, layers[1].KeptIndices().Count(index => !moved.Layers[1][index]));
        Assert.IsTrue(moved.Layers[1][0] && moved.Layers[1][1]);
        Assert.AreEqual(1, target.OverlapWith(MaskSchedule.Parse(name).Update(Context(NetworkMask.Dense(Even), Random(NetworkMask.Dense(Even), 1), 10, HighWherePruned(target)))));
    }

    [TestMethod]
    public void OfEqualMagnitudesAndGradientsTheFirstGoesFirst()
    {
        var layers = Even.WeightLayers.Select(layer => WeightMask.FromIndices(layer, [.. Enumerable.Range(layer.WeightCount / 2, layer.WeightCount / 2)])).ToArray();
        var target = new NetworkMask(Even, layers);
        float[][] zeros = [.. Even.WeightLayers.Select(layer => new float[layer.WeightCount])];
        var moved = MaskSchedule.RigL(0.5, 10).Update(Context(target, new NetworkState(target), step: 30, zeros));
        foreach (var (before, after) in layers.Zip(moved.Layers))
        {
            // A quarter of the kept ones goes, from their beginning, and the first of all come.
            int drops = (int)Math.Round(before.KeptCount / 4.0, MidpointRounding.AwayFromZero);
            int[] expected = [.. Enumerable.Range(0, drops), .. before.KeptIndices().Skip(drops)];
            CollectionAssert.AreEqual(expected, after.KeptIndices());
        }
    }

    [TestMethod]
    public void RandomGrowthIsAFunctionOfSeedLayerAndStep()
    {
        var target = Target("Unstructured", "even", 0.7);
        var state = Random(target, 5);
        NetworkMask Moved(int step, long seed) => MaskSchedule.Set(0.5, 1).Update(Context(target, state, step, seed: seed));
        Assert.IsTrue(Moved(20, 17).SameAs(Moved(20, 17)));
        var (first, seed, step) = (Moved(20, 17), Moved(20, 18), Moved(21, 17));
        Assert.IsFalse(first.SameAs(seed));
        Assert.IsFalse(first.SameAs(step));
        Assert.IsTrue(Grown(first).Intersect(Grown(seed)).Count() < Grown(first).Count * 0.6);
        Assert.IsTrue(Grown(first).Intersect(Grown(step)).Count() < Grown(first).Count * 0.6);

        List<(int, int)> Grown(NetworkMask mask) =>
            [.. mask.Layers.SelectMany((layer, index) => layer.KeptIndices().Where(weight => !target.Layers[index][weight]).Select(weight => (index, weight)))];
    }

    [TestMethod]
    public void RigLWithoutGradientsSaysSo()
    {
        var target = Target("Unstructured", "even", 0.7);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => MaskSchedule.RigL().Update(Context(target, Random(target, 1), 10))).Message, "no gradients were given");
    }

    // Tiles at the edges, which are smaller, move among themselves.
    private static IEnumerable<List<int[]>> SameShapes(WeightLayer layer, string granularity)
    {
        int inputs = layer.WeightShape[1], positions = layer.FanIn / inputs;
        return NaiveUnits.Tiles(layer, granularity)
            .GroupBy(tile => (tile.Select(weight => weight / layer.FanIn).Distinct().Count(), tile.Select(weight => weight / positions % inputs).Distinct().Count()))
            .Select(shape => shape.ToList());
    }

    private static (int Output, int Group, int Position) GroupOf(WeightLayer layer, int weight, int m)
    {
        int inputs = layer.WeightShape[1], positions = layer.FanIn / inputs;
        return (weight / layer.FanIn, weight / positions % inputs / m, weight % positions);
    }

    private static NetworkMask Target(string granularity, string network, double sparsity) =>
        MaskGenerator.Generate(network == "odd" ? Odd : Even, granularity.Contains(':') ? LayerwiseRatio.Uniform : LayerwiseRatio.ErdosRenyiKernel, sparsity, 3, granularity: granularity);

    private static MaskUpdateContext Context(NetworkMask target, NetworkState state, long step, float[][]? gradients = null, long seed = 17) => new()
    {
        Weights = state, Target = target, Gradients = gradients, Step = step, StepsPerEpoch = StepsPerEpoch, Epochs = Epochs, Seed = seed,
    };

    private static NetworkState Random(NetworkMask mask, long seed)
    {
        var state = new NetworkState(mask);
        foreach (var tensor in state.Tensors)
        {
            Gaussian(tensor.Values.Length, seed ^ KeyedRandom.HashOf(tensor.Name)).CopyTo(tensor.Values, 0);
        }

        return state;
    }

    private static float[] Gaussian(int count, long index)
    {
        var random = new KeyedRandom(1, RandomPurpose.GeneratedImages, index);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextGaussian())];
    }

    // With these gradients nothing that was just dropped grows back.
    private static float[][] HighWherePruned(NetworkMask mask) =>
        [.. mask.Layers.Select(layer => Enumerable.Range(0, layer.Length).Select(weight => layer[weight] ? 0.5f : -1f - weight).ToArray())];

    private static double Magnitude(int[] unit, WeightMask mask, NetworkState state)
    {
        int[] kept = mask.KeptIndices();
        float[] values = state[$"{mask.Layer.Name}.weight"];
        return unit.Sum(weight => (double)Math.Abs(values[Array.BinarySearch(kept, weight)]));
    }

    private static List<int[]> Kept(List<int[]> units, WeightMask mask) => [.. units.Where(unit => mask[unit[0]]).OrderBy(unit => unit[0])];

    private static void AssertWhole(List<int[]> units, WeightMask mask) =>
        Assert.IsTrue(units.TrueForAll(unit => unit.All(weight => mask[weight] == mask[unit[0]])), mask.Layer.Name);

    private static void AssertGroups(string granularity, WeightMask mask)
    {
        int n = int.Parse(granularity.Split(':')[0]), m = int.Parse(granularity.Split(':')[1]);
        Assert.IsTrue(mask.KeptIndices().GroupBy(weight => GroupOf(mask.Layer, weight, m)).All(group => group.Count() <= n), mask.Layer.Name);
    }
}
