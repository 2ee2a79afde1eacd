using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>What was found about the kernels.</summary>
/// <param name="Time">When it was found.</param>
/// <param name="Machine">What was measured on.</param>
/// <param name="Peaks">The machine's multiply-adds.</param>
/// <param name="Bandwidths">The machine's caches and memory.</param>
/// <param name="Rows">The kernels.</param>
/// <param name="Minutes">How long it took.</param>
internal sealed record KernelsResult(
    DateTimeOffset Time, MachineDescription Machine, IReadOnlyList<MultiplyAddPeak> Peaks, IReadOnlyList<MemoryBandwidth> Bandwidths,
    IReadOnlyList<KernelRow> Rows, double Minutes);

/// <summary>One kernel.</summary>
/// <param name="Kernel">Forward, or which gradient.</param>
/// <param name="Shape">The layer's name.</param>
/// <param name="Width">The vectors.</param>
/// <param name="Density">Kept weights ÷ all weights.</param>
/// <param name="Microseconds">The time for a block of 16 images on one thread.</param>
/// <param name="GigaFlops">10⁹ operations a second of real work, by the median.</param>
/// <param name="OfPeak">That ÷ the peak of one thread.</param>
internal sealed record KernelRow(string Kernel, string Shape, VectorWidth Width, double Density, Times Microseconds, double GigaFlops, double OfPeak);

/// <summary>The times of some iterations: the shortest, and the middle half of them.</summary>
internal sealed record Times(double Least, double LowerQuartile, double Median, double UpperQuartile);
