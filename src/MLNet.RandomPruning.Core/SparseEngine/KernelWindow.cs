namespace MLNet.RandomPruning.SparseEngine;

/// <summary>What a kernel of weights sees of the padded input.</summary>
/// <param name="Size">Rows and columns of the kernel.</param>
/// <param name="Stride">The convolution's stride.</param>
/// <param name="Origin">Where the kernel's first position looks in the first input channel, in floats from the planes' first.</param>
/// <param name="PlaneFloats">From one input channel to the next, in floats.</param>
/// <param name="RowFloats">From one row to the next, in floats.</param>
internal readonly record struct KernelWindow(int Size, int Stride, int Origin, int PlaneFloats, int RowFloats)
{
    /// <summary>The number of positions of a 3×3 kernel.</summary>
    public const int ThreeByThree = 9;

    /// <summary>Whether the kernel has 3 rows and 3 columns.</summary>
    public bool IsThreeByThree => Size == 3;

    /// <summary>Where the kernel's first position looks in an input channel.</summary>
    public int OffsetOf(int channel) => Origin + channel * PlaneFloats;

    /// <summary>The row-major position in the kernel at which a tap stands.</summary>
    public int PositionOf(Tap tap)
    {
        int offset = tap.Offset - OffsetOf(tap.Input);
        return offset / RowFloats * Size + offset % RowFloats / SparseKernels.Lanes;
    }

    /// <summary>The number of pixels of an input channel that a tile of outputs looks at.</summary>
    public int Reach(int rows, int columns) => ((rows - 1) * Stride + Size) * ((columns - 1) * Stride + Size);
}
