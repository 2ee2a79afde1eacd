namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// A thread's windows onto the bands that it works on, and what the bands of a block leave for each other. A window is shared by
/// all activations of one layout only, so that its left and right border stay zero.
/// </summary>
internal sealed unsafe class BandScratch : WorkerScratch
{
    private readonly Dictionary<PaddedShape, BandWindow> _activations = [];

    // An activation's readers have windows of their own, since each keeps rows from band to band.
    private readonly Dictionary<(int Reader, PaddedShape Layout), BandWindow> _gradients = [];

    public BandScratch(SparsePlan plan, IReadOnlyList<BandCut> cuts, int imageSize) : base(plan, imageSize)
    {
        int channels = 0, outputs = 0;
        long rows = 0;
        foreach (var activation in plan.Activations)
        {
            channels = Math.Max(channels, activation.Shape.Channels);
            outputs = Math.Max(outputs, activation.Readers.Sum(reader => reader.Layer.Outputs));
            rows = activation.Readers.Select(reader => cuts[activation.Index].Gradient(reader).Shape.Size)
                .Append((activation.Shape with { Height = cuts[activation.Index].Rows }).Size).Append((int)rows).Max();
            if (activation.Index > 0 && activation.Readers.Count > 0)
            {
                _activations.TryAdd(cuts[activation.Index].Layout, null!);
            }

            for (int reader = 0; reader < activation.Readers.Count; reader++)
            {
                _gradients.TryAdd((reader, cuts[activation.Index].Gradient(activation.Readers[reader])), null!);
            }
        }

        foreach (var layout in _activations.Keys.ToArray())
        {
            _activations[layout] = new BandWindow(layout);
        }

        foreach (var key in _gradients.Keys.ToArray())
        {
            _gradients[key] = new BandWindow(key.Layout);
        }

        var last = plan.Activations[^1];
        Plane = new AlignedBuffer(last.Shape.PlaneSize * SparseKernels.Lanes);
        PlaneGradient = new AlignedBuffer(last.Shape.PlaneSize * SparseKernels.Lanes);
        Rows = new AlignedBuffer(rows * SparseKernels.Lanes);
        Moments = new AlignedBuffer(outputs * BandKernels.MomentFloats);
        GradientSums = new AlignedBuffer(channels * BandKernels.GradientSumFloats);
        LaneMask = new AlignedBuffer(SparseKernels.Lanes);
    }

    /// <summary>One plane of the last activation, without a border.</summary>
    public AlignedBuffer Plane { get; }

    /// <summary>Its gradient.</summary>
    public AlignedBuffer PlaneGradient { get; }

    /// <summary>What a convolution computes for a band, on the way to where it is stored in fewer bits: [channel][row][column][16].</summary>
    public AlignedBuffer Rows { get; }

    /// <summary>[output channel of all readers]: the moments of the rows so far.</summary>
    public AlignedBuffer Moments { get; }

    /// <summary>[channel]: the sums over the activation's gradient so far.</summary>
    public AlignedBuffer GradientSums { get; }

    /// <summary>1 for the places of a block that hold an image, 0 for the rest.</summary>
    public AlignedBuffer LaneMask { get; }

    /// <summary>The window onto an activation of this layout.</summary>
    public BandWindow Activation(PaddedShape layout) => _activations[layout];

    /// <summary>The window onto the gradient of the output of an activation's first, second, … reader.</summary>
    public BandWindow Gradient(int reader, PaddedShape layout) => _gradients[(reader, layout)];

    public override void Dispose()
    {
        base.Dispose();
        foreach (var disposable in _activations.Values.Concat(_gradients.Values).Concat<IDisposable>([Plane, PlaneGradient, Rows, Moments, GradientSums, LaneMask]))
        {
            disposable.Dispose();
        }
    }
}
