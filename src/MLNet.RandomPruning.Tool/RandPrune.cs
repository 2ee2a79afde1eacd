using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Tool.Benchmarking;
using MLNet.RandomPruning.Tool.Evaluating;
using MLNet.RandomPruning.Tool.Exporting;
using MLNet.RandomPruning.Tool.Importing;

namespace MLNet.RandomPruning.Tool;

/// <summary>The command line: reads it, runs the command that it names and turns what goes wrong into a line and an exit code.</summary>
internal static class RandPrune
{
    /// <summary>The command did what it was asked to.</summary>
    public const int Success = 0;

    /// <summary>The command failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int BadUsage = 2;

    /// <summary>What the help of the whole tool says below the list of commands.</summary>
    public const string Notes = """
        A quick start, without any data of your own:
          randprune train --data generated --network ResNet-8-8 --sparsity 0.8 --epochs 10 --out model.zip
          randprune evaluate --model model.zip --data generated
          randprune score --model model.zip photo.png

        Exit codes: 0 done, 1 failed (one line on standard error says why), 2 bad usage.
        With --json, standard output ends with one JSON object on one line, and everything else goes to
        standard error.
        """;

    private const string Description = "Train, prune, inspect, evaluate, score and export randomly pruned networks: image classifiers of which most weights never exist.";

    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> args, ToolOutput output)
    {
        var root = CreateCommand(output);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            foreach (string message in UsageErrors(parsed))
            {
                output.WriteError(message);
            }

            output.Error.WriteLine($"See '{CommandLine(parsed)} --help'.");
            return BadUsage;
        }

        try
        {
            // Signals are the business of the commands that take long.
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = output.Out, Error = output.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            });
        }
        catch (Exception error) when (error is UsageException or PruningBudgetException)
        {
            output.WriteError(ErrorText.Of(error));
            return BadUsage;
        }
        catch (Exception error)
        {
            output.WriteError(ErrorText.Of(error));
            return Failed;
        }
    }

    /// <summary>The root command with all commands below it.</summary>
    public static RootCommand CreateCommand(ToolOutput output)
    {
        var root = new RootCommand(Description)
        {
            new InspectCommand(output),
            new MaskCommand(output),
            new TrainCommand(output),
            new PruneCommand(output),
            new EvaluateCommand(output),
            new ScoreCommand(output),
            new ExportCommand(output),
            new ImportCommand(output),
            new BenchCommand(output),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithNotes((HelpAction)help.Action!);
        return root;
    }

    private static IEnumerable<string> UsageErrors(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is not RootCommand root)
        {
            // What follows an unknown option is unknown as well, and no news.
            var known = parsed.Errors.Select(error => error.Message).Where(message => !parsed.UnmatchedTokens.Any(token => message.EndsWith($"'{token}'.", StringComparison.Ordinal)));
            return parsed.UnmatchedTokens is [var unknown, ..]
                ? [$"'{unknown}' is no option of 'randprune {parsed.CommandResult.Command.Name}'.", .. known.Distinct()]
                : known.Distinct();
        }

        string commands = string.Join(", ", root.Subcommands.Select(command => command.Name));
        return parsed.UnmatchedTokens is [var first, ..]
            ? [$"'{first}' is no command; the commands are {commands}."]
            : [$"no command is given; the commands are {commands}."];
    }

    private static string CommandLine(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "randprune" : $"randprune {parsed.CommandResult.Command.Name}";
}
