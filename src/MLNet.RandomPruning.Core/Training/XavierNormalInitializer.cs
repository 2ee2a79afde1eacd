namespace MLNet.RandomPruning.Training;

// w ~ N(0, 2/(fan-in + fan-out)), fan-out = outputs × kernel rows × kernel columns (Glorot and Bengio, AISTATS 2010, equation 12).
internal sealed class XavierNormalInitializer : WeightInitializer
{
    public override string Name => "xavier-normal";

    private protected override void Draw(in WeightPositions positions, Span<float> values)
    {
        double fanOut = (double)positions.Layer.WeightCount / positions.Layer.WeightShape[1];
        DrawNormal(positions, Math.Sqrt(2.0 / (positions.Layer.FanIn + fanOut)), values);
    }
}
