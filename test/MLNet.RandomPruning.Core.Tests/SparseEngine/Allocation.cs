namespace MLNet.RandomPruning.Core.Tests.SparseEngine;

/// <summary>What work allocates once it runs as it always will.</summary>
internal static class Allocation
{
    /// <summary>
    /// The fewest managed bytes that the calling thread allocates in one of several runs: the runtime itself may allocate now and then,
    /// when it compiles a method anew, but what the work allocates it allocates each time.
    /// </summary>
    public static long SteadyBytes(Action work)
    {
        long fewest = long.MaxValue;
        for (int run = 0; run < 5; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return fewest;
    }
}
