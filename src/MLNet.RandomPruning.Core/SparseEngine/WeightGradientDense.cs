using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // Where most weights are kept, the 9 sums of a whole 3×3 kernel stay in registers, those of two output channels where
    // there are enough: a pixel of the input is loaded once for both, and one of the gradient once for 9. The sums of pruned
    // weights are left behind. Each sum takes its pixels in the order of the sparse path, so that its bits are the same.
    private const int Positions = KernelWindow.ThreeByThree;

    // More sums than this would push tiles out of the second-level cache.
    private const int DenseSums = 4096;

    private static void DenseWeightGradients<TStride>(in WeightGradientJob job, GradientLists taps, DensePositions dense)
        where TStride : IStride
    {
        int perOutput = dense.Inputs * Positions;
        int capacity = Math.Min(job.SumCapacity, DenseSums);
        int outputsAtOnce = Math.Clamp(capacity / perOutput, 1, taps.Outputs);
        if (outputsAtOnce > 1)
        {
            outputsAtOnce &= ~1;
        }

        for (int first = 0; first < taps.Outputs; first += outputsAtOnce)
        {
            int count = Math.Min(outputsAtOnce, taps.Outputs - first);
            new Span<float>(job.Sums, count * perOutput * Lanes).Clear();
            for (int column = 0; column < job.Columns; column += TileColumnCount)
            {
                for (int row = 0; row < job.Rows; row += TileRowCount)
                {
                    var tile = new GradientTile(
                        Math.Min(TileRowCount, job.Rows - row), Math.Min(TileColumnCount, job.Columns - column), job.InputRow, job.GradientRow);
                    float* input = job.Input + row * job.InputRow + column * TStride.Pixel;
                    float* gradient = job.Gradient + first * job.GradientPlane + row * job.GradientRow + column * Lanes;
                    DenseTile<TStride>(job, dense, tile, input, gradient, count);
                }
            }

            DenseLanes(job, dense, first, count);
        }
    }

    /// <summary>The sums of some output channels over one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DenseTile<TStride>(in WeightGradientJob job, DensePositions dense, in GradientTile tile, float* input, float* gradient, int outputs)
        where TStride : IStride
    {
        var window = dense.Window;
        nint sumsOfOutput = dense.Inputs * Positions * Lanes;
        float* sums = job.Sums;
        for (int output = 0; output < outputs;)
        {
            int together = TOps.HasManyRegisters && output + 2 <= outputs ? 2 : 1;
            float* p = input + window.Origin;
            for (int channel = 0; channel < dense.Inputs; channel++, p += window.PlaneFloats)
            {
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    float* target = sums + channel * (Positions * Lanes) + lane;
                    if (together == 2)
                    {
                        SumKernels<TStride, Count2>(tile, p + lane, window.RowFloats, gradient + lane, job.GradientPlane, target, sumsOfOutput);
                    }
                    else
                    {
                        SumKernels<TStride, Count1>(tile, p + lane, window.RowFloats, gradient + lane, job.GradientPlane, target, sumsOfOutput);
                    }
                }
            }

            output += together;
            sums += together * sumsOfOutput;
            gradient += together * job.GradientPlane;
        }
    }

    /// <summary>The sums of one or two whole 3×3 kernels over a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumKernels<TStride, TCount>(in GradientTile tile, float* input, nint windowRow, float* gradient, nint gradientPlane, float* sums, nint sumsOfOutput)
        where TStride : IStride
        where TCount : ICount
    {
        TVector a0 = TOps.Load(sums), a1 = TOps.Load(sums + 1 * Lanes), a2 = TOps.Load(sums + 2 * Lanes);
        TVector a3 = TOps.Load(sums + 3 * Lanes), a4 = TOps.Load(sums + 4 * Lanes), a5 = TOps.Load(sums + 5 * Lanes);
        TVector a6 = TOps.Load(sums + 6 * Lanes), a7 = TOps.Load(sums + 7 * Lanes), a8 = TOps.Load(sums + 8 * Lanes);
        TVector b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default, b8 = default;
        float* second = sums + sumsOfOutput;
        if (TCount.Value > 1)
        {
            (b0, b1, b2) = (TOps.Load(second), TOps.Load(second + 1 * Lanes), TOps.Load(second + 2 * Lanes));
            (b3, b4, b5) = (TOps.Load(second + 3 * Lanes), TOps.Load(second + 4 * Lanes), TOps.Load(second + 5 * Lanes));
            (b6, b7, b8) = (TOps.Load(second + 6 * Lanes), TOps.Load(second + 7 * Lanes), TOps.Load(second + 8 * Lanes));
        }

        for (int row = tile.Rows; row > 0; row--)
        {
            float* g = gradient, p0 = input, p1 = input + windowRow, p2 = p1 + windowRow;
            for (float* end = gradient + tile.Columns * Lanes; g < end; g += Lanes)
            {
                TVector ga = TOps.Load(g), gb = TCount.Value > 1 ? TOps.Load(g + gradientPlane) : default;
                Step<TCount>(p0, ga, gb, ref a0, ref b0);
                Step<TCount>(p0 + Lanes, ga, gb, ref a1, ref b1);
                Step<TCount>(p0 + 2 * Lanes, ga, gb, ref a2, ref b2);
                Step<TCount>(p1, ga, gb, ref a3, ref b3);
                Step<TCount>(p1 + Lanes, ga, gb, ref a4, ref b4);
                Step<TCount>(p1 + 2 * Lanes, ga, gb, ref a5, ref b5);
                Step<TCount>(p2, ga, gb, ref a6, ref b6);
                Step<TCount>(p2 + Lanes, ga, gb, ref a7, ref b7);
                Step<TCount>(p2 + 2 * Lanes, ga, gb, ref a8, ref b8);
                p0 += TStride.Pixel;
                p1 += TStride.Pixel;
                p2 += TStride.Pixel;
            }

            input += tile.InputRow;
            gradient += tile.GradientRow;
        }

        TOps.Store(sums, a0);
        TOps.Store(sums + 1 * Lanes, a1);
        TOps.Store(sums + 2 * Lanes, a2);
        TOps.Store(sums + 3 * Lanes, a3);
        TOps.Store(sums + 4 * Lanes, a4);
        TOps.Store(sums + 5 * Lanes, a5);
        TOps.Store(sums + 6 * Lanes, a6);
        TOps.Store(sums + 7 * Lanes, a7);
        TOps.Store(sums + 8 * Lanes, a8);
        if (TCount.Value > 1)
        {
            TOps.Store(second, b0);
            TOps.Store(second + 1 * Lanes, b1);
            TOps.Store(second + 2 * Lanes, b2);
            TOps.Store(second + 3 * Lanes, b3);
            TOps.Store(second + 4 * Lanes, b4);
            TOps.Store(second + 5 * Lanes, b5);
            TOps.Store(second + 6 * Lanes, b6);
            TOps.Store(second + 7 * Lanes, b7);
            TOps.Store(second + 8 * Lanes, b8);
        }
    }

    /// <summary>One pixel's part of one position's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TCount>(float* input, TVector first, TVector second, ref TVector firstSum, ref TVector secondSum)
        where TCount : ICount
    {
        TVector value = TOps.Load(input);
        firstSum = TOps.MultiplyAdd(value, first, firstSum);
        if (TCount.Value > 1)
        {
            secondSum = TOps.MultiplyAdd(value, second, secondSum);
        }
    }

    /// <summary>Adds up the images and puts the sums of kept weights in their order.</summary>
    private static void DenseLanes(in WeightGradientJob job, DensePositions dense, int first, int outputs)
    {
        int perOutput = dense.Inputs * Positions;
        int* sources = dense.Sources + first * perOutput;
        for (int position = 0; position < outputs * perOutput; position++)
        {
            if (sources[position] >= 0)
            {
                float* result = job.Result + sources[position];
                float sum = LaneSums.Of(job.Sums + position * Lanes);
                *result = job.Accumulate ? *result + sum : sum;
            }
        }
    }
}
