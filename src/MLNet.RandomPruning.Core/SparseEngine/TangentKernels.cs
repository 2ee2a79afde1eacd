using System.Runtime.Intrinsics;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// The loops of a <see cref="HessianPass"/> that go over a plane value by value: 16 images side by side, one pixel at a time, so
/// that sums are always taken in the same order. Convolutions, which take nearly all of the time, run on the engine's kernels.
/// </summary>
internal static unsafe class TangentKernels
{
    private const int Lanes = SparseKernels.Lanes;

    /// <summary>out = in·factor + addend, or added to what stands there.</summary>
    public static void Affine(float* input, float* output, in RowLayout layout, float factor, float addend, bool accumulate)
    {
        Vector512<float> by = Vector512.Create(factor), plus = Vector512.Create(addend);
        for (int row = 0; row < layout.Rows; row++, input += layout.InputRow, output += layout.OutputRow)
        {
            for (int i = 0; i < layout.Columns * Lanes; i += Lanes)
            {
                var value = Vector512.Load(input + i) * by + plus;
                Vector512.Store(accumulate ? Vector512.Load(output + i) + value : value, output + i);
            }
        }
    }

    /// <summary>out = in, or added to what stands there.</summary>
    public static void Copy(float* input, float* output, in RowLayout layout, bool accumulate)
    {
        for (int row = 0; row < layout.Rows; row++, input += layout.InputRow, output += layout.OutputRow)
        {
            for (int i = 0; i < layout.Columns * Lanes; i += Lanes)
            {
                var value = Vector512.Load(input + i);
                Vector512.Store(accumulate ? Vector512.Load(output + i) + value : value, output + i);
            }
        }
    }

    /// <summary>values = values where the gate (laid out as the output) is above zero, else 0; with the values as their own gate, the rectifier.</summary>
    public static void Gate(float* values, float* gate, in RowLayout layout)
    {
        for (int row = 0; row < layout.Rows; row++, values += layout.InputRow, gate += layout.OutputRow)
        {
            for (int i = 0; i < layout.Columns * Lanes; i += Lanes)
            {
                var open = Vector512.GreaterThan(Vector512.Load(gate + i), Vector512<float>.Zero);
                Vector512.Store(Vector512.ConditionalSelect(open, Vector512.Load(values + i), Vector512<float>.Zero), values + i);
            }
        }
    }

    /// <summary>
    /// out = a·gradient + k·(value − mean) + c, or added to what stands there; 0 for the places of a block that hold no image.
    /// </summary>
    public static void NormGradient(
        float* gradient, float* values, float* output, in RowLayout layout, in NormGradientCoefficients coefficients, int images, bool accumulate)
    {
        Vector512<float> a = Vector512.Create(coefficients.A), k = Vector512.Create(coefficients.K);
        Vector512<float> mean = Vector512.Create(coefficients.Mean), c = Vector512.Create(coefficients.C);
        var valid = Vector512.LessThan(Vector512<float>.Indices, Vector512.Create((float)images));
        for (int row = 0; row < layout.Rows; row++, gradient += layout.InputRow, values += layout.InputRow, output += layout.OutputRow)
        {
            for (int i = 0; i < layout.Columns * Lanes; i += Lanes)
            {
                var value = a * Vector512.Load(gradient + i) + (k * (Vector512.Load(values + i) - mean) + c);
                value = Vector512.ConditionalSelect(valid, value, Vector512<float>.Zero);
                Vector512.Store(accumulate ? Vector512.Load(output + i) + value : value, output + i);
            }
        }
    }

    /// <summary>Writes the same 16 values to every pixel of a plane.</summary>
    public static void Fill(float* output, int pixels, Vector512<float> lanes)
    {
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            Vector512.Store(lanes, output + pixel * Lanes);
        }
    }

    /// <summary>Σ value over the pixels of a plane, for each image.</summary>
    public static Vector512<float> Sum(float* values, int pixels)
    {
        var sum = Vector512<float>.Zero;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            sum += Vector512.Load(values + pixel * Lanes);
        }

        return sum;
    }

    /// <summary>Σ (values − centre)·factor over the pixels of two planes, for each image.</summary>
    public static Vector512<float> Products(float* values, float centre, float* factors, int pixels)
    {
        var sum = Vector512<float>.Zero;
        var middle = Vector512.Create(centre);
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            sum += (Vector512.Load(values + pixel * Lanes) - middle) * Vector512.Load(factors + pixel * Lanes);
        }

        return sum;
    }

    /// <summary>Σ (value − centre)² over the pixels of a plane, for each image.</summary>
    public static Vector512<float> Squares(float* values, float centre, int pixels)
    {
        var sum = Vector512<float>.Zero;
        var middle = Vector512.Create(centre);
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            var distance = Vector512.Load(values + pixel * Lanes) - middle;
            sum += distance * distance;
        }

        return sum;
    }

    /// <summary>The sum over the first images of a block, one after the other.</summary>
    public static double OverImages(Vector512<float> lanes, int images)
    {
        double sum = 0;
        for (int lane = 0; lane < images; lane++)
        {
            sum += lanes[lane];
        }

        return sum;
    }
}

/// <summary>Rows and columns of a plane, and how far apart its rows stand in the input and in the output, in floats.</summary>
internal readonly record struct RowLayout(int Rows, int Columns, nint InputRow, nint OutputRow)
{
    private static nint Row(PaddedShape padded) => padded.Shape.Width * SparseKernels.Lanes;

    /// <summary>From a plane without a border to a padded one.</summary>
    public static RowLayout Inward(PaddedShape padded) => new(padded.Shape.Height, padded.Shape.Width, Row(padded), padded.RowFloats);

    /// <summary>From a padded plane to one without a border.</summary>
    public static RowLayout Outward(PaddedShape padded) => new(padded.Shape.Height, padded.Shape.Width, padded.RowFloats, Row(padded));

    /// <summary>Between padded planes.</summary>
    public static RowLayout Within(PaddedShape padded) => new(padded.Shape.Height, padded.Shape.Width, padded.RowFloats, padded.RowFloats);

    /// <summary>Between planes without a border.</summary>
    public static RowLayout Flat(PaddedShape padded) => new(padded.Shape.Height, padded.Shape.Width, Row(padded), Row(padded));
}
