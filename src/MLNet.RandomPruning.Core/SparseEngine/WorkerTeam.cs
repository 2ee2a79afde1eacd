using System.Runtime.ExceptionServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Threads that stay alive from step to step and share out numbered items of work. Each has a share of its own, the same in every
/// run with as many items, so that it finds in its core's cache what it left there; and it goes through its share in turn
/// forwards and backwards, to begin with what it left last. Who is done early takes from the others' shares what they would come to
/// last. Which thread takes an item is thus left to chance, so an item may write only what belongs to it; results then do not
/// depend on the number of threads.
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
    private readonly Share[] _shares;
    private bool _backwards;
    private int _running;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopping;

    /// <summary>Starts a team of this many threads, the caller of <see cref="Run"/> counted in.</summary>
    public WorkerTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        _helpers = new Thread[size - 1];
        _shares = [.. Enumerable.Range(0, size).Select(_ => new Share())];
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
        _backwards = !_backwards;
        if (helpers <= 0)
        {
            for (int item = 0; item < items; item++)
            {
                work(_backwards ? items - 1 - item : item, 0);
            }

            return;
        }

        _work = work;
        for (int worker = 0; worker < _shares.Length; worker++)
        {
            _shares[worker].Set((int)((long)items * worker / _shares.Length), (int)((long)items * (worker + 1) / _shares.Length));
        }

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
            for (int other = 0; other < _shares.Length; other++)
            {
                var share = _shares[(worker + other) % _shares.Length];
                while (share.TryTake(last: _backwards ^ (other > 0), out int item))
                {
                    _work!(item, worker);
                }
            }
        }
        catch (Exception exception)
        {
            foreach (var share in _shares)
            {
                share.Set(0, 0);
            }

            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
    }

    /// <summary>Neighbouring items that are left, taken from either end by any number of threads.</summary>
    private sealed class Share
    {
        // The first item in the lower half, the one behind the last in the upper, so that both change at once.
        private long _ends;

        public void Set(int first, int end) => Volatile.Write(ref _ends, Pack(first, end));

        public bool TryTake(bool last, out int item)
        {
            while (true)
            {
                long ends = Volatile.Read(ref _ends);
                int first = (int)ends, end = (int)(ends >> 32);
                if (first >= end)
                {
                    item = -1;
                    return false;
                }

                item = last ? end - 1 : first;
                if (Interlocked.CompareExchange(ref _ends, last ? Pack(first, end - 1) : Pack(first + 1, end), ends) == ends)
                {
                    return true;
                }
            }
        }

        private static long Pack(int first, int end) => ((long)end << 32) | (uint)first;
    }
}
