using System.Buffers.Binary;
using System.Numerics;

namespace Microsoft.ML.ImageCodecs;

/// <summary>Reads uncompressed Windows bitmaps: 1, 4 and 8 bits with a palette, 24 and 32 bits, either way up; all are opaque.</summary>
internal static class BmpDecoder
{
    private const int FileHeaderLength = 14;
    private const int InfoHeaderLength = 40;
    private const uint Uncompressed = 0;
    private const uint BitFields = 3;

    public static bool Recognises(ReadOnlySpan<byte> encoded) => encoded.StartsWith("BM"u8);

    public static DecodedImage Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < FileHeaderLength + InfoHeaderLength)
        {
            throw new InvalidDataException($"it is cut off: a BMP header takes {FileHeaderLength + InfoHeaderLength} bytes, the file has {encoded.Length}.");
        }

        uint pixelStart = BinaryPrimitives.ReadUInt32LittleEndian(encoded[10..]);
        ReadOnlySpan<byte> info = encoded[FileHeaderLength..];
        uint headerLength = BinaryPrimitives.ReadUInt32LittleEndian(info);
        int width = BinaryPrimitives.ReadInt32LittleEndian(info[4..]);
        int signedHeight = BinaryPrimitives.ReadInt32LittleEndian(info[8..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(info[14..]);
        uint compression = BinaryPrimitives.ReadUInt32LittleEndian(info[16..]);
        if (headerLength < InfoHeaderLength || headerLength > info.Length)
        {
            throw new InvalidDataException($"its BMP header gives its own length as {headerLength}; it takes {InfoHeaderLength} or more, within the file.");
        }

        // A negative height says that the rows go from the top.
        long height = Math.Abs((long)signedHeight);
        DecodedImage.CheckSize(width, height);
        bool known = bits is 1 or 4 or 8 or 24 or 32 && (compression == Uncompressed || (compression == BitFields && bits == 32));
        if (!known)
        {
            throw new InvalidDataException($"its BMP header gives {bits} bits a pixel with compression {compression}; uncompressed 1, 4, 8, 24 and 32 bits are read.");
        }

        long stride = ((long)width * bits + 31) / 32 * 4;
        if (pixelStart < FileHeaderLength + headerLength || pixelStart + stride * height > encoded.Length)
        {
            throw new InvalidDataException(
                $"it is cut off: {width}×{height} pixels of {bits} bits from byte {pixelStart} do not fit into its {encoded.Length} bytes.");
        }

        PixelReader reader = bits <= 8 ? PixelReader.ForPalette(encoded, headerLength, pixelStart, bits)
            : compression == BitFields ? PixelReader.ForMasks(encoded, pixelStart)
            : PixelReader.ForBytes(bits);
        var bgra = new byte[width * height * 4];
        for (int y = 0; y < height; y++)
        {
            long stored = signedHeight < 0 ? y : height - 1 - y;
            ReadOnlySpan<byte> row = encoded.Slice((int)(pixelStart + stored * stride), (int)stride);
            for (int x = 0; x < width; x++)
            {
                reader.Read(row, x, bgra.AsSpan((y * width + x) * 4, 4));
            }
        }

        return new DecodedImage(width, (int)height, bgra);
    }

    /// <summary>Reads one pixel of a row in one of the layouts.</summary>
    private readonly ref struct PixelReader
    {
        private readonly int _bits;
        private readonly ReadOnlySpan<byte> _palette;
        private readonly uint _redMask;
        private readonly uint _greenMask;
        private readonly uint _blueMask;

        private PixelReader(int bits, ReadOnlySpan<byte> palette, uint red, uint green, uint blue)
        {
            _bits = bits;
            _palette = palette;
            (_redMask, _greenMask, _blueMask) = (red, green, blue);
        }

        /// <summary>24 bits, or 32 of which the last eight mean nothing.</summary>
        public static PixelReader ForBytes(int bits) => new(bits, default, 0, 0, 0);

        public static PixelReader ForPalette(ReadOnlySpan<byte> encoded, uint headerLength, uint pixelStart, int bits)
        {
            uint used = BinaryPrimitives.ReadUInt32LittleEndian(encoded[(FileHeaderLength + 32)..]);
            uint colors = used == 0 ? 1u << bits : used;
            long start = FileHeaderLength + headerLength;
            if (colors > 1u << bits || start + colors * 4 > pixelStart)
            {
                throw new InvalidDataException($"its BMP palette of {colors} colours does not fit before the pixels at byte {pixelStart}.");
            }

            return new PixelReader(bits, encoded.Slice((int)start, (int)colors * 4), 0, 0, 0);
        }

        public static PixelReader ForMasks(ReadOnlySpan<byte> encoded, uint pixelStart)
        {
            // The masks follow the 40 bytes that all headers begin with, inside longer headers and after the short one.
            const int masks = FileHeaderLength + InfoHeaderLength;
            if (pixelStart < masks + 12)
            {
                throw new InvalidDataException("its BMP header says that colour masks follow, but the pixels begin before them.");
            }

            uint red = BinaryPrimitives.ReadUInt32LittleEndian(encoded[masks..]);
            uint green = BinaryPrimitives.ReadUInt32LittleEndian(encoded[(masks + 4)..]);
            uint blue = BinaryPrimitives.ReadUInt32LittleEndian(encoded[(masks + 8)..]);
            if (red == 0 || green == 0 || blue == 0)
            {
                throw new InvalidDataException("one of its BMP colour masks is empty.");
            }

            return new PixelReader(0, default, red, green, blue);
        }

        public void Read(ReadOnlySpan<byte> row, int x, Span<byte> bgra)
        {
            bgra[3] = 255;
            switch (_bits)
            {
                case 0:
                    uint value = BinaryPrimitives.ReadUInt32LittleEndian(row[(x * 4)..]);
                    bgra[0] = Extract(value, _blueMask);
                    bgra[1] = Extract(value, _greenMask);
                    bgra[2] = Extract(value, _redMask);
                    break;
                case 24 or 32:
                    row.Slice(x * (_bits / 8), 3).CopyTo(bgra);
                    break;
                default:
                    int bit = x * _bits;
                    int index = (row[bit >> 3] >> (8 - _bits - (bit & 7))) & ((1 << _bits) - 1);
                    if (index * 4 >= _palette.Length)
                    {
                        throw new InvalidDataException($"a pixel has colour {index}, but its BMP palette has {_palette.Length / 4} colours.");
                    }

                    _palette.Slice(index * 4, 3).CopyTo(bgra);
                    break;
            }
        }

        private static byte Extract(uint value, uint mask)
        {
            int shift = BitOperations.TrailingZeroCount(mask);
            ulong largest = mask >> shift;
            ulong sample = (value & mask) >> shift;
            return (byte)((sample * 255 + largest / 2) / largest);
        }
    }
}
