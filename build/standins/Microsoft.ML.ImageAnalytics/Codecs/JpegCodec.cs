using System.Runtime.InteropServices;

namespace Microsoft.ML.ImageCodecs;

/// <summary>Reads and writes JPEG through libjpeg-turbo.</summary>
internal static unsafe class JpegCodec
{
    private const int Quality = 95;

    /// <summary>Warnings about oddities that leave the picture whole; every other warning means lost image data.</summary>
    private static readonly string[] HarmlessWarnings = ["extraneous bytes before marker", "unknown JFIF revision", "Unknown Adobe color transform"];

    public static bool Recognises(ReadOnlySpan<byte> encoded) => encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    public static DecodedImage Decode(ReadOnlySpan<byte> encoded)
    {
        nint decoder = TurboJpeg.tjInitDecompress();
        if (decoder == 0)
        {
            throw new InvalidOperationException($"libjpeg-turbo could not start: {TurboJpeg.ErrorText(0)}");
        }

        try
        {
            fixed (byte* jpeg = encoded)
            {
                var length = new CULong((nuint)encoded.Length);
                int status = TurboJpeg.tjDecompressHeader3(decoder, jpeg, length, out int width, out int height, out _, out int colors);
                if (status != 0)
                {
                    ThrowUnlessHarmless(decoder, encoded);
                }

                DecodedImage.CheckSize(width, height);
                bool isCmyk = colors is TurboJpeg.ColorsCmyk or TurboJpeg.ColorsYcck;
                var pixels = new byte[width * height * 4];
                fixed (byte* target = pixels)
                {
                    status = TurboJpeg.tjDecompress2(
                        decoder, jpeg, length, target, width, width * 4, height,
                        isCmyk ? TurboJpeg.PixelsCmyk : TurboJpeg.PixelsBgra,
                        TurboJpeg.FlagAccurateDct | TurboJpeg.FlagLimitScans);
                }

                if (status != 0)
                {
                    ThrowUnlessHarmless(decoder, encoded);
                }

                if (isCmyk)
                {
                    ConvertCmyk(pixels);
                }

                return new DecodedImage(width, height, pixels);
            }
        }
        finally
        {
            TurboJpeg.tjDestroy(decoder);
        }
    }

    /// <summary>Quality 95, no chroma subsampling; alpha is left out.</summary>
    public static byte[] Encode(DecodedImage image)
    {
        nint encoder = TurboJpeg.tjInitCompress();
        if (encoder == 0)
        {
            throw new InvalidOperationException($"libjpeg-turbo could not start: {TurboJpeg.ErrorText(0)}");
        }

        byte* jpeg = null;
        CULong length = default;
        try
        {
            fixed (byte* pixels = image.Bgra)
            {
                int status = TurboJpeg.tjCompress2(
                    encoder, pixels, image.Width, image.Width * 4, image.Height, TurboJpeg.PixelsBgrx,
                    &jpeg, &length, TurboJpeg.Subsampling444, Quality, TurboJpeg.FlagAccurateDct);
                if (status != 0)
                {
                    throw new ArgumentException(
                        $"The image of {image.Width}×{image.Height} pixels cannot be written as JPEG: {TurboJpeg.ErrorText(encoder)}");
                }
            }

            return new ReadOnlySpan<byte>(jpeg, checked((int)length.Value)).ToArray();
        }
        finally
        {
            TurboJpeg.tjFree(jpeg);
            TurboJpeg.tjDestroy(encoder);
        }
    }

    private static void ThrowUnlessHarmless(nint decoder, ReadOnlySpan<byte> encoded)
    {
        string text = TurboJpeg.ErrorText(decoder);
        bool isWarning = TurboJpeg.tjGetErrorCode(decoder) == TurboJpeg.ErrorIsWarning;

        // Only the first warning is kept by the library, so a file with a harmless one must still show its end marker.
        bool isWhole = encoded.IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0;
        if (!isWarning || !isWhole || !HarmlessWarnings.Any(warning => text.Contains(warning, StringComparison.OrdinalIgnoreCase)))
        {
            throw new InvalidDataException($"it is cut off or damaged: {text}.");
        }
    }

    /// <summary>red = (1 − cyan)(1 − black), and so on; each ink is stored as 255 − amount, as Adobe does, whether a file says that it is Adobe's or not.</summary>
    private static void ConvertCmyk(Span<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int cyan = pixels[i], magenta = pixels[i + 1], yellow = pixels[i + 2], black = pixels[i + 3];
            pixels[i] = Multiply(yellow, black);
            pixels[i + 1] = Multiply(magenta, black);
            pixels[i + 2] = Multiply(cyan, black);
            pixels[i + 3] = 255;
        }

        static byte Multiply(int a, int b) => (byte)((a * b + 127) / 255);
    }
}
