using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MLNet.RandomPruning.Tool;

/// <summary>A command whose help ends with notes and examples, which the list of commands does without.</summary>
internal abstract class ToolCommand(string name, string summary, string notes) : Command(name, summary)
{
    /// <summary>What the help says below the options.</summary>
    public string Notes => notes;
}

/// <summary>Shows the usual help, and below it the notes of the command.</summary>
internal sealed class HelpWithNotes(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        string? notes = parseResult.CommandResult.Command switch
        {
            ToolCommand command => command.Notes,
            RootCommand => RandPrune.Notes,
            _ => null,
        };
        if (notes is not null)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(notes);
        }

        return code;
    }
}
