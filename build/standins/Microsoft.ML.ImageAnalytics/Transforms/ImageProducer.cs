using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>The value getter of a column of new images. The image of the row before is disposed when its holder asks for the next.</summary>
internal sealed class ImageProducer
{
    private readonly Func<MLImage> _make;
    private MLImage _last;

    private ImageProducer(Func<MLImage> make) => _make = make;

    /// <summary>A getter that hands out what <paramref name="make"/> makes; null is a missing image.</summary>
    public static ValueGetter<MLImage> Getter(Func<MLImage> make) => new ImageProducer(make).Get;

    /// <summary>Only images of such a getter are disposed by the transformer that consumes them; images of the user's own never are.</summary>
    public static bool Owns(ValueGetter<MLImage> getter) => getter.Target is ImageProducer;

    private void Get(ref MLImage image)
    {
        if (image is not null && ReferenceEquals(image, _last))
        {
            image.Dispose();
        }

        image = _last = _make();
    }
}
