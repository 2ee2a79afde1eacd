using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>Files of nothing but numbers.</summary>
internal static class RawFile
{
    public static void Write<T>(string path, ReadOnlySpan<T> values)
        where T : unmanaged => File.WriteAllBytes(path, MemoryMarshal.AsBytes(values));

    /// <exception cref="InvalidDataException">There are more or fewer values.</exception>
    public static T[] Read<T>(string path, int count)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(path));
        return values.Length == count ? values.ToArray() : throw new InvalidDataException($"'{path}' holds {values.Length} values instead of {count}.");
    }
}
