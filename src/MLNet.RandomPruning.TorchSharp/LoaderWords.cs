using System.Reflection;
using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.Torch;

/// <summary>
/// Why TorchSharp's native library could not be loaded, in the system's own words. TorchSharp itself tells where it looked, at
/// length, but not what the system said of the file that it found.
/// </summary>
internal static class LoaderWords
{
    private const string Library = "LibTorchSharp";

    /// <summary>What to say of a failure: the system's words where there are any, else the first line of the exception's.</summary>
    public static string Explain(Exception failure, Assembly torchSharp)
    {
        string? cause = null;
        try
        {
            // Loading it once more is what makes the runtime say what went wrong.
            NativeLibrary.Load(Library, torchSharp, searchPath: null);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            cause = CauseIn(exception.Message);
        }

        return cause ?? FirstLine(failure);
    }

    /// <summary>The line of the runtime's message that tells of a file that is there and cannot be loaded; null where none does.</summary>
    internal static string? CauseIn(string message) => message
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Skip(1)
        .FirstOrDefault(line => line.Contains(": ", StringComparison.Ordinal) && !IsAboutAPlaceWithoutIt(line));

    private static bool IsAboutAPlaceWithoutIt(string line)
    {
        int end = line.IndexOf(": ", StringComparison.Ordinal);
        bool itself = Path.GetFileNameWithoutExtension(line[..end]) is Library or "lib" + Library;
        return itself && line.Contains("No such file", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The first line of the innermost exception's message.</summary>
    internal static string FirstLine(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message.Split('\n', 2)[0].TrimEnd();
    }
}
