namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Things that a caller needs for itself while it predicts, kept for the next one. There are as many as callers were ever at work at
/// once, whatever their threads; a core gets back what it had last, which may still be in its cache. Any number of threads may use it.
/// </summary>
/// <param name="make">Makes one more; called when all are in use.</param>
internal sealed class WorkspacePool<T>(Func<T> make) : IDisposable
    where T : class
{
    private readonly Lock _gate = new();
    private (T Item, int Core)[] _free = new (T, int)[4];
    private int _count;
    private bool _isDisposed;

    /// <summary>Takes one out; the caller gives it back by <see cref="Return"/>.</summary>
    public T Take()
    {
        int core = Thread.GetCurrentProcessorId();
        lock (_gate)
        {
            if (_count > 0)
            {
                int place = _count - 1;
                for (int candidate = place; candidate >= 0; candidate--)
                {
                    if (_free[candidate].Core == core)
                    {
                        place = candidate;
                        break;
                    }
                }

                var item = _free[place].Item;
                _free[place] = _free[--_count];
                _free[_count] = default;
                return item;
            }
        }

        return make();
    }

    /// <summary>Gives back what <see cref="Take"/> gave.</summary>
    public void Return(T item)
    {
        int core = Thread.GetCurrentProcessorId();
        lock (_gate)
        {
            if (!_isDisposed)
            {
                if (_count == _free.Length)
                {
                    Array.Resize(ref _free, 2 * _count);
                }

                _free[_count++] = (item, core);
                return;
            }
        }

        (item as IDisposable)?.Dispose();
    }

    /// <summary>Disposes all that is not in use, and from now on all that is given back: who is at work finishes it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            for (int place = 0; place < _count; place++)
            {
                (_free[place].Item as IDisposable)?.Dispose();
                _free[place] = default;
            }

            _count = 0;
        }
    }
}
