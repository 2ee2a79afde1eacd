using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// Reads the images of an input column, one a row, into one variable: a getter that makes images disposes of the one before there, and
/// images of the user's own are left alone until the end.
/// </summary>
internal sealed class ImageConsumer
{
    private readonly ValueGetter<MLImage> _getter;
    private MLImage _image;

    public ImageConsumer(DataViewRow input, int column) => _getter = input.GetGetter<MLImage>(input.Schema[column]);

    /// <summary>The row's image, which may be null.</summary>
    public MLImage Read()
    {
        _getter(ref _image);
        return _image;
    }

    /// <summary>Disposes of the image that was read last, whoever made it.</summary>
    public void DisposeLast() => _image?.Dispose();
}
