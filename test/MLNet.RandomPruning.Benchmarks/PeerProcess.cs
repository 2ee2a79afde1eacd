using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>A peer cannot be started, or did not do what it was asked to.</summary>
internal sealed class PeerException(string message) : Exception(message);

/// <summary>
/// Another program that is measured, in a process of its own: one line of JSON asks, one answers, and in between the process is
/// idle. Its errors are kept, and shown when it ends unasked.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private const int KeptErrorLines = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _name;
    private readonly Process _process;
    private readonly Queue<string> _errors = new();
    private readonly CancellationToken _cancellationToken;

    /// <summary>Starts a peer.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables of its environment, next to those of this process.</param>
    /// <param name="cancellationToken">Ends waiting for an answer.</param>
    /// <exception cref="PeerException">It cannot be started.</exception>
    public PeerProcess(
        string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        _name = name;
        _cancellationToken = cancellationToken;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new PeerException($"{name} cannot be started, as '{program}' does not run: {error.Message}. build/bench.sh installs what is needed.");
        }

        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                if (!string.IsNullOrWhiteSpace(line.Data))
                {
                    _errors.Enqueue(line.Data);
                    if (_errors.Count > KeptErrorLines)
                    {
                        _errors.Dequeue();
                    }
                }
            }
        };
        _process.BeginErrorReadLine();
    }

    /// <summary>Asks for versions, which is the first thing that a peer is asked; ends it where it does not answer.</summary>
    public JsonElement Greet()
    {
        try
        {
            return Ask("hello");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <exception cref="PeerException">It answers with an error, not at all, or with what is no JSON.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public JsonElement Ask(string operation, JsonObject? details = null)
    {
        var request = details ?? [];
        request["op"] = operation;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            _process.StandardInput.WriteLine(request.ToJsonString());
            _process.StandardInput.Flush();
            string line = _process.StandardOutput.ReadLineAsync(limit.Token).AsTask().GetAwaiter().GetResult() ?? throw Ended(operation);
            var answer = JsonDocument.Parse(line).RootElement;
            return answer.TryGetProperty("error", out var error) ? throw new PeerException($"{_name} could not {operation}: {error.GetString()}") : answer;
        }
        catch (IOException)
        {
            throw Ended(operation);
        }
        catch (JsonException)
        {
            throw new PeerException($"{_name} answered to {operation} with what is no JSON.");
        }
        catch (OperationCanceledException) when (!_cancellationToken.IsCancellationRequested)
        {
            throw new PeerException($"{_name} did not answer to {operation} within {Patience.TotalMinutes:F0} minutes.");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private PeerException Ended(string operation)
    {
        _process.WaitForExit(TimeSpan.FromSeconds(5));
        lock (_errors)
        {
            return new PeerException($"{_name} ended when asked to {operation}. It said: {(_errors.Count == 0 ? "nothing" : string.Join(" | ", _errors))}");
        }
    }
}
