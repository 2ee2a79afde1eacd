namespace MLNet.RandomPruning.Training;

// w = ±√(2/fan-in), each sign with probability ½ (Ramanujan et al., CVPR 2020, section 4).
internal sealed class BinaryInitializer : WeightInitializer
{
    public override string Name => "binary";

    private protected override void Draw(in WeightPositions positions, Span<float> values)
    {
        float size = (float)Math.Sqrt(2.0 / positions.Layer.FanIn);
        for (int index = 0; index < positions.Count; index++)
        {
            values[index] = (positions.RandomOf(index).NextUInt32() & 1) == 0 ? size : -size;
        }
    }
}
