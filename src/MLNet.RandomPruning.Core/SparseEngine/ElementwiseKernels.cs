using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The kernels for one vector width: <typeparamref name="TOps"/> computes on <typeparamref name="TVector"/>.</summary>
internal sealed unsafe partial class SparseKernels<TOps, TVector> : SparseKernels
    where TOps : struct, IVector<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Affine(float* input, float* output, in PlaneShape shape, float scale, float shift, bool accumulate)
    {
        TVector factor = TOps.Create(scale), addend = TOps.Create(shift);
        int length = shape.Columns * Lanes;
        for (int row = 0; row < shape.Rows; row++, input += shape.InputRow, output += shape.OutputRow)
        {
            for (int i = 0; i < length; i += TOps.Count)
            {
                TVector value = TOps.MultiplyAdd(TOps.Load(input + i), factor, addend);
                TOps.Store(output + i, accumulate ? TOps.Add(TOps.Load(output + i), value) : value);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Copy(float* input, float* output, in PlaneShape shape, bool accumulate)
    {
        int length = shape.Columns * Lanes;
        for (int row = 0; row < shape.Rows; row++, input += shape.InputRow, output += shape.OutputRow)
        {
            for (int i = 0; i < length; i += TOps.Count)
            {
                TVector value = TOps.Load(input + i);
                TOps.Store(output + i, accumulate ? TOps.Add(TOps.Load(output + i), value) : value);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Relu(float* values, in PlaneShape shape)
    {
        int length = shape.Columns * Lanes;
        for (int row = 0; row < shape.Rows; row++, values += shape.OutputRow)
        {
            for (int i = 0; i < length; i += TOps.Count)
            {
                TOps.Store(values + i, TOps.Relu(TOps.Load(values + i)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ReluGradient(float* gradient, float* activation, in PlaneShape shape)
    {
        int length = shape.Columns * Lanes;
        for (int row = 0; row < shape.Rows; row++, gradient += shape.InputRow, activation += shape.OutputRow)
        {
            for (int i = 0; i < length; i += TOps.Count)
            {
                TOps.Store(gradient + i, TOps.WherePositive(TOps.Load(activation + i), TOps.Load(gradient + i)));
            }
        }
    }

    // The three reductions keep four sums a lane, over every fourth pixel, so that additions overlap; the order depends on
    // the pixels alone.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(float* values, int pixels, float* sums)
    {
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector s0 = TOps.Create(0), s1 = s0, s2 = s0, s3 = s0;
            float* p = values + lane;
            int pixel = 0;
            for (; pixel + 4 <= pixels; pixel += 4, p += 4 * Lanes)
            {
                s0 = TOps.Add(s0, TOps.Load(p));
                s1 = TOps.Add(s1, TOps.Load(p + Lanes));
                s2 = TOps.Add(s2, TOps.Load(p + 2 * Lanes));
                s3 = TOps.Add(s3, TOps.Load(p + 3 * Lanes));
            }

            for (; pixel < pixels; pixel++, p += Lanes)
            {
                s0 = TOps.Add(s0, TOps.Load(p));
            }

            TOps.Store(sums + lane, TOps.Add(TOps.Add(s0, s1), TOps.Add(s2, s3)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SumOfSquares(float* values, int pixels, float mean, float* sums)
    {
        TVector centre = TOps.Create(mean);
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector s0 = TOps.Create(0), s1 = s0, s2 = s0, s3 = s0;
            float* p = values + lane;
            int pixel = 0;
            for (; pixel + 4 <= pixels; pixel += 4, p += 4 * Lanes)
            {
                TVector d0 = TOps.Subtract(TOps.Load(p), centre);
                TVector d1 = TOps.Subtract(TOps.Load(p + Lanes), centre);
                TVector d2 = TOps.Subtract(TOps.Load(p + 2 * Lanes), centre);
                TVector d3 = TOps.Subtract(TOps.Load(p + 3 * Lanes), centre);
                s0 = TOps.MultiplyAdd(d0, d0, s0);
                s1 = TOps.MultiplyAdd(d1, d1, s1);
                s2 = TOps.MultiplyAdd(d2, d2, s2);
                s3 = TOps.MultiplyAdd(d3, d3, s3);
            }

            for (; pixel < pixels; pixel++, p += Lanes)
            {
                TVector d = TOps.Subtract(TOps.Load(p), centre);
                s0 = TOps.MultiplyAdd(d, d, s0);
            }

            TOps.Store(sums + lane, TOps.Add(TOps.Add(s0, s1), TOps.Add(s2, s3)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SumOfProducts(float* gradient, float* values, int pixels, float mean, float* sums)
    {
        TVector centre = TOps.Create(mean);
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector s0 = TOps.Create(0), s1 = s0, s2 = s0, s3 = s0;
            float* g = gradient + lane;
            float* p = values + lane;
            int pixel = 0;
            for (; pixel + 4 <= pixels; pixel += 4, p += 4 * Lanes, g += 4 * Lanes)
            {
                s0 = TOps.MultiplyAdd(TOps.Load(g), TOps.Subtract(TOps.Load(p), centre), s0);
                s1 = TOps.MultiplyAdd(TOps.Load(g + Lanes), TOps.Subtract(TOps.Load(p + Lanes), centre), s1);
                s2 = TOps.MultiplyAdd(TOps.Load(g + 2 * Lanes), TOps.Subtract(TOps.Load(p + 2 * Lanes), centre), s2);
                s3 = TOps.MultiplyAdd(TOps.Load(g + 3 * Lanes), TOps.Subtract(TOps.Load(p + 3 * Lanes), centre), s3);
            }

            for (; pixel < pixels; pixel++, p += Lanes, g += Lanes)
            {
                s0 = TOps.MultiplyAdd(TOps.Load(g), TOps.Subtract(TOps.Load(p), centre), s0);
            }

            TOps.Store(sums + lane, TOps.Add(TOps.Add(s0, s1), TOps.Add(s2, s3)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void NormGradient(
        float* gradient, float* values, float* output, in PlaneShape shape, in NormGradientCoefficients coefficients, float* mask)
    {
        TVector a = TOps.Create(coefficients.A), k = TOps.Create(coefficients.K);
        TVector mean = TOps.Create(coefficients.Mean), c = TOps.Create(coefficients.C);
        for (int row = 0; row < shape.Rows; row++, gradient += shape.InputRow, values += shape.InputRow, output += shape.OutputRow)
        {
            for (int lane = 0; lane < Lanes; lane += TOps.Count)
            {
                TVector valid = TOps.Load(mask + lane);
                for (int i = lane; i < shape.Columns * Lanes; i += Lanes)
                {
                    TVector centred = TOps.Subtract(TOps.Load(values + i), mean);
                    TVector result = TOps.MultiplyAdd(a, TOps.Load(gradient + i), TOps.MultiplyAdd(k, centred, c));
                    TOps.Store(output + i, TOps.Multiply(result, valid));
                }
            }
        }
    }

    public override void Fill(float* output, int pixels, float* lanes)
    {
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector value = TOps.Load(lanes + lane);
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                TOps.Store(output + pixel * Lanes + lane, value);
            }
        }
    }
}
