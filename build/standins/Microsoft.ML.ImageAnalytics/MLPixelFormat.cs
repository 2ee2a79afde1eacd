namespace Microsoft.ML.Data;

/// <summary>The order of the four bytes of a pixel in memory.</summary>
public enum MLPixelFormat
{
    /// <summary>Not a format that an image can have.</summary>
    Unknown,

    /// <summary>Red, green, blue, alpha: one byte each.</summary>
    Rgba32,

    /// <summary>Blue, green, red, alpha: one byte each.</summary>
    Bgra32,
}
