using System.Diagnostics;
using MLNet.RandomPruning.Fuzz.Corpus;
using MLNet.RandomPruning.Fuzz.Mutation;

namespace MLNet.RandomPruning.Fuzz;

/// <summary>How many cases to run, and how.</summary>
/// <param name="Cases">The number of cases, from 0 on.</param>
/// <param name="Seed">The seed of the random numbers.</param>
/// <param name="Threads">How many threads to use.</param>
/// <param name="Limit">How long a case may take, from making its file to the end of judging it.</param>
internal sealed record FuzzSettings(long Cases, long Seed, int Threads, TimeSpan Limit);

/// <summary>Runs cases on several threads and watches that none hangs.</summary>
internal sealed class FuzzRun(SeedCorpus corpus, FuzzSettings settings)
{
    private sealed record UnderWay(long Number, long Started);

    private readonly FuzzCase _case = new(corpus, settings.Seed);
    private readonly UnderWay?[] _underWay = new UnderWay?[settings.Threads];
    private long _next = -1;
    private volatile bool _hangs;

    /// <summary>Told of each case that fails, on the thread that ran it.</summary>
    public Action<FuzzResult>? Failed { get; init; }

    /// <summary>Told the number of each case before it begins, with the number of the thread.</summary>
    public Action<int, long>? Begins { get; init; }

    /// <summary>Told from time to time how many cases have begun.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Runs all cases.</summary>
    /// <returns>What they found, and the case that took longer than it may, at which the run ends; null for none.</returns>
    public (FuzzReport Report, long? Hanging) Run()
    {
        var report = new FuzzReport();
        var threads = Enumerable.Range(0, settings.Threads).Select(index => new Thread(() => Work(index, report)) { IsBackground = true, Name = $"fuzz {index}" }).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        var lastReport = Stopwatch.StartNew();
        while (threads.Any(thread => thread.IsAlive))
        {
            threads.First(thread => thread.IsAlive).Join(TimeSpan.FromMilliseconds(200));
            foreach (var underWay in _underWay)
            {
                if (underWay is not null && Stopwatch.GetElapsedTime(underWay.Started) > settings.Limit)
                {
                    _hangs = true;
                    return (report, underWay.Number);
                }
            }

            if (Progress is not null && lastReport.Elapsed.TotalSeconds >= 10)
            {
                Progress(Math.Min(Volatile.Read(ref _next) + 1, settings.Cases));
                lastReport.Restart();
            }
        }

        return (report, null);
    }

    /// <summary>Makes the file of a case again.</summary>
    public Mutant Make(long number) => _case.Make(number);

    /// <summary>Runs one case on this thread.</summary>
    public FuzzResult RunOne(long number) => _case.Judge(number, _case.Make(number));

    private void Work(int thread, FuzzReport report)
    {
        foreach (var seed in corpus.Seeds)
        {
            seed.WarmUp();
        }

        while (!_hangs && Interlocked.Increment(ref _next) is var number && number < settings.Cases)
        {
            Begins?.Invoke(thread, number);
            Volatile.Write(ref _underWay[thread], new UnderWay(number, Stopwatch.GetTimestamp()));
            var result = RunOne(number);
            Volatile.Write(ref _underWay[thread], null);
            report.Add(result);
            if (result.Outcome == FuzzOutcome.Failed)
            {
                Failed?.Invoke(result);
            }
        }
    }
}
