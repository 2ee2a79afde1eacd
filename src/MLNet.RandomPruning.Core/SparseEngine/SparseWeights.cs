using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The kept weights of one layer as lists of taps: forward, from the padded input to the output, and backward, from the padded
/// gradient of the output to the gradient of the input. With stride s an input pixel (y, x) meets only the taps with
/// (y + padding − tap) divisible by s, so the input's pixels fall into s² phases, and within a phase the way back is a plain
/// convolution of the output's gradient.
/// </summary>
internal sealed class SparseWeights
{
    // The tile of outputs that the kernels keep in registers.
    private const int TileRows = 2, TileColumns = 8;

    private readonly Func<int, int, Tap> _tapOf;
    private readonly int _weightCount, _inputs;
    private readonly KernelWindow _window;

    /// <summary>The lists of a convolution that reads whole planes laid out as <paramref name="input"/>.</summary>
    public SparseWeights(ConvolutionLayer layer, WeightMask mask, PaddedShape input)
        : this(layer, mask, input, GradientShape(layer, layer.InputShape.Height, layer.OutputShape.Height))
    {
    }

    /// <summary>
    /// The lists of a convolution that reads planes laid out as <paramref name="input"/>, and on the way back planes laid out as
    /// <paramref name="gradient"/>.
    /// </summary>
    public SparseWeights(ConvolutionLayer layer, WeightMask mask, PaddedShape input, PaddedShape gradient)
    {
        var (size, stride, padding) = (layer.KernelSize, layer.Stride, layer.Padding);
        int inputs = layer.InputShape.Channels, outputs = layer.Outputs;
        Kept = mask.KeptIndices();
        Gradient = gradient;
        var forward = new Tap[Kept.Length];
        var backward = Enumerable.Range(0, stride * stride).Select(_ => new List<Tap>()).ToArray();
        Tap TapOf(int position, int source)
        {
            var (output, channel, row, column) = Place(layer, position);
            return new Tap(channel, output,
                channel * input.PlaneFloats + (row - padding + input.Halo) * input.RowFloats + (column - padding + input.Halo) * SparseKernels.Lanes, source);
        }

        for (int source = 0; source < Kept.Length; source++)
        {
            var (output, channel, row, column) = Place(layer, Kept[source]);
            forward[source] = TapOf(Kept[source], source);

            var (rowPhase, rowShift) = PhaseOf(row, stride, padding);
            var (columnPhase, columnShift) = PhaseOf(column, stride, padding);
            backward[rowPhase * stride + columnPhase].Add(new Tap(output, channel,
                output * Gradient.PlaneFloats + Gradient.Origin + rowShift * Gradient.RowFloats + columnShift * SparseKernels.Lanes, source));
        }

        (_tapOf, _weightCount, _inputs) = (TapOf, layer.WeightCount, inputs);
        _window = new KernelWindow(size, stride, TapOf(0, 0).Offset, input.PlaneFloats, input.RowFloats);
        Forward = new TapLists(forward, inputs, outputs, Reach(size, stride));
        WeightGradient = new GradientLists(forward, inputs, outputs, _window);
        Backward = [.. backward.Select(phase => new TapLists(phase, outputs, inputs, Reach((size + stride - 1) / stride, stride: 1)))];
    }

    /// <summary>The lists of a linear layer, which reads and writes one pixel a channel.</summary>
    public SparseWeights(LinearLayer layer, WeightMask mask)
    {
        Kept = mask.KeptIndices();
        Gradient = new PaddedShape(layer.OutputShape, Halo: 0);
        var forward = new Tap[Kept.Length];
        var backward = new Tap[Kept.Length];
        Tap TapOf(int position, int source) =>
            new(position % layer.FanIn, position / layer.FanIn, position % layer.FanIn * SparseKernels.Lanes, source);

        for (int source = 0; source < Kept.Length; source++)
        {
            int output = Kept[source] / layer.FanIn, input = Kept[source] % layer.FanIn;
            forward[source] = TapOf(Kept[source], source);
            backward[source] = new Tap(output, input, output * SparseKernels.Lanes, source);
        }

        (_tapOf, _weightCount, _inputs) = (TapOf, layer.WeightCount, layer.FanIn);
        _window = new KernelWindow(1, 1, 0, SparseKernels.Lanes, SparseKernels.Lanes);
        Forward = new TapLists(forward, layer.FanIn, layer.Outputs, reach: 1);
        WeightGradient = new GradientLists(forward, layer.FanIn, layer.Outputs, _window);
        Backward = [new TapLists(backward, layer.Outputs, layer.FanIn, reach: 1)];
    }

    /// <summary>The row-major indices of the kept weights, ascending; values stand in this order.</summary>
    public int[] Kept { get; }

    /// <summary>From the input to the output.</summary>
    public TapLists Forward { get; }

    /// <summary>[phase]: from the gradient of the output to the gradient of those pixels of the input.</summary>
    public TapLists[] Backward { get; }

    /// <summary>From the input and the gradient of the output to the gradient of the kept weights.</summary>
    public GradientLists WeightGradient { get; }

    /// <summary>The layout of the output's gradient that the way back reads.</summary>
    public PaddedShape Gradient { get; }

    /// <summary>
    /// The lists for the gradient of all weights of the layer, pruned ones too, with row-major positions as sources. Made anew on
    /// each call.
    /// </summary>
    public GradientLists MakeDenseWeightGradient()
    {
        var taps = new Tap[_weightCount];
        for (int position = 0; position < taps.Length; position++)
        {
            taps[position] = _tapOf(position, position);
        }

        return new GradientLists(taps, _inputs, Forward.Outputs, _window);
    }

    /// <summary>Brings all values up to date with the kept weights.</summary>
    public void Update(ReadOnlySpan<float> weights)
    {
        Forward.Update(weights);
        foreach (var phase in Backward)
        {
            phase.Update(weights);
        }
    }

    private static (int Output, int Channel, int Row, int Column) Place(ConvolutionLayer layer, int position)
    {
        int size = layer.KernelSize;
        return (position / layer.FanIn, position % layer.FanIn / (size * size), position % (size * size) / size, position % size);
    }

    /// <summary>The taps of one tile of outputs look at this many pixels of an input channel.</summary>
    public static int Reach(int kernelSize, int stride) =>
        ((TileRows - 1) * stride + kernelSize) * ((TileColumns - 1) * stride + kernelSize);

    // A tap k reaches from input row s·q + phase to output row q + shift.
    private static (int Phase, int Shift) PhaseOf(int tap, int stride, int padding)
    {
        int phase = ((tap - padding) % stride + stride) % stride;
        return (phase, (phase + padding - tap) / stride);
    }

    /// <summary>
    /// The layout of the gradient of some output rows on the way back to some input rows: the border is as wide as any tap looks
    /// past their edge.
    /// </summary>
    public static PaddedShape GradientShape(ConvolutionLayer layer, int inputRows, int outputRows)
    {
        int halo = 0;
        foreach (var (inputs, outputs) in new[] { (inputRows, outputRows), (layer.InputShape.Width, layer.OutputShape.Width) })
        {
            for (int tap = 0; tap < layer.KernelSize; tap++)
            {
                var (phase, shift) = PhaseOf(tap, layer.Stride, layer.Padding);
                int lastRow = (inputs - phase + layer.Stride - 1) / layer.Stride - 1;
                halo = Math.Max(halo, Math.Max(-shift, lastRow + shift - (outputs - 1)));
            }
        }

        return new PaddedShape(layer.OutputShape with { Height = outputRows }, halo);
    }
}
