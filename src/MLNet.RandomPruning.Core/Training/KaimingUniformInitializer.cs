namespace MLNet.RandomPruning.Training;

// w ~ U(−b, b), b = √(6/fan-in) (He et al., ICCV 2015).
internal sealed class KaimingUniformInitializer : WeightInitializer
{
    public override string Name => "kaiming-uniform";

    private protected override void Draw(in WeightPositions positions, Span<float> values)
    {
        double bound = Math.Sqrt(6.0 / positions.Layer.FanIn);
        for (int index = 0; index < positions.Count; index++)
        {
            values[index] = (float)positions.RandomOf(index).NextDouble(-bound, bound);
        }
    }
}
