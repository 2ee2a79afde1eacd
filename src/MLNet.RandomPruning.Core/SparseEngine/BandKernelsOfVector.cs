using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>The kernels for one vector width and one way of storing.</summary>
internal sealed unsafe class BandKernels<TOps, TVector, TStorage> : BandKernels
    where TOps : struct, IVector<TVector>
    where TVector : struct
    where TStorage : struct, IStorage<TVector>
{
    private const int Lanes = SparseKernels.Lanes;

    public override int ValueBytes => TStorage.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Activate(in ActivationJob job)
    {
        TVector firstFactor = TOps.Create(job.FirstFactor), firstAddend = TOps.Create(job.FirstAddend);
        TVector secondFactor = TOps.Create(job.SecondFactor), secondAddend = TOps.Create(job.SecondAddend);
        byte* first = job.First, second = job.Second, residual = job.Residual, stored = job.Stored;
        float* output = job.Output;
        nint length = job.Shape.Columns * Lanes;
        nint start = 0;
        for (int row = 0; row < job.Shape.Rows; row++, start += length, output += job.Shape.PaddedRow)
        {
            for (nint i = 0; i < length; i += TOps.Count)
            {
                nint at = (start + i) * TStorage.Bytes;
                TVector value = TOps.MultiplyAdd(TStorage.Load(first + at), firstFactor, firstAddend);
                if (second != null)
                {
                    value = TOps.Add(value, TOps.MultiplyAdd(TStorage.Load(second + at), secondFactor, secondAddend));
                }

                if (residual != null)
                {
                    value = TOps.Add(value, TStorage.Load(residual + at));
                }

                value = TOps.Relu(value);
                if (stored != null)
                {
                    // Later readers find what is stored, so the first one must see nothing else. None of them comes soon.
                    value = TStorage.Round(value);
                    TStorage.StreamRounded(stored + at, value);
                }

                TOps.Store(output + i, value);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Restore(byte* stored, float* output, in PlaneShape shape)
    {
        nint length = shape.Columns * Lanes;
        for (int row = 0; row < shape.Rows; row++, stored += length * TStorage.Bytes, output += shape.PaddedRow)
        {
            for (nint i = 0; i < length; i += TOps.Count)
            {
                TOps.Store(output + i, TStorage.Load(stored + i * TStorage.Bytes));
            }
        }
    }

    // Four sums a lane, over every fourth pixel, so that additions overlap; the order depends on the pixels alone.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Keep(float* values, int pixels, byte* stored, float* moments, bool goOn)
    {
        if (!goOn)
        {
            SetCentres(values, pixels, moments);
        }

        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector centre = TOps.Load(moments + lane);
            TVector s0 = TOps.Create(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
            float* p = values + lane;
            byte* target = stored + lane * TStorage.Bytes;
            int pixel = 0;
            for (; pixel + 4 <= pixels; pixel += 4, p += 4 * Lanes, target += 4 * Lanes * TStorage.Bytes)
            {
                TVector d0 = TOps.Subtract(Keep(p, target), centre);
                TVector d1 = TOps.Subtract(Keep(p + Lanes, target + Lanes * TStorage.Bytes), centre);
                TVector d2 = TOps.Subtract(Keep(p + 2 * Lanes, target + 2 * Lanes * TStorage.Bytes), centre);
                TVector d3 = TOps.Subtract(Keep(p + 3 * Lanes, target + 3 * Lanes * TStorage.Bytes), centre);
                s0 = TOps.Add(s0, d0);
                s1 = TOps.Add(s1, d1);
                s2 = TOps.Add(s2, d2);
                s3 = TOps.Add(s3, d3);
                q0 = TOps.MultiplyAdd(d0, d0, q0);
                q1 = TOps.MultiplyAdd(d1, d1, q1);
                q2 = TOps.MultiplyAdd(d2, d2, q2);
                q3 = TOps.MultiplyAdd(d3, d3, q3);
            }

            for (; pixel < pixels; pixel++, p += Lanes, target += Lanes * TStorage.Bytes)
            {
                TVector d = TOps.Subtract(Keep(p, target), centre);
                s0 = TOps.Add(s0, d);
                q0 = TOps.MultiplyAdd(d, d, q0);
            }

            AddTo(moments + Lanes + lane, TOps.Add(TOps.Add(s0, s1), TOps.Add(s2, s3)), goOn: true);
            AddTo(moments + 2 * Lanes + lane, TOps.Add(TOps.Add(q0, q1), TOps.Add(q2, q3)), goOn: true);
        }
    }

    // Two sums a lane, over even and odd columns, so that additions overlap; the order depends on the rows alone.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void BackThroughActivation(in ActivationGradientJob job)
    {
        int columns = job.Shape.Columns;
        bool hasSecond = job.Second != null;
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector zero = TOps.Create(0), firstMean = TOps.Create(job.FirstMean), secondMean = TOps.Create(job.SecondMean);
            TVector evenSum = zero, oddSum = zero, evenFirst = zero, oddFirst = zero, evenSecond = zero, oddSecond = zero;
            float* activation = job.Activation + lane;
            nint at = lane;
            for (int row = 0; row < job.Shape.Rows; row++, activation += job.Shape.PaddedRow)
            {
                int column = 0;
                for (; column + 2 <= columns; column += 2, at += 2 * Lanes)
                {
                    TVector even = Gate(job, activation + column * Lanes, at), odd = Gate(job, activation + (column + 1) * Lanes, at + Lanes);
                    evenSum = TOps.Add(evenSum, even);
                    oddSum = TOps.Add(oddSum, odd);
                    evenFirst = AddProduct(job.First, at, firstMean, even, evenFirst);
                    oddFirst = AddProduct(job.First, at + Lanes, firstMean, odd, oddFirst);
                    if (hasSecond)
                    {
                        evenSecond = AddProduct(job.Second, at, secondMean, even, evenSecond);
                        oddSecond = AddProduct(job.Second, at + Lanes, secondMean, odd, oddSecond);
                    }
                }

                if (column < columns)
                {
                    TVector even = Gate(job, activation + column * Lanes, at);
                    evenSum = TOps.Add(evenSum, even);
                    evenFirst = AddProduct(job.First, at, firstMean, even, evenFirst);
                    evenSecond = hasSecond ? AddProduct(job.Second, at, secondMean, even, evenSecond) : evenSecond;
                    at += Lanes;
                }
            }

            AddTo(job.Sums + lane, TOps.Add(evenSum, oddSum), job.GoOn);
            AddTo(job.Sums + Lanes + lane, TOps.Add(evenFirst, oddFirst), job.GoOn);
            AddTo(job.Sums + 2 * Lanes + lane, TOps.Add(evenSecond, oddSecond), job.GoOn);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void NormGradient(
        byte* gradient, byte* values, float* output, in PlaneShape shape, in NormGradientCoefficients coefficients, float* mask)
    {
        TVector a = TOps.Create(coefficients.A), k = TOps.Create(coefficients.K);
        TVector mean = TOps.Create(coefficients.Mean), c = TOps.Create(coefficients.C);
        nint length = shape.Columns * Lanes, bytes = length * TStorage.Bytes;
        for (int row = 0; row < shape.Rows; row++, gradient += bytes, values += bytes, output += shape.PaddedRow)
        {
            for (int lane = 0; lane < Lanes; lane += TOps.Count)
            {
                TVector valid = TOps.Load(mask + lane);
                for (nint i = lane; i < length; i += Lanes)
                {
                    TVector centred = TOps.Subtract(TStorage.Load(values + i * TStorage.Bytes), mean);
                    TVector result = TOps.MultiplyAdd(a, TStorage.Load(gradient + i * TStorage.Bytes), TOps.MultiplyAdd(k, centred, c));
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

    /// <summary>Stores a convolution's output, unless it stands where it is to be kept; gives what a later reader will find.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Keep(float* value, byte* target)
    {
        TVector rounded = TStorage.Round(TOps.Load(value));
        if (TStorage.Bytes != sizeof(float))
        {
            TStorage.StoreRounded(target, rounded);
        }

        return rounded;
    }

    /// <summary>The gradient in front of the rectifier, stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Gate(in ActivationGradientJob job, float* activation, nint at)
    {
        TVector gradient = TOps.Load(job.Gradient + at);
        if (job.Residual != null)
        {
            gradient = TOps.Add(gradient, TStorage.Load(job.Residual + at * TStorage.Bytes));
        }

        gradient = TStorage.Round(TOps.WherePositive(TOps.Load(activation), gradient));
        TStorage.StoreRounded(job.Target + at * TStorage.Bytes, gradient);
        return gradient;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddProduct(byte* input, nint at, TVector mean, TVector gradient, TVector sum) =>
        TOps.MultiplyAdd(gradient, TOps.Subtract(TStorage.Load(input + at * TStorage.Bytes), mean), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(float* place, TVector sum, bool goOn) => TOps.Store(place, goOn ? TOps.Add(TOps.Load(place), sum) : sum);

    /// <summary>Moments that start around the means of some pixels.</summary>
    private static void SetCentres(float* values, int pixels, float* moments)
    {
        for (int lane = 0; lane < Lanes; lane += TOps.Count)
        {
            TVector even = TOps.Create(0), odd = even;
            float* p = values + lane;
            int pixel = 0;
            for (; pixel + 2 <= pixels; pixel += 2, p += 2 * Lanes)
            {
                even = TOps.Add(even, TOps.Load(p));
                odd = TOps.Add(odd, TOps.Load(p + Lanes));
            }

            TVector sum = TOps.Add(even, odd);
            sum = pixel < pixels ? TOps.Add(sum, TOps.Load(p)) : sum;
            TOps.Store(moments + lane, TOps.Multiply(sum, TOps.Create(1f / pixels)));
        }

        new Span<float>(moments + Lanes, 2 * Lanes).Clear();
    }
}
