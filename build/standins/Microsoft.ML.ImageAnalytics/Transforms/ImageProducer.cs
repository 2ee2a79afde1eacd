using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>The value getter of a column of new images. It disposes of the image that its holder's variable has from the row before.</summary>
internal sealed class ImageProducer
{
    private readonly Func<MLImage> _make;

    private ImageProducer(Func<MLImage> make) => _make = make;

    /// <summary>The image that was handed out last; null before the first, or where it was missing.</summary>
    private MLImage Last { get; set; }

    /// <summary>A getter that hands out what <paramref name="make"/> makes; null is a missing image.</summary>
    public static ValueGetter<MLImage> Getter(Func<MLImage> make) => new ImageProducer(make).Get;

    /// <summary>The same, and the image that was handed out last is disposed by <paramref name="disposer"/>.</summary>
    public static ValueGetter<MLImage> Getter(Func<MLImage> make, out Action disposer)
    {
        var producer = new ImageProducer(make);
        disposer = () => producer.Last?.Dispose();
        return producer.Get;
    }

    private void Get(ref MLImage image)
    {
        image?.Dispose();
        image = Last = _make();
    }
}
