using System.Runtime.ExceptionServices;
using Microsoft.ML;

namespace MLNet.RandomPruning.Rows;

/// <summary>What goes wrong while ML.NET reads ahead.</summary>
internal static class CursorErrors
{
    /// <summary>
    /// Moves a cursor on. Many stages of ML.NET are computed on other threads, some rows ahead; what goes wrong there comes out here, in an
    /// error that says only that something did.
    /// </summary>
    /// <exception cref="InvalidDataException">What went wrong, if a stage was at fault: in its own words where they name a row, else after the place at which the cursor stood.</exception>
    public static bool MoveNextOrExplain(this DataViewRowCursor cursor)
    {
        try
        {
            return cursor.MoveNext();
        }
        catch (InvalidOperationException e) when (IsWrapper(e))
        {
            var cause = CauseOf(e);
            if (cause is InvalidDataException or OperationCanceledException or OutOfMemoryException)
            {
                ExceptionDispatchInfo.Throw(cause);
            }

            throw new InvalidDataException($"The data cannot be read, at row {cursor.Position + 1} (counted from 0) or one after it: {cause.Message}", e);
        }
    }

    /// <summary>What went wrong, out of the errors in which ML.NET's own threads wrapped it.</summary>
    public static Exception CauseOf(Exception error)
    {
        while (IsWrapper(error))
        {
            error = error.InnerException!;
        }

        return error;
    }

    /// <summary>Whether an error is one in which ML.NET's own threads wrap what they met; others speak for themselves.</summary>
    private static bool IsWrapper(Exception error) =>
        error is InvalidOperationException { InnerException: not null } && error.Source == typeof(DataOperationsCatalog).Assembly.GetName().Name;
}
