using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>How many operations a second the machine's multiply-adds come to when nothing holds them up.</summary>
/// <param name="Width">The vectors.</param>
/// <param name="Threads">The number of threads at the same time.</param>
/// <param name="GigaFlops">10⁹ operations a second, of all threads together; a multiply-add is two.</param>
internal sealed record MultiplyAddPeak(VectorWidth Width, int Threads, double GigaFlops)
{
    // More chains than a multiply-add's latency times the units that do it, and few enough for 16 registers.
    private const int Chains = 12, Steps = 100_000;

    /// <summary>Measures it.</summary>
    public static MultiplyAddPeak Measure(VectorWidth width, int threads) => new(width, threads, width switch
    {
        VectorWidth.Vector512 => Measure<Vector512Floats, Vector512<float>>(threads),
        VectorWidth.Vector256 => Measure<Vector256Floats, Vector256<float>>(threads),
        VectorWidth.Vector128 => Measure<Vector128Floats, Vector128<float>>(threads),
        _ => Measure<ScalarVector, float>(threads),
    });

    private static double Measure<TOps, TVector>(int threads)
        where TOps : struct, IVector<TVector>
        where TVector : struct =>
        2.0 * Chains * Steps * TOps.Count * threads / Simultaneous.ShortestRound(threads, () => () => Run<TOps, TVector>(Steps)) / 1e9;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static unsafe float Run<TOps, TVector>(int steps)
        where TOps : struct, IVector<TVector>
        where TVector : struct
    {
        TVector x = TOps.Create(1.0001f), y = TOps.Create(1e-6f);
        TVector a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int step = 0; step < steps; step++)
        {
            a = TOps.MultiplyAdd(x, y, a);
            b = TOps.MultiplyAdd(x, y, b);
            c = TOps.MultiplyAdd(x, y, c);
            d = TOps.MultiplyAdd(x, y, d);
            e = TOps.MultiplyAdd(x, y, e);
            f = TOps.MultiplyAdd(x, y, f);
            g = TOps.MultiplyAdd(x, y, g);
            h = TOps.MultiplyAdd(x, y, h);
            i = TOps.MultiplyAdd(x, y, i);
            j = TOps.MultiplyAdd(x, y, j);
            k = TOps.MultiplyAdd(x, y, k);
            l = TOps.MultiplyAdd(x, y, l);
        }

        TVector abcd = TOps.Add(TOps.Add(a, b), TOps.Add(c, d)), efgh = TOps.Add(TOps.Add(e, f), TOps.Add(g, h)), ijkl = TOps.Add(TOps.Add(i, j), TOps.Add(k, l));
        float* sum = stackalloc float[SparseKernels.Lanes];
        TOps.Store(sum, TOps.Add(TOps.Add(abcd, efgh), ijkl));
        return *sum;
    }
}
