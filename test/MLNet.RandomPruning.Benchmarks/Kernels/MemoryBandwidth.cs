using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>How fast the machine's caches and memory are when read and written from one end to the other.</summary>
/// <param name="Level">L1, L2, L3 or memory.</param>
/// <param name="BytesPerThread">What each thread walks over.</param>
/// <param name="Threads">The number of threads at the same time, each with bytes of its own.</param>
/// <param name="ReadGigabytes">10⁹ bytes read a second, of all threads together.</param>
/// <param name="WriteGigabytes">The same, written; what the processor reads in order to write is not counted.</param>
internal sealed record MemoryBandwidth(string Level, long BytesPerThread, int Threads, double ReadGigabytes, double WriteGigabytes)
{
    // A round takes long against the start of threads, but not so long that something always disturbs it. A pass over large memory is a round.
    private const long BytesPerRound = 32 << 20;

    private const int VectorsAtOnce = 8;

    private const long LeastMemory = 128 << 20;

    /// <summary>Measures all levels; those of a machine that does not tell its caches are guessed.</summary>
    public static IEnumerable<MemoryBandwidth> MeasureAll(IReadOnlyList<CacheDescription> caches, int threads)
    {
        long? SizeOf(int level) => caches.FirstOrDefault(cache => cache.Level == level && cache.Kind != "Instruction")?.Bytes;
        long first = SizeOf(1) ?? 32 << 10, second = SizeOf(2) ?? 512 << 10;
        yield return Measure("L1", first / 2, threads);
        yield return Measure("L2", second / 2, threads);
        if (SizeOf(3) is { } third)
        {
            // All threads share it, perhaps with other machines on the same processor.
            yield return Measure("L3", Math.Max(2 * second, third / 4 / threads), threads);
        }

        yield return Measure("memory", Math.Max(LeastMemory, 4 * (SizeOf(3) ?? second)) / threads, threads);
    }

    private static MemoryBandwidth Measure(string level, long bytes, int threads) => VectorWidths.Resolve(VectorWidth.Auto) switch
    {
        VectorWidth.Vector512 => Measure<Vector512Floats, Vector512<float>>(level, bytes, threads),
        VectorWidth.Vector256 => Measure<Vector256Floats, Vector256<float>>(level, bytes, threads),
        VectorWidth.Vector128 => Measure<Vector128Floats, Vector128<float>>(level, bytes, threads),
        _ => Measure<ScalarVector, float>(level, bytes, threads),
    };

    private static unsafe MemoryBandwidth Measure<TOps, TVector>(string level, long bytes, int threads)
        where TOps : struct, IVector<TVector>
        where TVector : struct
    {
        // Whole steps of the loops, whatever the width.
        long floats = bytes / sizeof(float) / (VectorsAtOnce * SparseKernels.Lanes) * (VectorsAtOnce * SparseKernels.Lanes);
        long passes = Math.Max(1, BytesPerRound / (floats * sizeof(float)));
        double Rate(Action<AlignedBuffer> pass)
        {
            var buffers = new ConcurrentBag<AlignedBuffer>();
            double seconds = Simultaneous.ShortestRound(threads, () =>
            {
                // Made by the thread that uses it, so that it lies in that processor's memory.
                var buffer = new AlignedBuffer(floats);
                buffers.Add(buffer);
                return () =>
                {
                    for (long time = 0; time < passes; time++)
                    {
                        pass(buffer);
                    }
                };
            });
            foreach (var buffer in buffers)
            {
                buffer.Dispose();
            }

            return (double)floats * sizeof(float) * passes * threads / seconds / 1e9;
        }

        return new MemoryBandwidth(
            level, floats * sizeof(float), threads, Rate(buffer => Read<TOps, TVector>(buffer.Pointer, buffer.Pointer + buffer.Length)),
            Rate(buffer => Write<TOps, TVector>(buffer.Pointer, buffer.Pointer + buffer.Length)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static unsafe float Read<TOps, TVector>(float* from, float* end)
        where TOps : struct, IVector<TVector>
        where TVector : struct
    {
        TVector a = TOps.Create(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        for (; from < end; from += VectorsAtOnce * TOps.Count)
        {
            a = TOps.Add(a, TOps.Load(from));
            b = TOps.Add(b, TOps.Load(from + TOps.Count));
            c = TOps.Add(c, TOps.Load(from + 2 * TOps.Count));
            d = TOps.Add(d, TOps.Load(from + 3 * TOps.Count));
            e = TOps.Add(e, TOps.Load(from + 4 * TOps.Count));
            f = TOps.Add(f, TOps.Load(from + 5 * TOps.Count));
            g = TOps.Add(g, TOps.Load(from + 6 * TOps.Count));
            h = TOps.Add(h, TOps.Load(from + 7 * TOps.Count));
        }

        float* sum = stackalloc float[SparseKernels.Lanes];
        TOps.Store(sum, TOps.Add(TOps.Add(TOps.Add(a, b), TOps.Add(c, d)), TOps.Add(TOps.Add(e, f), TOps.Add(g, h))));
        return *sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static unsafe void Write<TOps, TVector>(float* to, float* end)
        where TOps : struct, IVector<TVector>
        where TVector : struct
    {
        TVector value = TOps.Create(1);
        for (; to < end; to += VectorsAtOnce * TOps.Count)
        {
            TOps.Store(to, value);
            TOps.Store(to + TOps.Count, value);
            TOps.Store(to + 2 * TOps.Count, value);
            TOps.Store(to + 3 * TOps.Count, value);
            TOps.Store(to + 4 * TOps.Count, value);
            TOps.Store(to + 5 * TOps.Count, value);
            TOps.Store(to + 6 * TOps.Count, value);
            TOps.Store(to + 7 * TOps.Count, value);
        }
    }
}
