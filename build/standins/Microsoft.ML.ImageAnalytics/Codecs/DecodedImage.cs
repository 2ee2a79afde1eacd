namespace Microsoft.ML.ImageCodecs;

/// <summary>What codecs read and write: blue, green, red and alpha bytes, rows from the top, no padding.</summary>
internal readonly record struct DecodedImage(int Width, int Height, byte[] Bgra)
{
    /// <summary>2^28 pixels are 1 GiB in memory; a header that asks for more is taken for damage or malice.</summary>
    private const long MaximumPixels = 1L << 28;

    /// <summary>Refuses impossible or enormous sizes before anything is allocated.</summary>
    public static void CheckSize(long width, long height)
    {
        if (width < 1 || height < 1)
        {
            throw new InvalidDataException($"its header gives a size of {width}×{height} pixels.");
        }

        // Each side is a 32-bit number at most, so that the product does not overflow.
        if (width * height > MaximumPixels)
        {
            throw new InvalidDataException($"its header gives a size of {width}×{height} pixels; at most {MaximumPixels} pixels are read.");
        }
    }

    /// <summary>The image with the colours of each pixel multiplied by its alpha; itself, changed.</summary>
    public DecodedImage Premultiplied()
    {
        for (int i = 0; i < Bgra.Length; i += 4)
        {
            byte alpha = Bgra[i + 3];
            for (int c = 0; c < 3 && alpha < 255; c++)
            {
                Bgra[i + c] = PremultipliedAlpha.Apply(Bgra[i + c], alpha);
            }
        }

        return this;
    }

    /// <summary>A copy in which the colours of each pixel are those before its alpha; itself where nothing is transparent.</summary>
    public DecodedImage WithoutPremultiplying()
    {
        if (IsOpaque)
        {
            return this;
        }

        byte[] bgra = [.. Bgra];
        for (int i = 0; i < bgra.Length; i += 4)
        {
            byte alpha = bgra[i + 3];
            for (int c = 0; c < 3; c++)
            {
                bgra[i + c] = PremultipliedAlpha.Remove(Math.Min(bgra[i + c], alpha), alpha);
            }
        }

        return new DecodedImage(Width, Height, bgra);
    }

    /// <summary>True when no pixel lets anything through.</summary>
    public bool IsOpaque
    {
        get
        {
            for (int i = 3; i < Bgra.Length; i += 4)
            {
                if (Bgra[i] != 255)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
