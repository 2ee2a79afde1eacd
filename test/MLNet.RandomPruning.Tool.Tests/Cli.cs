using System.Text.Json;
using System.Text.RegularExpressions;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>Runs the tool in this process, with what it writes caught.</summary>
internal static partial class Cli
{
    public static CliResult Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = RandPrune.Run(args, new ToolOutput(output, error));
        return new CliResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command that must succeed and print one JSON object on standard output and nothing else.</summary>
    public static JsonElement RunJson(params string[] args)
    {
        var result = Run([.. args, "--json"]);
        Assert.AreEqual(0, result.Code, result.Error);
        return result.Json;
    }

    /// <summary>Runs a command that must fail with an error for people, and with nothing on standard output.</summary>
    public static string RunFailing(int code, params string[] args)
    {
        var result = Run(args);
        Assert.AreEqual(code, result.Code, result.Error);
        Assert.AreEqual("", result.Out);
        Assert.IsFalse(StackTrace().IsMatch(result.Error), result.Error);
        string line = result.Error.Split('\n').First(text => text.StartsWith("error: ", StringComparison.Ordinal));
        return line.TrimEnd('\r');
    }

    [GeneratedRegex(@"^\s+at \w", RegexOptions.Multiline)]
    private static partial Regex StackTrace();
}

/// <summary>What a run of the tool gave.</summary>
internal sealed record CliResult(int Code, string Out, string Error)
{
    /// <summary>The object on the only line of standard output.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.AreEqual(Out.Length - Environment.NewLine.Length, Out.IndexOf(Environment.NewLine, StringComparison.Ordinal), Out);
            return JsonDocument.Parse(Out).RootElement;
        }
    }
}

/// <summary>A folder that goes when the test is over.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("randprune-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
