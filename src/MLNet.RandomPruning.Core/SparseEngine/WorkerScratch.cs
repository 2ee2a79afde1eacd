namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// What one thread needs for itself while it works on a block. Padded planes are shared by all activations of one layout
/// only, so that their borders stay zero.
/// </summary>
internal sealed unsafe class WorkerScratch : IDisposable
{
    private readonly Dictionary<PaddedShape, AlignedBuffer> _activations = [];
    private readonly Dictionary<PaddedShape, AlignedBuffer> _gradients = [];
    private readonly AlignedBuffer _weightSums;

    public WorkerScratch(SparsePlan plan, IEnumerable<SparseWeights> weights, int imageSize)
    {
        foreach (var activation in plan.Activations)
        {
            AddOnce(_activations, activation.Padded);
        }

        foreach (var lists in weights)
        {
            AddOnce(_gradients, lists.Transposed.Gradient);
        }

        _weightSums = new AlignedBuffer(weights.Max(lists => lists.LargestCount) * SparseKernels.Lanes);
        Features = new AlignedBuffer(plan.Head.FanIn * SparseKernels.Lanes);
        FeatureGradients = new AlignedBuffer(plan.Head.FanIn * SparseKernels.Lanes);
        Logits = new AlignedBuffer(plan.Head.Outputs * SparseKernels.Lanes);
        LogitGradients = new AlignedBuffer(plan.Head.Outputs * SparseKernels.Lanes);
        LaneMask = new AlignedBuffer(SparseKernels.Lanes);
        LaneTotals = new AlignedBuffer(SparseKernels.Lanes);
        Image = new float[imageSize];
    }

    public AlignedBuffer Features { get; }

    public AlignedBuffer FeatureGradients { get; }

    public AlignedBuffer Logits { get; }

    public AlignedBuffer LogitGradients { get; }

    /// <summary>1 for the places of a block that hold an image, 0 for the rest.</summary>
    public AlignedBuffer LaneMask { get; }

    public AlignedBuffer LaneTotals { get; }

    /// <summary>One image, [channel][row][column].</summary>
    public float[] Image { get; }

    public float* Activation(PaddedShape shape) => _activations[shape].Pointer;

    public float* Gradient(PaddedShape shape) => _gradients[shape].Pointer;

    /// <summary>Sums for the kept weights of one output channel, zeroed.</summary>
    public float* ClearedWeightSums(int count)
    {
        new Span<float>(_weightSums.Pointer, count * SparseKernels.Lanes).Clear();
        return _weightSums.Pointer;
    }

    public void Dispose()
    {
        foreach (var buffer in _activations.Values.Concat(_gradients.Values).Concat([_weightSums, Features, FeatureGradients, Logits, LogitGradients, LaneMask, LaneTotals]))
        {
            buffer.Dispose();
        }
    }

    private static void AddOnce(Dictionary<PaddedShape, AlignedBuffer> buffers, PaddedShape shape)
    {
        if (!buffers.ContainsKey(shape))
        {
            buffers.Add(shape, new AlignedBuffer(shape.BlockFloats));
        }
    }
}
