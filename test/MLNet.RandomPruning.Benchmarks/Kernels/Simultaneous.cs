using System.Diagnostics;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>Measures what several threads do at the same time.</summary>
internal static class Simultaneous
{
    // Long enough for the operating system to find a core for each thread on a busy machine.
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(300);

    // Waking a thread takes a part of this; all begin when it is over.
    private static readonly long Lead = Stopwatch.Frequency / 2000;

    private const int LeastRounds = 5;

    /// <summary>
    /// The shortest of many rounds in seconds, each from when the first thread begins until the last is done. What a machine can do
    /// shows in the round that nothing disturbs.
    /// </summary>
    /// <param name="threads">The number of threads.</param>
    /// <param name="prepare">Called by each thread at first; makes what it does in a round.</param>
    public static double ShortestRound(int threads, Func<Action> prepare)
    {
        List<(long Start, long End)>[] times = [.. Enumerable.Range(0, threads).Select(_ => new List<(long, long)>())];
        var clock = Stopwatch.StartNew();
        bool isLast = false;
        long begin = 0;

        // Decided while all threads wait, so that all come to the same end.
        using var barrier = new Barrier(threads, barrier =>
        {
            isLast = barrier.CurrentPhaseNumber >= LeastRounds && clock.Elapsed >= Duration;
            begin = Stopwatch.GetTimestamp() + Lead;
        });
        void Work(int thread)
        {
            Action work = prepare();
            work();
            while (true)
            {
                barrier.SignalAndWait();
                if (isLast)
                {
                    return;
                }

                while (Stopwatch.GetTimestamp() < begin)
                {
                    Thread.SpinWait(1);
                }

                long start = Stopwatch.GetTimestamp();
                work();
                times[thread].Add((start, Stopwatch.GetTimestamp()));
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

        return Enumerable.Range(0, times[0].Count)
            .Min(round => (double)(times.Max(thread => thread[round].End) - times.Min(thread => thread[round].Start)) / Stopwatch.Frequency);
    }
}
