using System.Buffers.Binary;

namespace StandaloneScoring.Images;

/// <summary>Turns the samples of a PNG file's rows into red, green and blue, on white where they are transparent.</summary>
internal sealed class PngPixels
{
    private const int Opaque = 255;

    private readonly PngHeader _header;

    // [entry]: red, green, blue and alpha.
    private readonly byte[] _palette = [];

    // The samples of the one colour that counts as transparent; none when empty.
    private readonly int[] _key = [];

    /// <param name="header">The file's header.</param>
    /// <param name="palette">Its PLTE chunk; empty when it has none.</param>
    /// <param name="transparency">Its tRNS chunk; empty when it has none.</param>
    /// <exception cref="InvalidDataException">A chunk has another length than it must have.</exception>
    public PngPixels(PngHeader header, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> transparency)
    {
        _header = header;
        if (header.Colour == PngHeader.Palette)
        {
            int entries = palette.Length / RgbImage.Channels;
            if (palette.Length % RgbImage.Channels != 0 || entries is 0 or > 256)
            {
                throw new InvalidDataException($"its palette has {palette.Length} bytes, but must have three for each of 1 to 256 colours");
            }

            _palette = new byte[4 * entries];
            for (int entry = 0; entry < entries; entry++)
            {
                palette.Slice(RgbImage.Channels * entry, RgbImage.Channels).CopyTo(_palette.AsSpan(4 * entry));
                _palette[4 * entry + 3] = entry < transparency.Length ? transparency[entry] : (byte)Opaque;
            }
        }
        else if (!transparency.IsEmpty && header.Colour is PngHeader.Grey or PngHeader.Rgb)
        {
            if (transparency.Length != 2 * header.Samples)
            {
                throw new InvalidDataException($"its tRNS chunk has {transparency.Length} bytes, but {2 * header.Samples} were expected");
            }

            _key = new int[header.Samples];
            for (int sample = 0; sample < _key.Length; sample++)
            {
                _key[sample] = BinaryPrimitives.ReadUInt16BigEndian(transparency[(2 * sample)..]);
            }
        }
    }

    /// <summary>Gives a pixel of a row.</summary>
    /// <param name="row">The row's bytes.</param>
    /// <param name="column">Which pixel of it.</param>
    /// <param name="rgb">Takes red, green and blue.</param>
    /// <exception cref="InvalidDataException">The palette does not have its colour.</exception>
    public void Convert(ReadOnlySpan<byte> row, int column, Span<byte> rgb)
    {
        int first = column * _header.Samples;
        switch (_header.Colour)
        {
            case PngHeader.Palette:
                int entry = Sample(row, column);
                if (4 * entry >= _palette.Length)
                {
                    throw new InvalidDataException($"one of its pixels has colour {entry} of a palette of {_palette.Length / 4}");
                }

                var colour = _palette.AsSpan(4 * entry, 4);
                Store(colour[0], colour[1], colour[2], colour[3], rgb);
                break;
            case PngHeader.Grey or PngHeader.GreyAlpha:
                int grey = ToByte(Sample(row, first));
                Store(grey, grey, grey, _header.Colour == PngHeader.GreyAlpha ? ToByte(Sample(row, first + 1)) : AlphaByKey(row, first), rgb);
                break;
            default:
                Store(
                    ToByte(Sample(row, first)), ToByte(Sample(row, first + 1)), ToByte(Sample(row, first + 2)),
                    _header.Colour == PngHeader.RgbAlpha ? ToByte(Sample(row, first + 3)) : AlphaByKey(row, first), rgb);
                break;
        }
    }

    private static void Store(int red, int green, int blue, int alpha, Span<byte> rgb)
    {
        rgb[0] = OnWhite(red, alpha);
        rgb[1] = OnWhite(green, alpha);
        rgb[2] = OnWhite(blue, alpha);
    }

    private static byte OnWhite(int value, int alpha) => (byte)((value * alpha + 255 * (Opaque - alpha) + Opaque / 2) / Opaque);

    private int AlphaByKey(ReadOnlySpan<byte> row, int first)
    {
        for (int sample = 0; sample < _key.Length; sample++)
        {
            if (Sample(row, first + sample) != _key[sample])
            {
                return Opaque;
            }
        }

        return _key.Length > 0 ? 0 : Opaque;
    }

    /// <summary>A sample as it stands in the file, of 1 to 16 bits.</summary>
    private int Sample(ReadOnlySpan<byte> row, int index)
    {
        switch (_header.Depth)
        {
            case 8:
                return row[index];
            case 16:
                return BinaryPrimitives.ReadUInt16BigEndian(row[(2 * index)..]);
            default:
                int bit = index * _header.Depth;
                return row[bit / 8] >> (8 - _header.Depth - bit % 8) & _header.Largest;
        }
    }

    private int ToByte(int sample) => _header.Depth == 16 ? sample >> 8 : sample * 255 / _header.Largest;
}
