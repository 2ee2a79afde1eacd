using System.Runtime.Intrinsics;

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

    /// <summary>The kernels for a vector width.</summary>
    public static SparseKernels For(VectorWidth width) => VectorWidths.Resolve(width) switch
    {
        VectorWidth.Vector512 => new SparseKernels<Vector512Floats, Vector512<float>>(),
        VectorWidth.Vector256 => new SparseKernels<Vector256Floats, Vector256<float>>(),
        VectorWidth.Vector128 => new SparseKernels<Vector128Floats, Vector128<float>>(),
        _ => new SparseKernels<ScalarVector, float>(),
    };

    /// <summary>
    /// One output plane of a sparse convolution: out[p] = Σ_j value_j · in[p + offset_j] over the kept weights of one output
    /// channel. The gradient of the input is the same loop over the transposed list.
    /// </summary>
    public abstract void Convolve(in ConvolutionJob job);

    /// <summary>
    /// The gradient of the kept weights of one output channel: sums_j += Σ_p gradient[p] · in[p + offset_j], for each image
    /// on its own.
    /// </summary>
    public abstract void AccumulateWeightGradients(in WeightGradientJob job);

    /// <summary>out = in·scale + shift, or added to what stands there, for one plane.</summary>
    public abstract void Affine(float* input, float* output, in PlaneShape shape, float scale, float shift, bool accumulate);

    /// <summary>out = in, or added to what stands there, for one plane.</summary>
    public abstract void Copy(float* input, float* output, in PlaneShape shape, bool accumulate);

    /// <summary>The rectifier, in place, for one plane.</summary>
    public abstract void Relu(float* values, in PlaneShape shape);

    /// <summary>Keeps the gradient (input) where the activation (output) is above zero, and zeroes it elsewhere.</summary>
    public abstract void ReluGradient(float* gradient, float* activation, in PlaneShape shape);

    /// <summary>Writes the same 16 values to every pixel of a plane.</summary>
    public abstract void Fill(float* output, int pixels, float* lanes);

    /// <summary>Sums of a plane for each image: Σ value.</summary>
    public abstract void Sum(float* values, int pixels, float* sums);

    /// <summary>Sums of a plane for each image: Σ (value − mean)².</summary>
    public abstract void SumOfSquares(float* values, int pixels, float mean, float* sums);

    /// <summary>Sums of two planes for each image: Σ gradient·(value − mean).</summary>
    public abstract void SumOfProducts(float* gradient, float* values, int pixels, float mean, float* sums);

    /// <summary>
    /// Gradient of batch-norm's input: out = mask·(a·gradient + k·(value − mean) + c), for one plane; out is padded, the mask
    /// has one value an image.
    /// </summary>
    public abstract void NormGradient(float* gradient, float* values, float* output, in PlaneShape shape, in NormGradientCoefficients coefficients, float* mask);
}

/// <summary>Sums over the images of a block, always in the same order: halves are folded until one value is left.</summary>
internal static unsafe class LaneSums
{
    /// <summary>The sum of 16 values.</summary>
    public static float Of(float* lanes)
    {
        Vector128<float> four = (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));
        return (four[0] + four[2]) + (four[1] + four[3]);
    }
}

/// <summary>Rows and columns of a plane, and how far apart its rows stand in the input and in the output.</summary>
internal readonly record struct PlaneShape(int Rows, int Columns, nint InputRow, nint OutputRow);

/// <summary>The coefficients of <see cref="SparseKernels.NormGradient"/>.</summary>
internal readonly record struct NormGradientCoefficients(float A, float K, float Mean, float C);

/// <summary>What <see cref="SparseKernels.Convolve"/> computes.</summary>
internal unsafe struct ConvolutionJob
{
    /// <summary>The input pixel that belongs to the first output pixel; offsets count from it.</summary>
    public float* Input;

    /// <summary>From one output row's input pixel to the next row's.</summary>
    public nint InputRow;

    /// <summary>The convolution's stride, in pixels of the input.</summary>
    public int Stride;

    /// <summary>The first output pixel.</summary>
    public float* Output;

    /// <summary>From one output row to the next, and from one output pixel to the next.</summary>
    public nint OutputRow, OutputPixel;

    /// <summary>The shape of the output.</summary>
    public int Rows, Columns;

    /// <summary>The kept weights: where each looks, and its value.</summary>
    public int* Offsets;

    /// <inheritdoc cref="Offsets"/>
    public float* Values;

    /// <summary>The number of kept weights.</summary>
    public int Count;

    /// <summary>Added to every output.</summary>
    public float Bias;

    /// <summary>Added to each output, from a plane laid out like the output; or null.</summary>
    public float* Residual;

    /// <summary>Whether the result is added to what stands in the output.</summary>
    public bool Accumulate;

    /// <summary>Whether the rectifier is applied last.</summary>
    public bool Relu;

    /// <summary>One output of a linear layer: a convolution of a single pixel.</summary>
    public static ConvolutionJob OfPixel(float* input, float* output, int* offsets, float* values, int count, float bias) => new()
    {
        Input = input,
        Output = output,
        Offsets = offsets,
        Values = values,
        Count = count,
        Bias = bias,
        Stride = 1,
        Rows = 1,
        Columns = 1,
        OutputPixel = SparseKernels.Lanes,
    };
}

/// <summary>What <see cref="SparseKernels.AccumulateWeightGradients"/> computes.</summary>
internal unsafe struct WeightGradientJob
{
    /// <summary>The input pixel that belongs to the first output pixel; offsets count from it.</summary>
    public float* Input;

    /// <summary>From one output row's input pixel to the next row's.</summary>
    public nint InputRow;

    /// <summary>The convolution's stride, in pixels of the input.</summary>
    public int Stride;

    /// <summary>The gradient of the first output pixel; its pixels stand side by side.</summary>
    public float* Gradient;

    /// <summary>From one row of the gradient to the next.</summary>
    public nint GradientRow;

    /// <summary>The shape of the gradient.</summary>
    public int Rows, Columns;

    /// <summary>Where each kept weight looks.</summary>
    public int* Offsets;

    /// <summary>The number of kept weights.</summary>
    public int Count;

    /// <summary>16 sums a kept weight, one an image.</summary>
    public float* Sums;
}
