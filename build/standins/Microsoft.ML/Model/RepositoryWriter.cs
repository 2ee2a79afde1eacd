using System.IO.Compression;
using System.Text;

namespace Microsoft.ML;

/// <summary>A model archive being written: a zip file whose entries are written one after the other.</summary>
internal sealed class RepositoryWriter : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private bool _disposed;

    /// <summary>Starts an archive on a stream, which stays open.</summary>
    public RepositoryWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("The stream that a model is saved to cannot be written.", nameof(stream));
        }
        _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        WriteEntry("TrainingInfo", "Version.txt", s =>
        {
            using var text = new StreamWriter(s, new UTF8Encoding(false), leaveOpen: true);
            text.Write(typeof(RepositoryWriter).Assembly.FullName);
        });
    }

    /// <summary>Writes one entry; the action gets the stream of its bytes.</summary>
    public void WriteEntry(string directory, string name, Action<Stream> write)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        string path = Join(directory, name);
        if (!_names.Add(path))
        {
            throw new InvalidOperationException($"The model archive already has an entry '{path}'.");
        }
        using Stream stream = _archive.CreateEntry(path, CompressionLevel.Fastest).Open();
        write(stream);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _archive.Dispose();
        }
    }

    internal static string Join(string directory, string name) => string.IsNullOrEmpty(directory) ? name : directory + "/" + name;
}
