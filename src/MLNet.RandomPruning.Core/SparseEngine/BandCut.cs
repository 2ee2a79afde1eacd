namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// How the planes of an activation are cut into bands of rows in training. All that happens to a band on its way through a
/// phase happens while the band is in the second-level cache: the activation is put together from the convolutions behind it,
/// the convolutions in front of it read it, and their outputs are measured.
/// </summary>
internal sealed class BandCut
{
    // Half of a second-level cache of 1 MiB; the rest is for what streams by.
    private const int Budget = 640 << 10;

    private readonly ActivationNode _activation;

    public BandCut(ActivationNode activation)
    {
        _activation = activation;
        Rows = ChooseRows(activation);
        Count = (activation.Shape.Height + Rows - 1) / Rows;

        // The image stands in memory as padded planes; bands of it are looked at where they are.
        Layout = activation.Index == 0 ? activation.Padded : new PaddedShape(activation.Shape with { Height = Rows }, activation.Halo);
    }

    /// <summary>The number of bands.</summary>
    public int Count { get; }

    /// <summary>The number of rows of each band but the last, which may have fewer. A multiple of all readers' strides unless there is one band.</summary>
    public int Rows { get; }

    /// <summary>The planes that the readers' taps look at: one band with a border of zeros, or of the image all bands.</summary>
    public PaddedShape Layout { get; }

    /// <summary>The first row of a band.</summary>
    public int First(int band) => band * Rows;

    /// <summary>The row behind a band's last.</summary>
    public int End(int band) => Math.Min((band + 1) * Rows, _activation.Shape.Height);

    /// <summary>The first output row of a reader that belongs to a band.</summary>
    public int FirstOutput(ConvolutionNode reader, int band) => band * Rows / reader.Layer.Stride;

    /// <summary>The output row of a reader behind the last that belongs to a band.</summary>
    public int EndOutput(ConvolutionNode reader, int band) =>
        band == Count - 1 ? reader.Layer.OutputShape.Height : FirstOutput(reader, band + 1);

    /// <summary>The padded rows of the gradient of a reader's output that the way back to a band looks at.</summary>
    public PaddedShape Gradient(ConvolutionNode reader) =>
        SparseWeights.GradientShape(reader.Layer, Rows, Count == 1 ? reader.Layer.OutputShape.Height : Rows / reader.Layer.Stride);

    private static int ChooseRows(ActivationNode activation)
    {
        int height = activation.Shape.Height;
        if (!activation.Readers.All(IsLocal))
        {
            return height;
        }

        // A power of two, so that tiles of two rows and strides of two fit.
        int rows = 1 << 20;
        while (rows > 2 && (rows > 2 * height || Footprint(activation, rows) > Budget))
        {
            rows /= 2;
        }

        return Math.Min(rows, height);
    }

    // Output row o lies at input row stride·o, for all rows.
    private static bool IsLocal(ConvolutionNode reader)
    {
        var layer = reader.Layer;
        return layer.Padding < layer.KernelSize && layer.OutputShape.Height == (layer.InputShape.Height + layer.Stride - 1) / layer.Stride;
    }

    /// <summary>The bytes of a band on its way back: the activation, its gradient, and that of each reader's output.</summary>
    private static long Footprint(ActivationNode activation, int rows)
    {
        rows = Math.Min(rows, activation.Shape.Height);
        long floats = new PaddedShape(activation.Shape with { Height = rows }, activation.Halo).BlockFloats
            + (long)rows * activation.Shape.Channels * activation.Shape.Width * SparseKernels.Lanes;
        foreach (var reader in activation.Readers)
        {
            floats += SparseWeights.GradientShape(reader.Layer, rows, (rows + reader.Layer.Stride - 1) / reader.Layer.Stride).BlockFloats;
        }

        return floats * sizeof(float);
    }
}
