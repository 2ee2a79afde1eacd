using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Training;

// w ~ U(−b, b), b = √(6/fan-in) (He et al., ICCV 2015).
internal sealed class KaimingUniformInitializer : WeightInitializer
{
    public override string Name => "kaiming-uniform";

    private protected override void Draw(WeightLayer layer, ReadOnlySpan<int> positions, long seed, Span<float> values)
    {
        double bound = Math.Sqrt(6.0 / layer.FanIn);
        long hash = KeyedRandom.HashOf(layer.Name);
        for (int index = 0; index < positions.Length; index++)
        {
            values[index] = (float)RandomOf(hash, positions[index], seed).NextDouble(-bound, bound);
        }
    }
}
