namespace MLNet.RandomPruning.SparseEngine;

/// <summary>What <see cref="BandKernels.Activate"/> computes: rows of stored planes, into padded ones.</summary>
internal unsafe struct ActivationJob
{
    /// <summary>The outputs of one or two convolutions; the second may be null.</summary>
    public byte* First, Second;

    /// <summary>What batch-norm makes of them.</summary>
    public float FirstFactor, FirstAddend, SecondFactor, SecondAddend;

    /// <summary>An earlier activation; or null.</summary>
    public byte* Residual;

    /// <summary>Takes the activation, padded.</summary>
    public float* Output;

    /// <summary>Takes it as well, to be kept; or null.</summary>
    public byte* Stored;

    /// <summary>The rows.</summary>
    public PlaneShape Shape;
}

/// <summary>What <see cref="BandKernels.BackThroughActivation"/> computes.</summary>
internal unsafe struct ActivationGradientJob
{
    /// <summary>The gradient behind the rectifier; rows follow each other.</summary>
    public float* Gradient;

    /// <summary>Takes the gradient in front of it.</summary>
    public byte* Target;

    /// <summary>Added to the gradient first; or null.</summary>
    public byte* Residual;

    /// <summary>The activation, padded.</summary>
    public float* Activation;

    /// <summary>The outputs of one or two convolutions that made the activation, and their means; the second may be null.</summary>
    public byte* First, Second;

    /// <inheritdoc cref="First"/>
    public float FirstMean, SecondMean;

    /// <summary>The rows.</summary>
    public PlaneShape Shape;

    /// <summary>Takes three times 16 sums: of the gradient, and of its products with the first and the second input.</summary>
    public float* Sums;

    /// <summary>Whether the sums go on from what stands there.</summary>
    public bool GoOn;
}

/// <summary>Some rows of all channels that a convolution writes: the first channel's, and how far it is to the next channel's.</summary>
internal readonly unsafe struct PlaneRows(float* first, nint plane)
{
    public float* First { get; } = first;

    public nint Plane { get; } = plane;
}
