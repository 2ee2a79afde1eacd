namespace MLNet.RandomPruning.Training;

// w ~ N(0, 2/(fan-in·density)) with density = kept weights/all weights of the positions.Layer.
internal sealed class KaimingNormalByDensityInitializer : WeightInitializer
{
    public override string Name => "kaiming-normal-by-density";

    private protected override void Draw(in WeightPositions positions, Span<float> values)
    {
        double density = (double)positions.Count / positions.Layer.WeightCount;
        DrawNormal(positions, Math.Sqrt(2.0 / (positions.Layer.FanIn * density)), values);
    }
}
