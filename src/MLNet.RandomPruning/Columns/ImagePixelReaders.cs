using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>Reads red, green and blue from a column of images; what is transparent in a file is black.</summary>
internal sealed class ImagePixelReader : PixelReader
{
    private readonly ValueGetter<MLImage?> _getter;

    public ImagePixelReader(DataViewRow row, FeatureColumn column) : base(row, column)
    {
        _getter = row.GetGetter<MLImage?>(column.Column);
    }

    private protected override void ReadInto(ref byte[] pixels) =>
        Separate(ImageGetter.Read(_getter) ?? throw Bad("holds no image"), ref pixels);
}

/// <summary>Reads red, green and blue from image files that stand in a column as bytes.</summary>
internal sealed class EncodedImagePixelReader : PixelReader
{
    private readonly ValueGetter<VBuffer<byte>> _getter;
    private VBuffer<byte> _file;

    public EncodedImagePixelReader(DataViewRow row, FeatureColumn column) : base(row, column)
    {
        _getter = row.GetGetter<VBuffer<byte>>(column.Column);
    }

    private protected override void ReadInto(ref byte[] pixels)
    {
        _getter(ref _file);
        if (_file.Length == 0)
        {
            throw Bad("holds no image");
        }

        var bytes = new byte[_file.Length];
        _file.CopyTo(bytes);
        if (ImageFileEnd.IsMissing(bytes))
        {
            throw Bad($"holds {bytes.Length} bytes that are an image file cut short");
        }

        using var image = Decode(bytes);
        Separate(image, ref pixels);
    }

    private MLImage Decode(byte[] bytes)
    {
        Exception? reason = null;
        try
        {
            using var stream = new MemoryStream(bytes, writable: false);
            if (MLImage.CreateFromStream(stream) is { } image)
            {
                return image;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            reason = e;
        }

        string hint = ImageFileFormats.Of(bytes) != ImageFileFormat.Other
            ? ""
            : ". A vector of Byte of unknown size is read as an image file; for plain pixels declare its dimensions, for example with [VectorType(3, 32, 32)]";
        throw Bad($"holds {bytes.Length} bytes that are no PNG, JPEG or BMP file that can be read{hint}", reason);
    }
}
