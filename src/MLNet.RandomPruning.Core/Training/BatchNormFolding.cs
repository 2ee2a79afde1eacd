using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Training;

/// <summary>What batch normalisation does in prediction, as a factor and an addend of each channel: y = x·factor + addend.</summary>
internal static class BatchNormFolding
{
    /// <summary>factor = γ/√(variance + ε), addend = β − mean·factor, in double arithmetic; the addend is rounded once.</summary>
    /// <param name="state">Parameters and running statistics.</param>
    /// <param name="norm">The layer.</param>
    public static (double[] Factors, float[] Addends) Of(NetworkState state, BatchNormLayer norm)
    {
        float[] scale = state[$"{norm.Name}.weight"], shift = state[$"{norm.Name}.bias"];
        float[] mean = state[$"{norm.Name}.running_mean"], variance = state[$"{norm.Name}.running_var"];
        double[] factors = [.. scale.Zip(variance, (gamma, square) => gamma / Math.Sqrt((double)square + BatchNormLayer.Epsilon))];
        return (factors, [.. factors.Select((factor, channel) => (float)(shift[channel] - mean[channel] * factor))]);
    }
}
