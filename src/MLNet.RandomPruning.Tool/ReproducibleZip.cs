using System.IO.Compression;

namespace MLNet.RandomPruning.Tool;

/// <summary>
/// Takes out of a zip archive what differs from one writing to the next although the content is the same: the time of each entry,
/// and how hard the compressor of the machine at hand tried. Entries are stored as they are: they are weights, which hardly get
/// smaller.
/// </summary>
internal static class ReproducibleZip
{
    // The first moment that a zip archive can name.
    private static readonly DateTimeOffset Time = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the same entries, in the same order, under the same names.</summary>
    public static MemoryStream Rewrite(Stream archive)
    {
        var rewritten = new MemoryStream();
        using var source = new ZipArchive(archive, ZipArchiveMode.Read, leaveOpen: true);
        using (var target = new ZipArchive(rewritten, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in source.Entries)
            {
                var copy = target.CreateEntry(entry.FullName, CompressionLevel.NoCompression);
                copy.LastWriteTime = Time;
                using var from = entry.Open();
                using var to = copy.Open();
                from.CopyTo(to);
            }
        }

        rewritten.Position = 0;
        return rewritten;
    }
}
