using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// Normal with mean 0 and standard deviation √(2/fan-in), where the fan-in counts all weights that feed an output, pruned ones
/// too (He et al., "Delving deep into rectifiers", ICCV 2015, equation 10).
/// </summary>
internal sealed class KaimingNormalInitializer : WeightInitializer
{
    /// <inheritdoc/>
    public override string Name => "kaiming-normal";

    private protected override void Draw(WeightLayer layer, ReadOnlySpan<int> positions, long seed, Span<float> values)
    {
        double deviation = Math.Sqrt(2.0 / layer.FanIn);
        long firstStream = KeyedRandom.HashOf(layer.Name);
        for (int index = 0; index < positions.Length; index++)
        {
            var random = new KeyedRandom(seed, RandomPurpose.Initialization, unchecked(firstStream + positions[index]));
            values[index] = (float)(deviation * random.NextGaussian());
        }
    }
}
