using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Columns;

/// <summary>The size of images that a user may give in options.</summary>
internal static class ImageSize
{
    /// <summary>The shape that the options give; null when they give none.</summary>
    /// <exception cref="ArgumentException">Only one of rows and columns is given, or one is below 1.</exception>
    public static ImageShape? Declared(int? height, int? width, int channels) => (height, width) switch
    {
        (null, null) => null,
        ( >= 1, >= 1) when channels >= 1 => new ImageShape(channels, height.Value, width.Value),
        _ => throw new ArgumentException(
            $"The image size in the options is {height?.ToString() ?? "no"} rows, {width?.ToString() ?? "no"} columns and {channels} channels; ImageHeight and ImageWidth go together, and each is at least 1."),
    };
}
