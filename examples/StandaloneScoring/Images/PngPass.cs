namespace StandaloneScoring.Images;

/// <summary>Every so many pixels of an image, from one on: an interlaced PNG file has seven such passes one behind the other.</summary>
/// <param name="FirstColumn">The first column.</param>
/// <param name="FirstRow">The first row.</param>
/// <param name="ColumnStep">From one column to the next.</param>
/// <param name="RowStep">From one row to the next.</param>
internal readonly record struct PngPass(int FirstColumn, int FirstRow, int ColumnStep, int RowStep)
{
    /// <summary>All pixels at once.</summary>
    public static IReadOnlyList<PngPass> Whole { get; } = [new(0, 0, 1, 1)];

    /// <summary>Adam7 (PNG specification, section 8.2).</summary>
    public static IReadOnlyList<PngPass> Interlaced { get; } =
        [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];

    /// <summary>The number of columns of the pass in an image of this many.</summary>
    public int Columns(int width) => Math.Max(0, (width - FirstColumn + ColumnStep - 1) / ColumnStep);

    /// <summary>The number of rows of the pass in an image of this many.</summary>
    public int Rows(int height) => Math.Max(0, (height - FirstRow + RowStep - 1) / RowStep);
}
