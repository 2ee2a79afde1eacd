using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>Turns measured times into speeds.</summary>
/// <param name="peaks">What the machine can do, for each width that is measured.</param>
internal sealed class KernelSpeed(IReadOnlyList<MultiplyAddPeak> peaks)
{
    /// <summary>10⁹ operations a second of real work, by the median time; null without one.</summary>
    public static double? GigaFlops(BenchmarkCase benchmark, BenchmarkReport? report) =>
        report?.ResultStatistics is { } times ? KernelShape.Parse(Shape(benchmark)).Operations(Density(benchmark)) / times.Median : null;

    /// <summary>That speed ÷ the peak of one thread with vectors of the same width; null without a time.</summary>
    public double? OfPeak(BenchmarkCase benchmark, BenchmarkReport? report) =>
        GigaFlops(benchmark, report) / peaks.Single(peak => peak.Width == Width(benchmark) && peak.Threads == 1).GigaFlops;

    public static string Shape(BenchmarkCase benchmark) => (string)benchmark.Parameters[nameof(KernelBenchmarks.Shape)];

    public static double Density(BenchmarkCase benchmark) => (double)benchmark.Parameters[nameof(KernelBenchmarks.Density)];

    public static VectorWidth Width(BenchmarkCase benchmark) => (VectorWidth)benchmark.Parameters[nameof(KernelBenchmarks.Width)];
}
