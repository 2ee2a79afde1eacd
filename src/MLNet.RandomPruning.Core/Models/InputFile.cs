namespace MLNet.RandomPruning.Models;

/// <summary>Reads files, so that what goes wrong names them.</summary>
internal static class InputFile
{
    /// <summary>Opens a file and reads it.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="kind">What the file is, for messages; for example <c>model</c>.</param>
    /// <param name="read">Reads the content.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The content cannot be used; the message names the path and says what is wrong and where.</exception>
    public static T Read<T>(string path, string kind, Func<Stream, T> read)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return read(stream);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"The {kind} file '{path}' cannot be used. {error.Message}", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"The {kind} file '{path}' cannot be read: {error.Message}", error);
        }
    }
}
