namespace Microsoft.ML.ImageCodecs;

/// <summary>Chooses the codec: by content when reading, by the file's extension when writing.</summary>
internal static class ImageFile
{
    /// <exception cref="InvalidDataException">What is wrong, as a clause that follows "… cannot be read:".</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            throw new InvalidDataException("it is empty.");
        }

        if (PngDecoder.Recognises(encoded))
        {
            return PngDecoder.Decode(encoded);
        }

        if (JpegCodec.Recognises(encoded))
        {
            return JpegCodec.Decode(encoded);
        }

        if (BmpDecoder.Recognises(encoded))
        {
            return BmpDecoder.Decode(encoded);
        }

        throw new InvalidDataException("it is neither a PNG nor a BMP nor a JPEG image.");
    }

    /// <summary>Writes to a temporary name beside the file and renames, so that no half-written image is left.</summary>
    public static void Write(string path, DecodedImage image)
    {
        string extension = Path.GetExtension(path);
        byte[] encoded = extension.ToLowerInvariant() switch
        {
            ".png" => PngEncoder.Encode(image),
            ".jpg" or ".jpeg" => JpegCodec.Encode(image),
            _ => throw new ArgumentException(
                $"Cannot save the image as '{path}': the extension '{extension}' names no format that can be written. Use .png, .jpg or .jpeg.",
                nameof(path)),
        };

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, encoded);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
