using System;
using System.Collections.Generic;

namespace TorchSharp;

/// <summary>
/// Owns what is made on its thread until it is disposed itself, and then frees it. Scopes are nested: a new object belongs to the
/// innermost one.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope _current;

    private readonly DisposeScope _outer;
    private readonly HashSet<IDisposable> _owned = new(ReferenceEqualityComparer.Instance);
    private bool _isDisposed;

    private DisposeScope(DisposeScope outer) => _outer = outer;

    public int DisposablesCount => _owned.Count;

    internal static DisposeScope Current => _current;

    public bool Contains(IDisposable disposable) => _owned.Contains(disposable);

    /// <summary>Takes an object out of every scope: its maker frees it.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        Move(disposable, null);
        return disposable;
    }

    /// <summary>Hands an object to the next outer scope; without one its maker frees it.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        Move(disposable, _outer);
        return disposable;
    }

    /// <summary>Frees all that it owns and ends it. Scopes that are still open inside it end with it.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        while (_current is { } innermost && innermost != this && innermost.IsInside(this))
        {
            innermost.Dispose();
        }

        _isDisposed = true;
        var owned = new IDisposable[_owned.Count];
        _owned.CopyTo(owned);
        _owned.Clear();
        foreach (var disposable in owned)
        {
            disposable.Dispose();
        }

        if (_current == this)
        {
            _current = _outer;
        }
    }

    internal static DisposeScope Open() => _current = new DisposeScope(_current);

    internal void Own(torch.Tensor tensor)
    {
        _owned.Add(tensor);
        tensor.OwningDisposeScope = this;
    }

    internal void Forget(torch.Tensor tensor)
    {
        _owned.Remove(tensor);
        tensor.OwningDisposeScope = null;
    }

    private bool IsInside(DisposeScope scope)
    {
        for (var at = _outer; at is not null; at = at._outer)
        {
            if (at == scope)
            {
                return true;
            }
        }

        return false;
    }

    private void Move(IDisposable disposable, DisposeScope target)
    {
        if (disposable is torch.Tensor tensor && tensor.OwningDisposeScope == this)
        {
            Forget(tensor);
            target?.Own(tensor);
        }
    }
}
