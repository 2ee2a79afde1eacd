using System.Runtime.CompilerServices;

namespace MLNet.RandomPruning.SparseEngine;

internal unsafe partial class SparseKernels<TOps, TVector>
{
    // The kernels of a tiling differ from those of a block in what they spend around the taps: one image has few pixels and, when
    // sparse, few taps to a list, so a list may not cost a call, nor a branch a pixel. What is too small for eight sums goes
    // by two output channels at a time, since four multiply-adds alone would wait for one another.
    public override void ConvolveTiles(in TileJob job)
    {
        switch (job.Stride)
        {
            case 1:
                ConvolveTiles<Stride1>(job);
                break;
            case 2:
                ConvolveTiles<Stride2>(job);
                break;
            default:
                throw new NotSupportedException($"The sparse engine has no kernels for stride {job.Stride}; it has them for 1 and 2.");
        }
    }

    private static void ConvolveTiles<TStride>(in TileJob job)
        where TStride : IStride
    {
        for (int row = 0; row < job.Rows;)
        {
            int rows = TOps.HasManyRegisters && row + 2 <= job.Rows ? 2 : 1;
            for (int column = 0; column < job.Columns;)
            {
                int columns = TileColumns(job.Columns - column);

                // The columns that fill no tile of 8 are few; two rows of them are done one by one.
                for (int within = 0; within < (columns == 8 ? 1 : rows); within++)
                {
                    float* input = job.Input + (row + within) * job.InputRow + column * TStride.Pixel;
                    float* output = job.Output + (row + within) * job.OutputRow + column * Lanes;
                    for (int group = 0; group < job.Taps.Groups; group++)
                    {
                        for (int lane = 0; lane < Lanes; lane += TOps.Count)
                        {
                            Lists<TStride>(new ListRange(job, group), input + lane, output + lane, columns == 8 ? rows : 1, columns);
                        }
                    }
                }

                column += columns;
            }

            row += rows;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lists<TStride>(in ListRange range, float* input, float* output, int rows, int columns)
        where TStride : IStride
    {
        switch (columns)
        {
            case 8 when rows == 2:
                Lists2x8<TStride>(range, input, output);
                break;
            case 8:
                Lists1x8<TStride>(range, input, output);
                break;
            case 4:
                Lists1x4<TStride>(range, input, output);
                break;
            default:
                Lists1x1(range, input, output);
                break;
        }
    }

    /// <summary>The lists of a range for 1×4 pixels, by twos; the last of an odd number stands for both, and is written twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lists1x4<TStride>(in ListRange range, float* input, float* output)
        where TStride : IStride
    {
        int* starts = range.Starts, offsets = range.Offsets;
        float* values = range.Values;
        for (int channel = range.First; channel < range.Last; channel += 2)
        {
            int other = Math.Min(channel + 1, range.Last - 1);
            float* p = output + channel * range.OutputPlane, q = output + other * range.OutputPlane;
            TVector a0, a1, a2, a3, b0, b1, b2, b3;
            if (range.Load)
            {
                (a0, a1, a2, a3) = (TOps.Load(p), TOps.Load(p + Lanes), TOps.Load(p + 2 * Lanes), TOps.Load(p + 3 * Lanes));
                (b0, b1, b2, b3) = (TOps.Load(q), TOps.Load(q + Lanes), TOps.Load(q + 2 * Lanes), TOps.Load(q + 3 * Lanes));
            }
            else
            {
                a0 = a1 = a2 = a3 = TOps.Create(range.Bias(channel));
                b0 = b1 = b2 = b3 = TOps.Create(range.Bias(other));
            }

            int i = starts[channel], end = starts[channel + 1], j = starts[other], otherEnd = starts[other + 1];
            for (int both = Math.Min(end - i, otherEnd - j); both > 0; both--, i++, j++)
            {
                TVector weight = TOps.Create(values[i]);
                float* at = input + offsets[i];
                a0 = TOps.MultiplyAdd(TOps.Load(at), weight, a0);
                a1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, a1);
                a2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, a2);
                a3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, a3);
                weight = TOps.Create(values[j]);
                at = input + offsets[j];
                b0 = TOps.MultiplyAdd(TOps.Load(at), weight, b0);
                b1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, b1);
                b2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, b2);
                b3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, b3);
            }

            for (; i < end; i++)
            {
                TVector weight = TOps.Create(values[i]);
                float* at = input + offsets[i];
                a0 = TOps.MultiplyAdd(TOps.Load(at), weight, a0);
                a1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, a1);
                a2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, a2);
                a3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, a3);
            }

            for (; j < otherEnd; j++)
            {
                TVector weight = TOps.Create(values[j]);
                float* at = input + offsets[j];
                b0 = TOps.MultiplyAdd(TOps.Load(at), weight, b0);
                b1 = TOps.MultiplyAdd(TOps.Load(at + 1 * TStride.Pixel), weight, b1);
                b2 = TOps.MultiplyAdd(TOps.Load(at + 2 * TStride.Pixel), weight, b2);
                b3 = TOps.MultiplyAdd(TOps.Load(at + 3 * TStride.Pixel), weight, b3);
            }

            if (range.AddResidual)
            {
                float* r = p + range.Residual, t = q + range.Residual;
                (a0, a1, a2, a3) = (TOps.Add(a0, TOps.Load(r)), TOps.Add(a1, TOps.Load(r + Lanes)), TOps.Add(a2, TOps.Load(r + 2 * Lanes)), TOps.Add(a3, TOps.Load(r + 3 * Lanes)));
                (b0, b1, b2, b3) = (TOps.Add(b0, TOps.Load(t)), TOps.Add(b1, TOps.Load(t + Lanes)), TOps.Add(b2, TOps.Load(t + 2 * Lanes)), TOps.Add(b3, TOps.Load(t + 3 * Lanes)));
            }

            if (range.Relu)
            {
                (a0, a1, a2, a3) = (TOps.Relu(a0), TOps.Relu(a1), TOps.Relu(a2), TOps.Relu(a3));
                (b0, b1, b2, b3) = (TOps.Relu(b0), TOps.Relu(b1), TOps.Relu(b2), TOps.Relu(b3));
            }

            TOps.Store(p, a0);
            TOps.Store(p + Lanes, a1);
            TOps.Store(p + 2 * Lanes, a2);
            TOps.Store(p + 3 * Lanes, a3);
            TOps.Store(q, b0);
            TOps.Store(q + Lanes, b1);
            TOps.Store(q + 2 * Lanes, b2);
            TOps.Store(q + 3 * Lanes, b3);
        }
    }

    /// <summary>The lists of a range for one pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lists1x1(in ListRange range, float* input, float* output)
    {
        for (int channel = range.First; channel < range.Last; channel++)
        {
            float* target = output + channel * range.OutputPlane;
            TVector sum = range.Load ? TOps.Load(target) : TOps.Create(range.Bias(channel));
            for (int tap = range.Starts[channel]; tap < range.Starts[channel + 1]; tap++)
            {
                sum = TOps.MultiplyAdd(TOps.Load(input + range.Offsets[tap]), TOps.Create(range.Values[tap]), sum);
            }

            sum = range.AddResidual ? TOps.Add(sum, TOps.Load(target + range.Residual)) : sum;
            TOps.Store(target, range.Relu ? TOps.Relu(sum) : sum);
        }
    }

    /// <summary>What the lists of one group and of some neighbouring output channels do to a few pixels.</summary>
    private readonly struct ListRange
    {
        public readonly int* Starts;
        public readonly int* Offsets;
        public readonly float* Values;
        public readonly nint InputRow, OutputRow, OutputPlane;

        /// <summary>From an output to its residual.</summary>
        public readonly nint Residual;

        /// <summary>The first output channel, and the one behind the last.</summary>
        public readonly int First, Last;

        /// <summary>Whether the sums go on from what the output holds.</summary>
        public readonly bool Load;

        public readonly bool AddResidual, Relu;

        private readonly float* _biases;

        public ListRange(in TileJob job, int group)
        {
            bool isLast = group == job.Taps.Groups - 1;
            Starts = job.Taps.Starts + group * job.Taps.Outputs;
            Offsets = job.Taps.Offsets;
            Values = job.Taps.Values;
            (InputRow, OutputRow, OutputPlane) = (job.InputRow, job.OutputRow, job.OutputPlane);
            (First, Last) = (job.FirstOutput, job.LastOutput);
            Load = job.Accumulate || group > 0;
            AddResidual = isLast && job.Residual != null;
            Residual = AddResidual ? (nint)(job.Residual - job.Output) : 0;
            Relu = isLast && job.Relu;
            _biases = group == 0 ? job.Biases : null;
        }

        public float Bias(int channel) => _biases != null ? _biases[channel] : 0;
    }
}
