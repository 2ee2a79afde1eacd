using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>Runs the tool as a process of its own, for signals.</summary>
internal sealed partial class ToolProcess : IDisposable
{
    public const int Interrupt = 2, Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly SemaphoreSlim _line = new(0);
    private readonly Task<string> _output;

    public ToolProcess(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "randprune.dll"));
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
            {
                _error.AppendLine(line.Data);
            }

            _line.Release();
        };
        _process.BeginErrorReadLine();
        _output = _process.StandardOutput.ReadToEndAsync();
    }

    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>Waits until standard error has the text.</summary>
    public void WaitFor(string text)
    {
        while (!Error.Contains(text, StringComparison.Ordinal))
        {
            Assert.IsTrue(_line.Wait(Patience), $"no '{text}' in: {Error}");
            Assert.IsFalse(_process.HasExited && !Error.Contains(text, StringComparison.Ordinal), $"ended without '{text}': {Error}");
        }
    }

    public void Signal(int signal) => Assert.AreEqual(0, Kill(_process.Id, signal));

    /// <summary>Ends the process in the way that no process can do anything about.</summary>
    public void KillAtOnce()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public CliResult Wait()
    {
        Assert.IsTrue(_process.WaitForExit(Patience), Error);
        _process.WaitForExit();
        return new CliResult(_process.ExitCode, _output.GetAwaiter().GetResult(), Error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            KillAtOnce();
        }

        _process.Dispose();
        _line.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
