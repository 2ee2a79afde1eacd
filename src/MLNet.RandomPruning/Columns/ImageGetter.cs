using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>Asks columns for images.</summary>
internal static class ImageGetter
{
    /// <summary>
    /// The image of the current row, which lasts until the row is left. It is not disposed of, nor given back for the next one, which is how
    /// stages of ML.NET dispose of it: it may belong to the data, even behind ResizeImages, which gives an image that has the size already
    /// as it got it. What belongs to nobody goes with the next garbage collection.
    /// </summary>
    public static MLImage? Read(ValueGetter<MLImage?> getter)
    {
        MLImage? image = null;
        getter(ref image);
        return image;
    }
}
