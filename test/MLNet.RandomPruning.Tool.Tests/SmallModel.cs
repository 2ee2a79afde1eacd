namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>Trains a network that is good enough to try things with.</summary>
internal static class SmallModel
{
    /// <summary>Trains on a few images, as briefly as can be.</summary>
    /// <returns>The path.</returns>
    public static string Train(string path)
    {
        Cli.RunJson("train", "--data", SmallCifar.Shared, "--network", "ResNet-8-4", "--sparsity", "0.5", "--batch", "32", "--epochs", "1", "--validation", "0", "--no-test", "--out", path);
        return path;
    }
}
