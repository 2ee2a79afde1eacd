using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // Where enough weights are kept, all of them are summed, and the sums of pruned ones left behind. A vector holds 16 output
    // channels here instead of 16 images: a value of the input is broadcast to all of them, the 9 sums of each stay in
    // registers while the pixels and images of a tile pass by, and no lanes are left to be added up. For that a tile of the
    // gradient is transposed once for all input channels. Each tile's sums start at zero: sums of sums lose less to rounding.
    private const int Positions = KernelWindow.ThreeByThree;

    private static void DenseWeightGradients<TStride>(in WeightGradientJob job, GradientLists taps, DenseKernels dense)
        where TStride : IStride
    {
        float* transposed = job.Scratch;
        for (int group = 0; group < dense.Groups; group += DenseKernels.GroupsAtOnce)
        {
            int groups = Math.Min(DenseKernels.GroupsAtOnce, dense.Groups - group);
            for (int row = 0; row < job.Rows; row++)
            {
                for (int column = 0; column < job.Columns; column += DenseKernels.TileColumns)
                {
                    int columns = Math.Min(DenseKernels.TileColumns, job.Columns - column);
                    for (int index = 0; index < groups; index++)
                    {
                        int channel = (group + index) * Lanes;
                        float* gradient = job.Gradient + channel * job.GradientPlane + row * job.GradientRow + column * Lanes;
                        LaneTransposition.Transpose(gradient, job.GradientPlane, Math.Min(Lanes, taps.Outputs - channel), columns * Lanes, transposed + index * DenseKernels.TransposedGroupFloats);
                    }

                    float* input = job.Input + row * job.InputRow + column * TStride.Pixel + dense.Window.Origin;
                    DenseTile<TStride>(dense, input, transposed, columns, job.Sums + group * dense.GroupSums, groups);
                }
            }
        }
    }

    /// <summary>The sums of one or two groups of output channels over one tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DenseTile<TStride>(DenseKernels dense, float* input, float* transposed, int columns, float* sums, int groups)
        where TStride : IStride
    {
        const nint ChannelSums = Positions * Lanes;
        nint row = dense.Window.RowFloats, plane = dense.Window.PlaneFloats;
        int channel = 0;
        if (TOps.HasManyRegisters && groups == DenseKernels.GroupsAtOnce)
        {
            for (; channel < dense.Inputs; channel++, input += plane, sums += ChannelSums)
            {
                SumKernels<TStride, OutputPair>(input, 0, row, transposed, columns, sums, dense.GroupSums);
            }
        }
        else if (TOps.HasManyRegisters)
        {
            for (; channel + 2 <= dense.Inputs; channel += 2, input += 2 * plane, sums += 2 * ChannelSums)
            {
                SumKernels<TStride, InputPair>(input, plane, row, transposed, columns, sums, ChannelSums);
            }
        }

        for (; channel < dense.Inputs; channel++, input += plane, sums += ChannelSums)
        {
            for (int group = 0; group < groups; group++)
            {
                for (int lane = 0; lane < Lanes; lane += TOps.Count)
                {
                    float* target = sums + group * dense.GroupSums + lane;
                    SumKernels<TStride, NoPair>(input, 0, row, transposed + group * DenseKernels.TransposedGroupFloats + lane, columns, target, 0);
                }
            }
        }
    }

    /// <summary>The sums of whole 3×3 kernels over a tile: those of one input channel and 16 output channels, or of a pair of either.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumKernels<TStride, TPair>(float* input, nint plane, nint windowRow, float* transposed, int columns, float* sums, nint nextSums)
        where TStride : IStride
        where TPair : IPair
    {
        TVector a0 = default, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, a8 = a0;
        TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0, b8 = a0;
        float* p0 = input, p1 = input + windowRow, p2 = p1 + windowRow;
        float* q0 = p0 + plane, q1 = p1 + plane, q2 = p2 + plane;
        int skip = TStride.Pixel - Lanes;
        for (float* end = transposed + columns * Lanes * Lanes; transposed < end;)
        {
            for (float* endOfPixel = transposed + Lanes * Lanes; transposed < endOfPixel; transposed += Lanes)
            {
                TVector g = TOps.Load(transposed);
                TVector h = TPair.HasOutputs ? TOps.Load(transposed + DenseKernels.TransposedGroupFloats) : g;
                Step<TPair>(p0, q0, g, h, ref a0, ref b0);
                Step<TPair>(p0 + Lanes, q0 + Lanes, g, h, ref a1, ref b1);
                Step<TPair>(p0 + 2 * Lanes, q0 + 2 * Lanes, g, h, ref a2, ref b2);
                Step<TPair>(p1, q1, g, h, ref a3, ref b3);
                Step<TPair>(p1 + Lanes, q1 + Lanes, g, h, ref a4, ref b4);
                Step<TPair>(p1 + 2 * Lanes, q1 + 2 * Lanes, g, h, ref a5, ref b5);
                Step<TPair>(p2, q2, g, h, ref a6, ref b6);
                Step<TPair>(p2 + Lanes, q2 + Lanes, g, h, ref a7, ref b7);
                Step<TPair>(p2 + 2 * Lanes, q2 + 2 * Lanes, g, h, ref a8, ref b8);
                p0++;
                p1++;
                p2++;
                q0++;
                q1++;
                q2++;
            }

            p0 += skip;
            p1 += skip;
            p2 += skip;
            q0 += skip;
            q1 += skip;
            q2 += skip;
        }

        AddNine(sums, a0, a1, a2, a3, a4, a5, a6, a7, a8);
        if (TPair.HasOutputs || TPair.HasInputs)
        {
            AddNine(sums + nextSums, b0, b1, b2, b3, b4, b5, b6, b7, b8);
        }
    }

    /// <summary>One pixel's part of one position's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TPair>(float* input, float* nextInput, TVector first, TVector second, ref TVector firstSum, ref TVector secondSum)
        where TPair : IPair
    {
        TVector value = TOps.Create(*input);
        firstSum = TOps.MultiplyAdd(value, first, firstSum);
        if (TPair.HasOutputs)
        {
            secondSum = TOps.MultiplyAdd(value, second, secondSum);
        }

        if (TPair.HasInputs)
        {
            secondSum = TOps.MultiplyAdd(TOps.Create(*nextInput), second, secondSum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddNine(
        float* sums, TVector s0, TVector s1, TVector s2, TVector s3, TVector s4, TVector s5, TVector s6, TVector s7, TVector s8)
    {
        AddTo(sums, s0);
        AddTo(sums + 1 * Lanes, s1);
        AddTo(sums + 2 * Lanes, s2);
        AddTo(sums + 3 * Lanes, s3);
        AddTo(sums + 4 * Lanes, s4);
        AddTo(sums + 5 * Lanes, s5);
        AddTo(sums + 6 * Lanes, s6);
        AddTo(sums + 7 * Lanes, s7);
        AddTo(sums + 8 * Lanes, s8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(float* target, TVector value) => TOps.Store(target, TOps.Add(TOps.Load(target), value));

    /// <summary>What the second set of sums is of, as constants.</summary>
    private interface IPair
    {
        /// <summary>The same input channel and 16 more output channels.</summary>
        static abstract bool HasOutputs { get; }

        /// <summary>The next input channel and the same output channels.</summary>
        static abstract bool HasInputs { get; }
    }

    private readonly struct NoPair : IPair
    {
        public static bool HasOutputs => false;

        public static bool HasInputs => false;
    }

    private readonly struct OutputPair : IPair
    {
        public static bool HasOutputs => true;

        public static bool HasInputs => false;
    }

    private readonly struct InputPair : IPair
    {
        public static bool HasOutputs => false;

        public static bool HasInputs => true;
    }
}
