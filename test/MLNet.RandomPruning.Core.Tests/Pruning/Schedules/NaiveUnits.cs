using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Core.Tests.Pruning.Schedules;

/// <summary>The units of a layer as lists of row-major weight indices, cut by hand; units of one size stand together.</summary>
internal static class NaiveUnits
{
    public static List<List<int[]>> Of(WeightLayer layer, string granularity)
    {
        var (rows, columns, wholeKernel) = granularity switch
        {
            "Kernel" => (1, 1, true),
            _ when granularity.Contains('x') => (int.Parse(granularity.Split('x')[0]), int.Parse(granularity.Split('x')[1]), false),
            _ => (1, 1, false),
        };
        int inputs = layer.WeightShape[1], positions = layer.WeightCount / layer.WeightShape[0] / inputs;
        var units = Enumerable.Range(0, layer.WeightCount)
            .GroupBy(weight =>
            {
                int position = weight % positions, input = weight / positions % inputs, output = weight / positions / inputs;
                return (output / rows, input / columns, wholeKernel ? 0 : position);
            })
            .Select(group => group.ToArray());
        return [.. units.GroupBy(unit => Shape(unit, positions, inputs)).Select(sameShape => sameShape.ToList())];
    }

    /// <summary>The group of M neighbouring inputs that a weight belongs to.</summary>
    public static (int Output, int Group, int Position) GroupOf(WeightLayer layer, int weight, int m)
    {
        int inputs = layer.WeightShape[1], positions = layer.WeightCount / layer.WeightShape[0] / inputs;
        return (weight / positions / inputs, weight / positions % inputs / m, weight % positions);
    }

    private static (int Outputs, int Inputs) Shape(int[] unit, int positions, int inputs) =>
        (unit.Select(weight => weight / positions / inputs).Distinct().Count(), unit.Select(weight => weight / positions % inputs).Distinct().Count());
}
