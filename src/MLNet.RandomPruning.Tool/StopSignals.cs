using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.Tool;

/// <summary>
/// Turns the first Ctrl+C (SIGINT), or a SIGTERM, into a cancellation, so that work ends in order. From the second on they do what
/// they always do, which is to end the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly Action _stopping;
    private readonly Action _quitting;
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    /// <param name="stopping">Told of the first signal, on a thread of the signal's own.</param>
    /// <param name="quitting">Told when the process is about to end.</param>
    public StopSignals(Action stopping, Action quitting)
    {
        _stopping = stopping;
        _quitting = quitting;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _received) > 1)
        {
            _quitting();
            return;
        }

        context.Cancel = true;
        _stopping();
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The signal came just after the work had ended.
        }
    }
}
