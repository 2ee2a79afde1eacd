namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Work in phases, each of some items that any thread may take, for helpers that come when they can: the caller starts at
/// once and does what nobody else does, so a helper that the pool sends late, or not at all, delays nothing. A phase begins when
/// all items of the one before are done. One caller at a time.
/// </summary>
internal sealed class PhasedWork : IThreadPoolWorkItem
{
    // A spin takes some 40 nanoseconds. A helper looks out for the caller's next work about as long as waking a thread takes,
    // and a little longer for the next phase of work that is going on; then it goes back to the pool.
    private const int SpinsForNextWork = 1000, SpinsForNextPhase = 20_000;
    private const int ItemBits = 16;

    private readonly Action<int, int> _run;
    private readonly int[] _items;

    // The number of the phase, counted on from work to work, and in the lowest bits the next item: an item is taken by
    // counting it on, which fails for a helper that has slept over the end of a phase. Before and after the phases of each work
    // comes one in which there is nothing to do.
    private long _claim;
    private int _done;
    private int _helpers;

    /// <param name="phases">The number of phases.</param>
    /// <param name="run">Does an item: called with the phase, from 0, and the item. Must not throw.</param>
    public PhasedWork(int phases, Action<int, int> run)
    {
        _run = run;
        _items = new int[phases];
    }

    /// <summary>[phase]: the number of its items, at least one; not to be changed while work is going on.</summary>
    public int[] Items => _items;

    /// <summary>Does all phases.</summary>
    /// <param name="helpers">How many threads of the pool may help.</param>
    public void Run(int helpers)
    {
        for (int missing = helpers - Volatile.Read(ref _helpers); missing > 0; missing--)
        {
            Interlocked.Increment(ref _helpers);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        Volatile.Write(ref _claim, NextPhase(_claim));
        var spinner = new SpinWait();
        int spins = 0;
        while (true)
        {
            long claim = Volatile.Read(ref _claim);
            if (TryRun(claim))
            {
                spins = 0;
            }
            else if (PhaseOf(claim) < 0)
            {
                return;
            }
            else if (spins++ < SpinsForNextWork)
            {
                Thread.SpinWait(1);
            }
            else
            {
                spinner.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        // Who comes too late for any work does not wait for more.
        int spins = 0, patience = 1;
        while (spins < patience)
        {
            long claim = Volatile.Read(ref _claim);
            if (TryRun(claim))
            {
                spins = 0;
            }
            else
            {
                spins++;
                Thread.SpinWait(1);
            }

            patience = PhaseOf(claim) >= 0 ? SpinsForNextPhase : patience > 1 ? SpinsForNextWork : 1;
        }

        Interlocked.Decrement(ref _helpers);
    }

    private static long NextPhase(long claim) => (claim >> ItemBits) + 1 << ItemBits;

    /// <summary>The phase, or −1 when nothing is going on.</summary>
    private int PhaseOf(long claim) => (int)((claim >> ItemBits) % (_items.Length + 1)) - 1;

    private bool TryRun(long claim)
    {
        int phase = PhaseOf(claim), item = (int)(claim & ((1 << ItemBits) - 1));
        if (phase < 0 || item >= _items[phase] || Interlocked.CompareExchange(ref _claim, claim + 1, claim) != claim)
        {
            return false;
        }

        _run(phase, item);
        if (Interlocked.Increment(ref _done) == _items[phase])
        {
            _done = 0;
            Volatile.Write(ref _claim, NextPhase(claim));
        }

        return true;
    }
}
