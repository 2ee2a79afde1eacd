using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The kernels for one vector width: <typeparamref name="TOps"/> computes on <typeparamref name="TVector"/>.</summary>
internal sealed unsafe partial class SparseKernels<TOps, TVector> : SparseKernels
    where TOps : struct, IVector<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Activate(in ActivationJob job)
    {
        TVector firstFactor = TOps.Create(job.FirstFactor), firstAddend = TOps.Create(job.FirstAddend);
        TVector secondFactor = TOps.Create(job.SecondFactor), secondAddend = TOps.Create(job.SecondAddend);
        float* first = job.First, second = job.Second, residual = job.Residual, stored = job.Stored, output = job.Output;
        int length = job.Shape.Columns * Lanes;
        int start = 0;
        for (int row = 0; row < job.Shape.Rows; row++, start += length, output += job.Shape.PaddedRow)
        {
            for (int i = 0; i < length; i += TOps.Count)
            {
                TVector value = TOps.MultiplyAdd(TOps.Load(first + start + i), firstFactor, firstAddend);
                if (second != null)
                {
                    value = TOps.Add(value, TOps.MultiplyAdd(TOps.Load(second + start + i), secondFactor, secondAddend));
                }

                if (residual != null)
                {
                    value = TOps.Add(value, TOps.Load(residual + start + i));
                }

                value = TOps.Relu(value);
                TOps.Store(output + i, value);
                if (stored != null)
                {
                    TOps.Store(stored + start + i, value);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Restore(float* stored, float* output, in PlaneShape shape)
    {
        int length = shape.Columns * Lanes;
        for (int row = 0; row < shape.Rows; row++, stored += length, output += shape.PaddedRow)
        {
            for (int i = 0; i < length; i += TOps.Count)
            {
                TOps.Store(output + i, TOps.Load(stored + i));
            }
        }
    }

    // Two sums a lane, over even and odd columns, so that additions overlap; the order depends on the plane alone.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void BackThroughActivation(in ActivationGradientJob job)
    {
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector zero = TOps.Create(0), firstMean = TOps.Create(job.FirstMean), secondMean = TOps.Create(job.SecondMean);
            TVector evenSum = zero, oddSum = zero, evenFirst = zero, oddFirst = zero, evenSecond = zero, oddSecond = zero;
            bool hasResidual = job.Residual != null, hasSecond = job.Second != null;
            int length = job.Shape.Columns * Lanes;
            float* activation = job.Activation + lane;
            int start = lane;
            for (int row = 0; row < job.Shape.Rows; row++, start += length, activation += job.Shape.PaddedRow)
            {
                for (int i = 0; i < length; i += Lanes)
                {
                    TVector gradient = TOps.Load(job.Gradient + start + i);
                    if (hasResidual)
                    {
                        gradient = TOps.Add(gradient, TOps.Load(job.Residual + start + i));
                    }

                    gradient = TOps.WherePositive(TOps.Load(activation + i), gradient);
                    TOps.Store(job.Gradient + start + i, gradient);
                    evenSum = TOps.Add(evenSum, gradient);
                    evenFirst = TOps.MultiplyAdd(gradient, TOps.Subtract(TOps.Load(job.First + start + i), firstMean), evenFirst);
                    if (hasSecond)
                    {
                        evenSecond = TOps.MultiplyAdd(gradient, TOps.Subtract(TOps.Load(job.Second + start + i), secondMean), evenSecond);
                    }

                    // What has just been even is odd for the next column.
                    (evenSum, oddSum) = (oddSum, evenSum);
                    (evenFirst, oddFirst) = (oddFirst, evenFirst);
                    (evenSecond, oddSecond) = (oddSecond, evenSecond);
                }
            }

            SetSum(job.Sums + lane, TOps.Add(evenSum, oddSum), job.GoOn);
            SetSum(job.Sums + Lanes + lane, TOps.Add(evenFirst, oddFirst), job.GoOn);
            SetSum(job.Sums + 2 * Lanes + lane, TOps.Add(evenSecond, oddSecond), job.GoOn);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetSum(float* place, TVector sum, bool goOn) => TOps.Store(place, goOn ? TOps.Add(TOps.Load(place), sum) : sum);

    // The reductions keep four sums a lane, over every fourth pixel, so that additions overlap; the order depends on
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
    public override void Moments(float* values, int pixels, float* moments, bool goOn)
    {
        if (!goOn)
        {
            // The first sums are the means of the pixels that come first; the others start from zero.
            Sum(values, pixels, moments);
            for (int lane = 0; lane < Lanes; lane++)
            {
                moments[lane] /= pixels;
            }

            new Span<float>(moments + Lanes, 2 * Lanes).Clear();
        }

        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector centre = TOps.Load(moments + lane);
            TVector s0 = TOps.Create(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
            float* p = values + lane;
            int pixel = 0;
            for (; pixel + 4 <= pixels; pixel += 4, p += 4 * Lanes)
            {
                TVector d0 = TOps.Subtract(TOps.Load(p), centre);
                TVector d1 = TOps.Subtract(TOps.Load(p + Lanes), centre);
                TVector d2 = TOps.Subtract(TOps.Load(p + 2 * Lanes), centre);
                TVector d3 = TOps.Subtract(TOps.Load(p + 3 * Lanes), centre);
                s0 = TOps.Add(s0, d0);
                s1 = TOps.Add(s1, d1);
                s2 = TOps.Add(s2, d2);
                s3 = TOps.Add(s3, d3);
                q0 = TOps.MultiplyAdd(d0, d0, q0);
                q1 = TOps.MultiplyAdd(d1, d1, q1);
                q2 = TOps.MultiplyAdd(d2, d2, q2);
                q3 = TOps.MultiplyAdd(d3, d3, q3);
            }

            for (; pixel < pixels; pixel++, p += Lanes)
            {
                TVector d = TOps.Subtract(TOps.Load(p), centre);
                s0 = TOps.Add(s0, d);
                q0 = TOps.MultiplyAdd(d, d, q0);
            }

            float* sums = moments + Lanes + lane, squares = moments + 2 * Lanes + lane;
            TOps.Store(sums, TOps.Add(TOps.Load(sums), TOps.Add(TOps.Add(s0, s1), TOps.Add(s2, s3))));
            TOps.Store(squares, TOps.Add(TOps.Load(squares), TOps.Add(TOps.Add(q0, q1), TOps.Add(q2, q3))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void NormGradient(
        float* gradient, float* values, float* output, in PlaneShape shape, in NormGradientCoefficients coefficients, float* mask)
    {
        TVector a = TOps.Create(coefficients.A), k = TOps.Create(coefficients.K);
        TVector mean = TOps.Create(coefficients.Mean), c = TOps.Create(coefficients.C);
        int length = shape.Columns * Lanes;
        for (int row = 0; row < shape.Rows; row++, gradient += length, values += length, output += shape.PaddedRow)
        {
            for (int lane = 0; lane < Lanes; lane += TOps.Count)
            {
                TVector valid = TOps.Load(mask + lane);
                for (int i = lane; i < length; i += Lanes)
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
