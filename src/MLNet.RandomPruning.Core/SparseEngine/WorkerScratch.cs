namespace MLNet.RandomPruning.SparseEngine;

/// <summary>What one thread needs for itself while it works on a block, whatever the pass.</summary>
internal unsafe class WorkerScratch : IDisposable
{
    public WorkerScratch(SparsePlan plan, int imageSize)
    {
        WeightGradient = new AlignedBuffer(WeightGradientJob.ScratchFloats);
        Features = new AlignedBuffer(plan.Head.FanIn * SparseKernels.Lanes);
        FeatureGradients = new AlignedBuffer(plan.Head.FanIn * SparseKernels.Lanes);
        Logits = new AlignedBuffer(plan.Head.Outputs * SparseKernels.Lanes);
        LogitGradients = new AlignedBuffer(plan.Head.Outputs * SparseKernels.Lanes);
        Image = new float[imageSize];
    }

    public AlignedBuffer Features { get; }

    public AlignedBuffer FeatureGradients { get; }

    public AlignedBuffer Logits { get; }

    public AlignedBuffer LogitGradients { get; }

    /// <summary>What the kernels of the weight gradients need.</summary>
    public AlignedBuffer WeightGradient { get; }

    /// <summary>One image, [channel][row][column].</summary>
    public float[] Image { get; }

    public virtual void Dispose()
    {
        foreach (var buffer in new[] { WeightGradient, Features, FeatureGradients, Logits, LogitGradients })
        {
            buffer.Dispose();
        }
    }
}

/// <summary>
/// A thread's padded planes of a whole block. They are shared by all activations of one layout only, so that their borders
/// stay zero.
/// </summary>
internal sealed unsafe class PlaneScratch : WorkerScratch
{
    private readonly Dictionary<PaddedShape, AlignedBuffer> _activations = [];
    private readonly Dictionary<PaddedShape, AlignedBuffer> _gradients = [];

    public PlaneScratch(SparsePlan plan, IReadOnlyList<SparseWeights> weights, int imageSize) : base(plan, imageSize)
    {
        foreach (var activation in plan.Activations)
        {
            AddOnce(_activations, activation.Padded);
        }

        foreach (var lists in weights)
        {
            AddOnce(_gradients, lists.Gradient);
        }
    }

    public float* Activation(PaddedShape shape) => _activations[shape].Pointer;

    public float* Gradient(PaddedShape shape) => _gradients[shape].Pointer;

    public override void Dispose()
    {
        base.Dispose();
        foreach (var buffer in _activations.Values.Concat(_gradients.Values))
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
