namespace MLNet.RandomPruning.Networks;

/// <summary>The shape of one image or one layer's output: channels, rows, columns.</summary>
/// <param name="Channels">The number of channels, at least 1.</param>
/// <param name="Height">The number of rows, at least 1.</param>
/// <param name="Width">The number of columns, at least 1.</param>
public readonly record struct ImageShape(int Channels, int Height, int Width)
{
    /// <summary>The number of values: channels × rows × columns.</summary>
    public int Size => Channels * Height * Width;

    /// <summary>Rows × columns.</summary>
    public int PlaneSize => Height * Width;

    /// <summary>The shape as text, for example <c>3×32×32</c>.</summary>
    public override string ToString() => $"{Channels}×{Height}×{Width}";
}
