using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Training;

// w = ±√(2/fan-in), each sign with probability ½ (Ramanujan et al., CVPR 2020, section 4).
internal sealed class BinaryInitializer : WeightInitializer
{
    public override string Name => "binary";

    private protected override void Draw(WeightLayer layer, ReadOnlySpan<int> positions, long seed, Span<float> values)
    {
        float size = (float)Math.Sqrt(2.0 / layer.FanIn);
        long hash = KeyedRandom.HashOf(layer.Name);
        for (int index = 0; index < positions.Length; index++)
        {
            values[index] = (RandomOf(hash, positions[index], seed).NextUInt32() & 1) == 0 ? size : -size;
        }
    }
}
