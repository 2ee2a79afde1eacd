using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Training;

// w ~ N(0, 2/fan-in) (He et al., ICCV 2015, equation 10).
internal sealed class KaimingNormalInitializer : WeightInitializer
{
    public override string Name => "kaiming-normal";

    private protected override void Draw(WeightLayer layer, ReadOnlySpan<int> positions, long seed, Span<float> values) =>
        DrawNormal(layer, positions, seed, Math.Sqrt(2.0 / layer.FanIn), values);
}
