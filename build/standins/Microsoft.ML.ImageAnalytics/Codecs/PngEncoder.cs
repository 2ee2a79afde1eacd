using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.ImageCodecs;

/// <summary>Writes PNG with 8 bits a channel: truecolour, with alpha only when a pixel needs it.</summary>
internal static class PngEncoder
{
    public static byte[] Encode(DecodedImage image)
    {
        bool opaque = image.IsOpaque;
        using var output = new MemoryStream();
        output.Write(PngFormat.Signature);

        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = opaque ? PngFormat.Truecolor : PngFormat.TruecolorAlpha;
        WriteChunk(output, "IHDR"u8, header);
        WriteChunk(output, "IDAT"u8, CompressRows(image, opaque ? 3 : 4));
        WriteChunk(output, "IEND"u8, []);
        return output.ToArray();
    }

    private static byte[] CompressRows(DecodedImage image, int channels)
    {
        using var compressed = new MemoryStream();
        using (var rows = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            int rowBytes = image.Width * channels;
            var current = new byte[rowBytes];
            var above = new byte[rowBytes];
            var filtered = new byte[rowBytes + 1];
            var best = new byte[rowBytes + 1];
            for (int y = 0; y < image.Height; y++)
            {
                CopyRow(image.Bgra.AsSpan(y * image.Width * 4, image.Width * 4), current, channels);
                Filter(current, above, channels, ref filtered, ref best);
                rows.Write(best);
                (current, above) = (above, current);
            }
        }

        return compressed.ToArray();
    }

    private static void CopyRow(ReadOnlySpan<byte> bgra, Span<byte> row, int channels)
    {
        for (int from = 0, to = 0; from < bgra.Length; from += 4, to += channels)
        {
            row[to] = bgra[from + 2];
            row[to + 1] = bgra[from + 1];
            row[to + 2] = bgra[from];
            if (channels == 4)
            {
                row[to + 3] = bgra[from + 3];
            }
        }
    }

    /// <summary>Leaves in <paramref name="best"/> the filter with the least sum of magnitudes, the specification's own advice (12.8).</summary>
    private static void Filter(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int stride, ref byte[] filtered, ref byte[] best)
    {
        long bestSum = long.MaxValue;
        for (byte filter = PngFormat.FilterNone; filter <= PngFormat.FilterPaeth; filter++)
        {
            filtered[0] = filter;
            long sum = 0;
            for (int i = 0; i < row.Length; i++)
            {
                byte left = i >= stride ? row[i - stride] : (byte)0;
                byte aboveLeft = i >= stride ? above[i - stride] : (byte)0;
                int predicted = filter switch
                {
                    PngFormat.FilterSub => left,
                    PngFormat.FilterUp => above[i],
                    PngFormat.FilterAverage => (left + above[i]) / 2,
                    PngFormat.FilterPaeth => PngFormat.Paeth(left, above[i], aboveLeft),
                    _ => 0,
                };
                var rest = (byte)(row[i] - predicted);
                filtered[i + 1] = rest;
                sum += Math.Abs((int)(sbyte)rest);
            }

            if (sum < bestSum)
            {
                bestSum = sum;
                (filtered, best) = (best, filtered);
            }
        }
    }

    private static void WriteChunk(Stream output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var named = new byte[name.Length + data.Length];
        name.CopyTo(named);
        data.CopyTo(named.AsSpan(name.Length));
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        output.Write(number);
        output.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, PngFormat.Crc(named));
        output.Write(number);
    }
}
