namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// What a training step does to the rows of a band besides convolutions: it brings stored values into padded rows of floats that
/// convolutions read, and back. Pixels are 16 values, one an image; rows without a border follow each other.
/// </summary>
internal abstract unsafe class BandKernels
{
    /// <summary>The floats of the moments of one channel: 16 centres, 16 sums of distances from them and 16 sums of their squares.</summary>
    public const int MomentFloats = 3 * SparseKernels.Lanes;

    /// <summary>The floats of the gradient sums of one channel: 16 sums, and 16 sums of products with each of two inputs.</summary>
    public const int GradientSumFloats = 3 * SparseKernels.Lanes;

    /// <summary>The kernels for a vector width and a way of storing.</summary>
    public static BandKernels For(VectorWidth width, ActivationPrecision precision)
    {
        bool single = precision switch
        {
            ActivationPrecision.Single => true,
            ActivationPrecision.BFloat16 => false,
            _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Activations are kept as Single or BFloat16."),
        };
        return VectorWidths.Resolve(width) switch
        {
            VectorWidth.Vector512 => Make<Vector512Floats, System.Runtime.Intrinsics.Vector512<float>>(single),
            VectorWidth.Vector256 => Make<Vector256Floats, System.Runtime.Intrinsics.Vector256<float>>(single),
            VectorWidth.Vector128 => Make<Vector128Floats, System.Runtime.Intrinsics.Vector128<float>>(single),
            _ => Make<ScalarVector, float>(single),
        };
    }

    /// <summary>The bytes of one stored value.</summary>
    public abstract int ValueBytes { get; }

    /// <summary>Rows of one plane of an activation: relu(Σ input·factor + addend, plus a residual).</summary>
    public abstract void Activate(in ActivationJob job);

    /// <summary>Rows of one plane of a stored activation back into its padded form.</summary>
    public abstract void Restore(byte* stored, float* output, in PlaneShape shape);

    /// <summary>
    /// Stores the outputs of a convolution and measures what is stored: for each image Σ (value − c) and Σ (value − c)², where c is
    /// the mean of the pixels that come first; further pixels go on around that centre.
    /// </summary>
    /// <param name="values">[pixel][16].</param>
    /// <param name="pixels">How many.</param>
    /// <param name="stored">Takes the values; may be the place where they stand.</param>
    /// <param name="moments">c and both sums, 16 each.</param>
    /// <param name="goOn">Whether there have been pixels before.</param>
    public abstract void Keep(float* values, int pixels, byte* stored, float* moments, bool goOn);

    /// <summary>
    /// Rows of one plane of a gradient on its way back through the rectifier: gradient = (gradient + residual) where the activation
    /// is above zero, else 0. On the way, for each image: Σ gradient, and Σ gradient·(input − mean) for each input.
    /// </summary>
    public abstract void BackThroughActivation(in ActivationGradientJob job);

    /// <summary>
    /// Gradient of batch-norm's input: out = mask·(a·gradient + k·(value − mean) + c), for rows of one plane; out is padded, the mask
    /// has one value an image.
    /// </summary>
    public abstract void NormGradient(
        byte* gradient, byte* values, float* output, in PlaneShape shape, in NormGradientCoefficients coefficients, float* mask);

    /// <summary>Writes the same 16 values to every pixel of a plane.</summary>
    public abstract void Fill(float* output, int pixels, float* lanes);

    private static BandKernels Make<TOps, TVector>(bool single)
        where TOps : struct, IVector<TVector>
        where TVector : struct =>
        single ? new BandKernels<TOps, TVector, SingleStorage<TOps, TVector>>() : new BandKernels<TOps, TVector, BFloat16Storage<TOps, TVector>>();
}
