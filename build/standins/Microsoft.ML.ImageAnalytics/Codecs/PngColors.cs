using System.Buffers.Binary;

namespace Microsoft.ML.ImageCodecs;

/// <summary>Turns the samples of a PNG row into blue, green, red and alpha bytes.</summary>
internal sealed class PngColors
{
    private readonly PngHeader _header;
    private readonly byte[] _palette;
    private readonly byte[] _paletteAlpha;

    /// <summary>The one colour that is fully transparent, at the file's own depth; −1 for none.</summary>
    private readonly (int Red, int Green, int Blue) _transparent = (-1, -1, -1);

    public PngColors(PngHeader header, byte[] palette, byte[] transparency)
    {
        _header = header;
        if (header.ColorType == PngFormat.Indexed)
        {
            if (palette is null || palette.Length == 0 || palette.Length % 3 != 0 || palette.Length / 3 > 1 << header.BitDepth)
            {
                throw new InvalidDataException(
                    $"its PNG palette is {(palette is null ? "missing" : $"{palette.Length} bytes long")}; it takes 3 bytes for each of 1 to {1 << header.BitDepth} colours.");
            }

            _palette = palette;
            _paletteAlpha = transparency ?? [];
            if (_paletteAlpha.Length > palette.Length / 3)
            {
                throw new InvalidDataException("its PNG transparency chunk has more entries than its palette.");
            }
        }
        else if (transparency is not null)
        {
            _transparent = ReadTransparentColor(header, transparency);
        }
    }

    /// <summary>Writes pixel <paramref name="index"/> of an unfiltered row.</summary>
    public void WritePixel(ReadOnlySpan<byte> row, int index, Span<byte> bgra)
    {
        switch (_header.ColorType)
        {
            case PngFormat.Grayscale:
                int gray = Sample(row, index);
                bgra[0] = bgra[1] = bgra[2] = ToByte(gray);
                bgra[3] = gray == _transparent.Red ? (byte)0 : (byte)255;
                break;
            case PngFormat.GrayscaleAlpha:
                bgra[0] = bgra[1] = bgra[2] = ToByte(Sample(row, index * 2));
                bgra[3] = ToByte(Sample(row, index * 2 + 1));
                break;
            case PngFormat.Indexed:
                WritePaletteColor(Sample(row, index), bgra);
                break;
            default:
                int first = index * _header.Channels;
                int red = Sample(row, first);
                int green = Sample(row, first + 1);
                int blue = Sample(row, first + 2);
                bgra[0] = ToByte(blue);
                bgra[1] = ToByte(green);
                bgra[2] = ToByte(red);
                bgra[3] = _header.ColorType == PngFormat.TruecolorAlpha ? ToByte(Sample(row, first + 3))
                    : (red, green, blue) == _transparent ? (byte)0 : (byte)255;
                break;
        }
    }

    private void WritePaletteColor(int index, Span<byte> bgra)
    {
        int entry = index * 3;
        if (entry >= _palette.Length)
        {
            throw new InvalidDataException($"a pixel has colour {index}, but its PNG palette has {_palette.Length / 3} colours.");
        }

        bgra[0] = _palette[entry + 2];
        bgra[1] = _palette[entry + 1];
        bgra[2] = _palette[entry];
        bgra[3] = index < _paletteAlpha.Length ? _paletteAlpha[index] : (byte)255;
    }

    private int Sample(ReadOnlySpan<byte> row, int index)
    {
        int depth = _header.BitDepth;
        if (depth == 8)
        {
            return row[index];
        }

        if (depth == 16)
        {
            return BinaryPrimitives.ReadUInt16BigEndian(row[(index * 2)..]);
        }

        // Smaller samples fill a byte from its high end.
        int bit = index * depth;
        return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }

    /// <summary>sample · 255 / (2^depth − 1), a whole number for up to 8 bits; of 16 bits the upper 8.</summary>
    private byte ToByte(int sample)
    {
        if (_header.BitDepth == 16)
        {
            return (byte)(sample >> 8);
        }

        int largest = (1 << _header.BitDepth) - 1;
        return (byte)(sample * 255 / largest);
    }

    private static (int Red, int Green, int Blue) ReadTransparentColor(in PngHeader header, byte[] data)
    {
        int samples = header.ColorType switch
        {
            PngFormat.Grayscale => 1,
            PngFormat.Truecolor => 3,
            _ => throw new InvalidDataException("it has a PNG transparency chunk beside an alpha channel."),
        };
        if (data.Length != samples * 2)
        {
            throw new InvalidDataException($"its PNG transparency chunk is {data.Length} bytes long instead of {samples * 2}.");
        }

        int red = BinaryPrimitives.ReadUInt16BigEndian(data);
        return samples == 1
            ? (red, red, red)
            : (red, BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(2)), BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(4)));
    }
}
