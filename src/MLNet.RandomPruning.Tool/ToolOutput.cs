using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool;

/// <summary>
/// Where a command writes. Its result goes to standard output, for people or as one line of JSON; progress, warnings and errors go
/// to standard error, so that standard output can be piped.
/// </summary>
internal sealed class ToolOutput(TextWriter output, TextWriter error)
{
    // Tables in files and pipes have no colours, and are not folded to the 80 columns that are assumed where there is no terminal.
    private const int WidthWithoutTerminal = 160;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Lazy<IAnsiConsole> _outConsole = new(() => Console(output));
    private readonly Lazy<IAnsiConsole> _errorConsole = new(() => Console(error));

    /// <summary>Standard output.</summary>
    public TextWriter Out { get; } = output;

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Standard output with tables and, on a terminal, colours.</summary>
    public IAnsiConsole OutConsole => _outConsole.Value;

    /// <summary>Standard error with tables and, on a terminal, colours and live progress.</summary>
    public IAnsiConsole ErrorConsole => _errorConsole.Value;

    /// <summary>The process's own output.</summary>
    public static ToolOutput Standard()
    {
        if (OperatingSystem.IsWindows())
        {
            // Elsewhere it is so anyway; names of classes and files may hold any letter.
            System.Console.OutputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        return new ToolOutput(System.Console.Out, System.Console.Error);
    }

    /// <summary>Writes a result as one line of JSON.</summary>
    public void WriteJson<T>(T result) => Out.WriteLine(JsonSerializer.Serialize(result, Json));

    /// <summary>Says what went wrong, in one line.</summary>
    public void WriteError(string message) => Error.WriteLine($"error: {OneLine(message)}");

    /// <summary>Says what the user should know although the command goes on, in one line.</summary>
    public void WriteWarning(string message) => Error.WriteLine($"warning: {OneLine(message)}");

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static IAnsiConsole Console(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = WidthWithoutTerminal;
            console.Profile.Capabilities.Ansi = false;
            console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        }

        return console;
    }
}
