using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Training;

// w ~ N(0, 2/(fan-in·density)) with density = kept weights/all weights of the layer.
internal sealed class KaimingNormalByDensityInitializer : WeightInitializer
{
    public override string Name => "kaiming-normal-by-density";

    private protected override void Draw(WeightLayer layer, ReadOnlySpan<int> positions, long seed, Span<float> values)
    {
        double density = (double)positions.Length / layer.WeightCount;
        DrawNormal(layer, positions, seed, Math.Sqrt(2.0 / (layer.FanIn * density)), values);
    }
}
