namespace MLNet.RandomPruning.Training;

// w ~ N(0, 2/fan-in) (He et al., ICCV 2015, equation 10).
internal sealed class KaimingNormalInitializer : WeightInitializer
{
    public override string Name => "kaiming-normal";

    private protected override void Draw(in WeightPositions positions, Span<float> values) =>
        DrawNormal(positions, Math.Sqrt(2.0 / positions.Layer.FanIn), values);
}
