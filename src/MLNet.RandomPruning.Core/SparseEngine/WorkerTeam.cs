using System.Runtime.ExceptionServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Threads that stay alive from step to step and share out numbered items of work. Which thread takes an item is left to
/// chance, so an item may write only what belongs to it; results then do not depend on the number of threads.
/// </summary>
internal sealed class WorkerTeam : IDisposable
{
    // A phase of a step takes about a millisecond: spinning this long catches the next phase without a trip through the
    // operating system, and gives the core away soon when the caller is busy with something else.
    private const int SpinsBeforeSleep = 2000;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly ManualResetEventSlim _done = new(false, SpinsBeforeSleep);
    private Action<int, int>? _work;
    private int _items;
    private int _next;
    private int _running;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopping;

    /// <summary>Starts a team of this many threads, the caller of <see cref="Run"/> counted in.</summary>
    public WorkerTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        _helpers = new Thread[size - 1];
        for (int helper = 0; helper < _helpers.Length; helper++)
        {
            int worker = helper + 1;
            _helpers[helper] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"sparse worker {worker}" };
            _helpers[helper].Start();
        }
    }

    /// <summary>The number of threads, the caller of <see cref="Run"/> counted in.</summary>
    public int Size => _helpers.Length + 1;

    /// <summary>Calls work(item, worker) for each item from 0 to items − 1 and comes back when all are done; worker is from 0 to Size − 1.</summary>
    public void Run(int items, Action<int, int> work)
    {
        int helpers = Math.Min(_helpers.Length, items - 1);
        if (helpers <= 0)
        {
            for (int item = 0; item < items; item++)
            {
                work(item, 0);
            }

            return;
        }

        _work = work;
        _items = items;
        _next = 0;
        _running = helpers;
        _failure = null;
        _done.Reset();
        _wake.Release(helpers);
        TakeItems(0);
        _done.Wait();
        _work = null;
        _failure?.Throw();
    }

    public void Dispose()
    {
        _stopping = true;
        if (_helpers.Length > 0)
        {
            _wake.Release(_helpers.Length);
            foreach (var helper in _helpers)
            {
                helper.Join();
            }
        }

        _wake.Dispose();
        _done.Dispose();
    }

    private void Serve(int worker)
    {
        while (true)
        {
            Await();
            if (_stopping)
            {
                return;
            }

            TakeItems(worker);
            if (Interlocked.Decrement(ref _running) == 0)
            {
                _done.Set();
            }
        }
    }

    private void Await()
    {
        var spinner = new SpinWait();
        for (int spin = 0; spin < SpinsBeforeSleep; spin++)
        {
            if (_wake.CurrentCount > 0 && _wake.Wait(0))
            {
                return;
            }

            spinner.SpinOnce(sleep1Threshold: -1);
        }

        _wake.Wait();
    }

    private void TakeItems(int worker)
    {
        try
        {
            int item;
            while ((item = Interlocked.Increment(ref _next) - 1) < _items)
            {
                _work!(item, worker);
            }
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _next, _items);
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
    }
}
