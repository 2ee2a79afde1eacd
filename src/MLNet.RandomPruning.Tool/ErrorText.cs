using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Tool;

/// <summary>What an exception says to the person at the command line.</summary>
internal static class ErrorText
{
    /// <summary>The message without what only a programmer makes sense of.</summary>
    public static string Of(Exception error)
    {
        // What a cursor or a task met arrives wrapped; the innermost says what was wrong.
        error = CursorErrors.CauseOf(error);
        while (error is AggregateException { InnerExceptions.Count: 1 } or System.Reflection.TargetInvocationException && error.InnerException is not null)
        {
            error = CursorErrors.CauseOf(error.InnerException!);
        }

        return error switch
        {
            OutOfMemoryException => "There is not enough memory. Take a smaller --batch, a smaller network, or --subset.",
            ArgumentException { ParamName: { } name } => error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
            _ => error.Message,
        };
    }
}
