using System.IO.Compression;

namespace Microsoft.ML;

/// <summary>A model archive being read. What it throws names the entry and says that the archive is damaged.</summary>
internal sealed class RepositoryReader : IDisposable
{
    // An entry above this size is unpacked to a temporary file, so that a large model does not need twice its size in memory.
    private const long LargestInMemory = 64L << 20;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Opens an archive on a stream, which stays open.</summary>
    public RepositoryReader(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead)
        {
            throw new ArgumentException("The stream that a model is loaded from cannot be read.", nameof(stream));
        }
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in _archive.Entries)
            {
                // Zip files of other hands may separate folders by a backslash.
                _entries[entry.FullName.Replace('\\', '/')] = entry;
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            _archive?.Dispose();
            throw new FormatException("The model cannot be read: it is not a zip archive, or it is truncated. Save it again with mlContext.Model.Save.", e);
        }
    }

    public bool Contains(string directory, string name) => _entries.ContainsKey(RepositoryWriter.Join(directory, name));

    /// <summary>The bytes of an entry as a stream that knows its length and can seek; or null where there is no such entry.</summary>
    public Stream OpenEntryOrNull(string directory, string name)
    {
        string path = RepositoryWriter.Join(directory, name);
        if (!_entries.TryGetValue(path, out ZipArchiveEntry entry))
        {
            return null;
        }

        Stream unpacked = entry.Length > LargestInMemory ? TemporaryFile() : new MemoryStream();
        try
        {
            Unpack(entry, unpacked, path);
            unpacked.Position = 0;
            return unpacked;
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    public void Dispose() => _archive.Dispose();

    private static void Unpack(ZipArchiveEntry entry, Stream target, string path)
    {
        uint crc = Crc32.Start;
        long length = 0;
        try
        {
            using Stream packed = entry.Open();
            byte[] buffer = new byte[81920];
            int read;
            while ((read = packed.Read(buffer, 0, buffer.Length)) > 0)
            {
                length += read;
                if (length > entry.Length)
                {
                    break;
                }
                crc = Crc32.Append(crc, buffer.AsSpan(0, read));
                target.Write(buffer, 0, read);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"The model cannot be read: its entry '{path}' is corrupt.", e);
        }
        if (length != entry.Length || Crc32.Finish(crc) != entry.Crc32)
        {
            throw new InvalidDataException($"The model cannot be read: its entry '{path}' is corrupt (its length or checksum is not the announced one).");
        }
    }

    private static FileStream TemporaryFile() => new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
        FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 81920, FileOptions.DeleteOnClose);
}
