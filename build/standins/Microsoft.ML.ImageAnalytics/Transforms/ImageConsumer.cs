using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Reads the images of an input column, one a row, and disposes those that were made for this reading alone.</summary>
internal sealed class ImageConsumer
{
    private readonly ValueGetter<MLImage> _getter;
    private readonly bool _owns;

    public ImageConsumer(DataViewRow input, int column)
    {
        _getter = input.GetGetter<MLImage>(input.Schema[column]);
        _owns = ImageProducer.Owns(_getter);
    }

    /// <summary>Applies <paramref name="use"/> to the row's image, which may be null and is not to be kept.</summary>
    public TResult Use<TResult>(Func<MLImage, TResult> use)
    {
        MLImage image = null;
        _getter(ref image);
        try
        {
            return use(image);
        }
        finally
        {
            if (_owns)
            {
                image?.Dispose();
            }
        }
    }
}
