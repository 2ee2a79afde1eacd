using System.Runtime.Intrinsics;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The inner loops of the engine. All of them work on planes of pixels in which the values of 16 images stand side by side
/// (<see cref="Lanes"/>): a plane of R rows and C columns is R·C·16 floats. A padded plane has a border of zeros around its
/// rows and columns. Distances are in floats. One object serves any number of threads.
/// </summary>
internal abstract unsafe class SparseKernels
{
    /// <summary>The number of images in a block.</summary>
    public const int Lanes = 16;

    /// <summary>The number of blocks that some images fill; the last may be filled in part.</summary>
    public static int BlockCount(int images) => (images + Lanes - 1) / Lanes;

    /// <summary>The kernels for a vector width.</summary>
    public static SparseKernels For(VectorWidth width) => VectorWidths.Resolve(width) switch
    {
        VectorWidth.Vector512 => new SparseKernels<Vector512Floats, Vector512<float>>(),
        VectorWidth.Vector256 => new SparseKernels<Vector256Floats, Vector256<float>>(),
        VectorWidth.Vector128 => new SparseKernels<Vector128Floats, Vector128<float>>(),
        _ => new SparseKernels<ScalarVector, float>(),
    };

    /// <summary>
    /// A sparse convolution: for each output channel out[p] = Σ_j value_j · in[p + offset_j] over its taps. The gradient of the
    /// input is the same loop over the lists of the way back.
    /// </summary>
    public abstract void Convolve(in ConvolutionJob job);

    /// <summary><see cref="Convolve"/> for the planes of an <see cref="ImageTiling"/> and for some neighbouring output channels; gives the same bits.</summary>
    public abstract void ConvolveTiles(in TileJob job);

    /// <summary>
    /// The gradient of the kept weights: for each tap j of an output channel Σ_p gradient[p] · in[p + offset_j] over all pixels
    /// and images.
    /// </summary>
    public abstract void WeightGradients(in WeightGradientJob job);

    /// <summary>Sums of a plane for each image: Σ value.</summary>
    public abstract void Sum(float* values, int pixels, float* sums);
}

/// <summary>Rows and columns of a plane or a part of it, and how far apart the rows of its padded form stand.</summary>
internal readonly record struct PlaneShape(int Rows, int Columns, nint PaddedRow)
{
    /// <summary>A whole plane that has no border.</summary>
    public static PlaneShape Flat(ImageShape shape) => new(shape.Height, shape.Width, shape.Width * SparseKernels.Lanes);
}

/// <summary>The coefficients of <see cref="BandKernels.NormGradient"/>.</summary>
internal readonly record struct NormGradientCoefficients(float A, float K, float Mean, float C);
