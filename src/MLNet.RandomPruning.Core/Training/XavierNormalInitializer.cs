using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Training;

// w ~ N(0, 2/(fan-in + fan-out)), fan-out = outputs × kernel rows × kernel columns (Glorot and Bengio, AISTATS 2010, equation 12).
internal sealed class XavierNormalInitializer : WeightInitializer
{
    public override string Name => "xavier-normal";

    private protected override void Draw(WeightLayer layer, ReadOnlySpan<int> positions, long seed, Span<float> values)
    {
        double fanOut = (double)layer.WeightCount / layer.WeightShape[1];
        DrawNormal(layer, positions, seed, Math.Sqrt(2.0 / (layer.FanIn + fanOut)), values);
    }
}
