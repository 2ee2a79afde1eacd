using System.Diagnostics;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>Measures what several threads do at the same time.</summary>
internal static class Simultaneous
{
    /// <summary>
    /// The shortest of many rounds in seconds, each from when the first thread begins until the last is done. What a machine can do
    /// shows in the round that nothing disturbs.
    /// </summary>
    /// <param name="threads">The number of threads.</param>
    /// <param name="rounds">The number of rounds.</param>
    /// <param name="prepare">Called by each thread at first; makes what it does in a round.</param>
    public static double ShortestRound(int threads, int rounds, Func<Action> prepare)
    {
        var times = new (long Start, long End)[threads, rounds];
        using var barrier = new Barrier(threads);
        void Work(int thread)
        {
            Action work = prepare();
            work();
            for (int round = 0; round < rounds; round++)
            {
                barrier.SignalAndWait();
                long start = Stopwatch.GetTimestamp();
                work();
                times[thread, round] = (start, Stopwatch.GetTimestamp());
            }
        }

        Thread[] helpers = [.. Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => Work(thread)))];
        foreach (var helper in helpers)
        {
            helper.Start();
        }

        Work(0);
        foreach (var helper in helpers)
        {
            helper.Join();
        }

        return Enumerable.Range(0, rounds).Min(round =>
        {
            var ofRound = Enumerable.Range(0, threads).Select(thread => times[thread, round]);
            return (double)(ofRound.Max(time => time.End) - ofRound.Min(time => time.Start)) / Stopwatch.Frequency;
        });
    }
}
