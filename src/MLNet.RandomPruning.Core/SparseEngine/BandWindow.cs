namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Padded rows of all channels around a band, in one place that goes down a plane band by band: rows that the next band sees
/// again are taken along.
/// </summary>
internal sealed unsafe class BandWindow(PaddedShape layout) : IDisposable
{
    private readonly AlignedBuffer _floats = new(layout.BlockFloats);

    public PaddedShape Layout => layout;

    /// <summary>The first float, in the upper left corner of the border.</summary>
    public float* Pointer => _floats.Pointer;

    /// <summary>
    /// Puts the window around the rows from first to end, which follow those it stood around unless they are the plane's first.
    /// What lies outside the plane is zero then.
    /// </summary>
    /// <param name="first">The first row of the band.</param>
    /// <param name="end">The row behind its last.</param>
    /// <param name="height">The number of rows of the plane.</param>
    /// <returns>The rows of the plane that are new in the window, for the caller to write: from, and the one behind the last.</returns>
    public (int From, int To) MoveTo(int first, int end, int height)
    {
        int halo = layout.Halo, row = layout.RowFloats;
        int below = Math.Max(0, end + halo - height);
        for (int channel = 0; channel < layout.Shape.Channels; channel++)
        {
            float* plane = _floats.Pointer + (long)channel * layout.PlaneFloats;
            if (first == 0)
            {
                new Span<float>(plane, halo * row).Clear();
            }
            else
            {
                int kept = 2 * halo * row;
                new Span<float>(plane + layout.Shape.Height * row, kept).CopyTo(new Span<float>(plane, kept));
            }

            new Span<float>(plane + (end - first + 2 * halo - below) * row, below * row).Clear();
        }

        int from = first == 0 ? 0 : Math.Min(first + halo, height);
        return (from, Math.Max(from, end + halo - below));
    }

    /// <summary>Where a row of the plane begins in the window, behind the left border.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="row">The row of the plane.</param>
    /// <param name="first">The first row of the band.</param>
    public float* Row(int channel, int row, int first) =>
        _floats.Pointer + (long)channel * layout.PlaneFloats + (row - first + layout.Halo) * layout.RowFloats + layout.Halo * SparseKernels.Lanes;

    public void Dispose() => _floats.Dispose();
}
