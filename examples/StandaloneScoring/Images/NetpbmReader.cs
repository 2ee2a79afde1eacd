namespace StandaloneScoring.Images;

/// <summary>Reads binary PPM (P6, colour) and PGM (P5, grey) files of 8 or 16 bits.</summary>
internal static class NetpbmReader
{
    /// <summary>Whether a file begins like one of them.</summary>
    public static bool Knows(ReadOnlySpan<byte> file) =>
        file.Length > 2 && file[0] == 'P' && file[1] is (byte)'5' or (byte)'6' && IsSpace(file[2]);

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or cut short.</exception>
    public static RgbImage Read(ReadOnlySpan<byte> file)
    {
        int samples = file[1] == '6' ? 3 : 1;
        var rest = file[2..];
        int width = Number(ref rest, "its width"), height = Number(ref rest, "its height"), largest = Number(ref rest, "its largest value");
        if (largest is < 1 or > ushort.MaxValue)
        {
            throw new InvalidDataException($"its header gives {largest} as the largest value, which must be from 1 to {ushort.MaxValue}");
        }

        // One byte of white space ends the header.
        rest = rest.IsEmpty ? rest : rest[1..];
        RgbImage.CheckSize(width, height);
        int sampleBytes = largest > byte.MaxValue ? 2 : 1;
        long expected = (long)width * height * samples * sampleBytes;
        if (rest.Length < expected)
        {
            throw new InvalidDataException($"it is cut short: {width}×{height} pixels take {expected} bytes, but {rest.Length} follow its header");
        }

        var image = RgbImage.Create(width, height);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            int sample = samples == 3 ? i : i / 3;
            int value = sampleBytes == 1 ? rest[sample] : rest[2 * sample] << 8 | rest[2 * sample + 1];
            image.Pixels[i] = (byte)((Math.Min(value, largest) * 255 + largest / 2) / largest);
        }

        return image;
    }

    private static int Number(ref ReadOnlySpan<byte> rest, string what)
    {
        while (!rest.IsEmpty && (IsSpace(rest[0]) || rest[0] == '#'))
        {
            int length = rest[0] == '#' ? rest.IndexOf((byte)'\n') : 1;
            rest = length < 0 ? default : rest[length..];
        }

        int value = 0, digits = 0;
        for (; digits < rest.Length && rest[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            if (value > 99_999_999)
            {
                throw new InvalidDataException($"its header gives a number of too many digits as {what}");
            }

            value = 10 * value + rest[digits] - '0';
        }

        if (digits == 0)
        {
            throw new InvalidDataException($"its header ends or has something else where {what} was expected");
        }

        rest = rest[digits..];
        return value;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\v' or (byte)'\f' or (byte)'\r';
}
