namespace MLNet.RandomPruning.Models;

/// <summary>Writes files that are there whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes a file under a temporary name in the same folder, flushes it to the disk and renames it. When anything fails
    /// the temporary file is removed and a file that was there before stays as it was.
    /// </summary>
    /// <param name="path">The file's path; its folder must exist.</param>
    /// <param name="kind">What the file is, for messages; for example <c>model</c>.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public static void Write(string path, string kind, Action<Stream> write)
    {
        var (full, inPlace) = Check(path, kind);
        string target = inPlace ? full : TemporaryName(full);
        try
        {
            using (var file = new FileStream(target, inPlace ? FileMode.Open : FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(file);
                file.Flush(flushToDisk: !inPlace);
            }

            if (!inPlace)
            {
                File.Move(target, full, overwrite: true);
            }
        }
        catch (Exception error)
        {
            if (!inPlace)
            {
                TryDelete(target);
            }

            if (error is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"The {kind} could not be written to '{path}': {error.Message}", error);
            }

            throw;
        }
    }

    /// <summary>Finds out before long work whether <see cref="Write"/> can make a file there; leaves nothing behind.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="kind">What the file is, for messages; for example <c>model</c>.</param>
    /// <exception cref="IOException">It cannot; the message names the path and the reason.</exception>
    public static void ThrowIfNotWritable(string path, string kind)
    {
        var (full, inPlace) = Check(path, kind);
        try
        {
            using var probe = inPlace
                ? new FileStream(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1)
                : new FileStream(TemporaryName(full), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new IOException($"The {kind} cannot be written to '{path}': {error.Message}", error);
        }
    }

    private static (string Full, bool InPlace) Check(string path, string kind)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string full = Path.GetFullPath(path);
        string? folder = Path.GetDirectoryName(full);
        if (folder is null || Directory.Exists(full))
        {
            throw new IOException($"The {kind} cannot be written to '{path}', which is a folder; name a file.");
        }

        if (!Directory.Exists(folder))
        {
            throw new IOException($"The {kind} cannot be written to '{path}': there is no folder '{folder}'.");
        }

        // A device file is written in place: renaming over it would remove the device.
        return (full, !OperatingSystem.IsWindows() && folder == "/dev" && File.Exists(full));
    }

    private static string TemporaryName(string full) => $"{full}.{Guid.NewGuid():N}.tmp";

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
        }
    }
}
