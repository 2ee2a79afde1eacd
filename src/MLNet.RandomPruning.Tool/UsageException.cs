using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary>The command line asks for what cannot be, which showed only after it was read: options that do not go together, or do not fit the data.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Tells what is wrong with a command line from what goes wrong in the work.</summary>
internal static class Usage
{
    /// <summary>Does what the library refuses only where options do not go together or do not fit the data.</summary>
    /// <exception cref="UsageException">It was refused.</exception>
    public static T Check<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ArgumentException error) when (error is not PruningBudgetException)
        {
            throw new UsageException(ErrorText.Of(error));
        }
    }
}
