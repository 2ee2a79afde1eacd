namespace MLNet.RandomPruning.Benchmarks;

/// <summary>What comparisons have in common.</summary>
internal static class Progress
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(40);

    /// <summary>Waits until the threads of whoever has just been measured have gone to sleep.</summary>
    public static void Pause() => Thread.Sleep(Rest);

    /// <summary>A number of threads in words.</summary>
    public static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";
}
