using System.Buffers.Binary;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>Changes bytes, whatever they mean.</summary>
internal static class ByteMutation
{
    private const int LongestInsertion = 4096;

    /// <summary>Changes a file in one place.</summary>
    public static byte[] Change(byte[] file, FuzzRandom random)
    {
        if (file.Length == 0)
        {
            return [random.Byte()];
        }

        // The header is a small part of a large file, and most of what can go wrong is in it.
        int headerEnd = file.Length < 8 ? file.Length : (int)Math.Min((ulong)file.Length, 8 + Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(file), int.MaxValue));
        int at = random.Next(random.Chance(0.6) ? headerEnd : file.Length);
        int length = Math.Min(random.Length(file.Length), file.Length - at);
        switch (random.Next(12))
        {
            case 0:
                return file[..at];
            case 1:
                return file[..random.Next(file.Length)];
            case 2:
                return [.. file[..at], .. file[(at + length)..]];
            case 3:
                return [.. file[..at], .. Enumerable.Range(0, random.Length(LongestInsertion)).Select(_ => random.Byte()), .. file[at..]];
            case 4:
                return [.. file[..(at + Math.Min(length, LongestInsertion))], .. file[at..]];
            case 5:
                return [.. file, .. Enumerable.Range(0, random.Length(LongestInsertion)).Select(_ => random.Byte())];
        }

        byte[] changed = [.. file];
        switch (random.Next(7))
        {
            case 0 when file.Length >= 8:
                ulong old = BinaryPrimitives.ReadUInt64LittleEndian(file);
                BinaryPrimitives.WriteUInt64LittleEndian(changed, random.Next(5) switch
                {
                    0 => random.Bits(),
                    1 => 1UL << random.Next(64),
                    2 => (ulong)random.Next(file.Length + 16),
                    3 => old + (ulong)random.Between(-16, 16),
                    _ => (ulong)file.Length - 8,
                });
                break;
            case 1:
                changed.AsSpan(at, length).Fill(random.Pick([(byte)0, (byte)0xff, (byte)' ', (byte)'"', (byte)'9', (byte)'[', (byte)0x7f]));
                break;
            case 2:
                int from = random.Next(file.Length - length + 1);
                file.AsSpan(from, length).CopyTo(changed.AsSpan(at));
                break;
            case 3:
                changed.AsSpan(at, length).Reverse();
                break;
            case 4:
                foreach (ref byte value in changed.AsSpan(at, Math.Min(length, 64)))
                {
                    value = random.Byte();
                }

                break;
            default:
                for (int flips = random.Length(16); flips > 0; flips--)
                {
                    changed[random.Chance(0.5) ? random.Next(headerEnd) : random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
                }

                break;
        }

        return changed;
    }

    /// <summary>The beginning of one file and the end of another.</summary>
    public static byte[] Splice(byte[] first, byte[] second, FuzzRandom random)
    {
        int cut = random.Next(first.Length + 1);
        int from = random.Chance(0.5) ? Math.Min(cut, second.Length) : random.Next(second.Length + 1);
        return [.. first[..cut], .. second[from..]];
    }
}
