using Microsoft.ML.ImageCodecs;

namespace Microsoft.ML.Data;

/// <summary>An image in memory: four bytes a pixel, rows from the top, no padding. Colours are premultiplied: those of a pixel are at most its alpha.</summary>
public sealed class MLImage : IDisposable
{
    private const int BytesPerPixel = 4;

    private readonly int _width;
    private readonly int _height;
    private readonly MLPixelFormat _pixelFormat;
    private byte[] _pixels;
    private string _tag;

    internal MLImage(int width, int height, MLPixelFormat pixelFormat, byte[] pixels)
    {
        _width = width;
        _height = height;
        _pixelFormat = pixelFormat;
        _pixels = pixels;
    }

    /// <summary>Reads a PNG, BMP or JPEG file; the kind is told by the content, not by the name.</summary>
    /// <exception cref="ArgumentException">There is no such file, or it is not a whole, valid image; the message names it.</exception>
    public static MLImage CreateFromFile(string imagePath)
    {
        ArgumentNullException.ThrowIfNull(imagePath);
        if (!File.Exists(imagePath))
        {
            throw new ArgumentException($"There is no image file '{imagePath}'.", nameof(imagePath));
        }

        return FromEncoded(File.ReadAllBytes(imagePath), $"The image file '{imagePath}'", nameof(imagePath));
    }

    /// <summary>Reads a PNG, BMP or JPEG image from the stream's position to its end.</summary>
    /// <exception cref="ArgumentException">The bytes are not a whole, valid image.</exception>
    public static MLImage CreateFromStream(Stream imageStream)
    {
        ArgumentNullException.ThrowIfNull(imageStream);
        string subject = imageStream is FileStream file ? $"The image file '{file.Name}'" : "The image stream";
        using var buffer = new MemoryStream();
        imageStream.CopyTo(buffer);
        return FromEncoded(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), subject, nameof(imageStream));
    }

    /// <summary>Makes an image of a copy of the given pixels.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixelFormat">The order of the bytes of a pixel.</param>
    /// <param name="imagePixelData">Exactly <c>width × height × 4</c> bytes, row after row from the top.</param>
    public static MLImage CreateFromPixels(int width, int height, MLPixelFormat pixelFormat, ReadOnlySpan<byte> imagePixelData)
    {
        if (pixelFormat is not (MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32))
        {
            throw new ArgumentException($"The pixel format {pixelFormat} is not one an image can have. Use Bgra32 or Rgba32.", nameof(pixelFormat));
        }

        if (width <= 0)
        {
            throw new ArgumentException($"The width of an image is at least 1, not {width}.", nameof(width));
        }

        if (height <= 0)
        {
            throw new ArgumentException($"The height of an image is at least 1, not {height}.", nameof(height));
        }

        long expected = (long)width * height * BytesPerPixel;
        if (imagePixelData.Length != expected)
        {
            throw new ArgumentException(
                $"An image of {width}×{height} pixels takes {expected} bytes (four a pixel), but {imagePixelData.Length} were given.",
                nameof(imagePixelData));
        }

        return new MLImage(width, height, pixelFormat, imagePixelData.ToArray());
    }

    /// <summary>Any text that travels with the image.</summary>
    public string Tag
    {
        get
        {
            ThrowIfDisposed();
            return _tag;
        }

        set
        {
            ThrowIfDisposed();
            _tag = value;
        }
    }

    /// <summary>The order of the bytes of a pixel.</summary>
    public MLPixelFormat PixelFormat
    {
        get
        {
            ThrowIfDisposed();
            return _pixelFormat;
        }
    }

    /// <summary>All pixels, row after row from the top.</summary>
    public ReadOnlySpan<byte> Pixels => PixelArray;

    /// <summary>A new array with three bytes a pixel, blue, green and red, row after row from the top; colours as they are before alpha.</summary>
    public byte[] GetBGRPixels
    {
        get
        {
            ReadOnlySpan<byte> pixels = PixelArray;
            (int blue, int red) = _pixelFormat == MLPixelFormat.Bgra32 ? (0, 2) : (2, 0);
            var result = new byte[_width * _height * 3];
            for (int from = 0, to = 0; to < result.Length; from += BytesPerPixel, to += 3)
            {
                byte alpha = pixels[from + 3];
                result[to] = PremultipliedAlpha.Remove(pixels[from + blue], alpha);
                result[to + 1] = PremultipliedAlpha.Remove(pixels[from + 1], alpha);
                result[to + 2] = PremultipliedAlpha.Remove(pixels[from + red], alpha);
            }

            return result;
        }
    }

    /// <summary>Always 32.</summary>
    public int BitsPerPixel
    {
        get
        {
            ThrowIfDisposed();
            return BytesPerPixel * 8;
        }
    }

    /// <summary>Pixels in a row.</summary>
    public int Width
    {
        get
        {
            ThrowIfDisposed();
            return _width;
        }
    }

    /// <summary>Rows.</summary>
    public int Height
    {
        get
        {
            ThrowIfDisposed();
            return _height;
        }
    }

    /// <summary>Writes the image in the format that the file's extension names: .png, .jpg or .jpeg (without alpha).</summary>
    public void Save(string imagePath)
    {
        ArgumentNullException.ThrowIfNull(imagePath);
        ImageFile.Write(imagePath, new DecodedImage(_width, _height, BgraPixels()).WithoutPremultiplying());
    }

    /// <summary>Lets the pixels go; using the image afterwards is an error. May be called again.</summary>
    public void Dispose() => _pixels = null;

    internal byte[] PixelArray
    {
        get
        {
            byte[] pixels = _pixels;
            ThrowIfDisposed();
            return pixels;
        }
    }

    /// <summary>All pixels, blue first; not to be changed.</summary>
    internal byte[] BgraPixels()
    {
        byte[] pixels = PixelArray;
        if (_pixelFormat == MLPixelFormat.Bgra32)
        {
            return pixels;
        }

        byte[] swapped = pixels.AsSpan().ToArray();
        for (int i = 0; i < swapped.Length; i += BytesPerPixel)
        {
            (swapped[i], swapped[i + 2]) = (swapped[i + 2], swapped[i]);
        }

        return swapped;
    }

    private static MLImage FromEncoded(ReadOnlySpan<byte> encoded, string subject, string parameterName)
    {
        try
        {
            DecodedImage image = ImageFile.Decode(encoded);
            return new MLImage(image.Width, image.Height, MLPixelFormat.Bgra32, image.Premultiplied().Bgra);
        }
        catch (InvalidDataException damage)
        {
            throw new ArgumentException($"{subject} cannot be read: {damage.Message}", parameterName, damage);
        }
    }

    private void ThrowIfDisposed()
    {
        if (_pixels is null)
        {
            throw new InvalidOperationException("Object is disposed.");
        }
    }
}
