using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>A page in Chromium without a window, driven through its DevTools protocol, which tells all that goes wrong in the page.</summary>
internal sealed class ChromiumPage : IAsyncDisposable
{
    private const string Listening = "DevTools listening on ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "chrome"];

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private Task _reader = Task.CompletedTask;
    private string? _session;
    private int _lastCall;

    private ChromiumPage(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>What the page's scripts and the browser complained of.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>The addresses that the page asked for.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>The browser's program; null where there is none.</summary>
    public static string? Program => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.SelectMany(name => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") })).FirstOrDefault(File.Exists);

    /// <summary>Starts the browser with an empty page; the test is skipped where there is no browser.</summary>
    public static async Task<ChromiumPage> Start()
    {
        if (Program is not { } program)
        {
            Assert.Inconclusive("There is no Chromium on the PATH, in which the page could be looked at; Debian's package is chromium.");
            throw new UnreachableException();
        }

        string profile = Directory.CreateTempSubdirectory("randprune-chromium-").FullName;
        var start = new ProcessStartInfo(
            program,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-extensions", "--no-first-run",
                "--window-size=1200,1600", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
            ]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var page = new ChromiumPage(Process.Start(start)!, profile);
        try
        {
            await page.Connect();
            return page;
        }
        catch
        {
            await page.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page and waits until an expression in it is true.</summary>
    public async Task Open(string file, string until)
    {
        await Call("Page.navigate", new JsonObject { ["url"] = new Uri(file).AbsoluteUri });
        var clock = Stopwatch.StartNew();
        while (!await Evaluate<bool>($"Boolean({until})"))
        {
            Assert.IsTrue(clock.Elapsed < Patience, $"'{until}' is not true. {string.Join(" | ", _problems)}");
            await Task.Delay(100);
        }
    }

    /// <summary>What an expression in the page gives.</summary>
    public async Task<T> Evaluate<T>(string expression)
    {
        var answer = await Call("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.IsFalse(answer.TryGetProperty("exceptionDetails", out var details), $"{expression}: {details}");
        return answer.GetProperty("result").GetProperty("value").Deserialize<T>()!;
    }

    /// <summary>Shows the page as one with a dark scheme, or as it is printed.</summary>
    public Task Emulate(string scheme, string media) => Call("Emulation.setEmulatedMedia", new JsonObject
    {
        ["media"] = media, ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }),
    });

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        try
        {
            await _reader;
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            // The browser is about to go.
        }

        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _stop.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A process of the browser may still be writing; the folder is in the system's temporary one.
        }
    }

    private async Task Connect()
    {
        using var patience = new CancellationTokenSource(Patience);
        string? address = null;
        while (address is null)
        {
            string line = await _process.StandardError.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The browser ended before it had begun.");
            address = line.StartsWith(Listening, StringComparison.Ordinal) ? line[Listening.Length..].Trim() : null;
        }

        // Neither pipe may fill up.
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await _socket.ConnectAsync(new Uri(address), patience.Token);
        _reader = Task.Run(Read);
        var target = await Call("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        var attached = await Call("Target.attachToTarget", new JsonObject { ["targetId"] = target.GetProperty("targetId").GetString(), ["flatten"] = true });
        _session = attached.GetProperty("sessionId").GetString();
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" })
        {
            await Call($"{domain}.enable", []);
        }
    }

    private async Task<JsonElement> Call(string method, JsonObject parameters)
    {
        int id = Interlocked.Increment(ref _lastCall);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = answer;
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _stop.Token);
        return await answer.Task.WaitAsync(Patience);
    }

    private async Task Read()
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        while (_socket.State == WebSocketState.Open)
        {
            var part = await _socket.ReceiveAsync(buffer, _stop.Token);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                Take(JsonDocument.Parse(message.ToArray()).RootElement);
                message.SetLength(0);
            }
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out var id))
        {
            if (_calls.TryRemove(id.GetInt32(), out var call))
            {
                if (message.TryGetProperty("error", out var error))
                {
                    call.SetException(new InvalidOperationException(error.ToString()));
                }
                else
                {
                    call.SetResult(message.GetProperty("result"));
                }
            }

            return;
        }

        var parameters = message.GetProperty("params");
        switch (message.GetProperty("method").GetString())
        {
            case "Runtime.exceptionThrown":
                _problems.Enqueue(parameters.GetProperty("exceptionDetails").ToString());
                break;
            case "Runtime.consoleAPICalled" when parameters.GetProperty("type").GetString() is "error" or "warning" or "assert":
                _problems.Enqueue(parameters.GetProperty("args").ToString());
                break;
            case "Log.entryAdded" when parameters.GetProperty("entry").GetProperty("level").GetString() is "error" or "warning":
                _problems.Enqueue(parameters.GetProperty("entry").ToString());
                break;
            case "Network.requestWillBeSent":
                _requests.Enqueue(parameters.GetProperty("request").GetProperty("url").GetString()!);
                break;
        }
    }
}
