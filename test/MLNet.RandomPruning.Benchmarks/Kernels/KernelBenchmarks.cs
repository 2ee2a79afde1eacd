using BenchmarkDotNet.Attributes;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>The three kernels that a training step spends most of its time in, each over one block of 16 images and on one thread.</summary>
public class KernelBenchmarks
{
    private KernelWork? _work;

    /// <summary>The names of all shapes.</summary>
    public static IEnumerable<string> Shapes => KernelShape.All.Select(shape => shape.Name);

    /// <summary>All densities, kept weights ÷ all weights.</summary>
    public static IEnumerable<double> Densities => [1, 0.5, 0.2, 0.1, 0.05, 0.025];

    /// <summary>All vector widths, also those that this machine lacks.</summary>
    public static IEnumerable<VectorWidth> Widths => [VectorWidth.Scalar, VectorWidth.Vector128, VectorWidth.Vector256, VectorWidth.Vector512];

    /// <summary>The layer, one of <see cref="Shapes"/>.</summary>
    [ParamsSource(nameof(Shapes))]
    public string Shape { get; set; } = "";

    /// <summary>The share of kept weights.</summary>
    [ParamsSource(nameof(Densities))]
    public double Density { get; set; }

    /// <summary>The kernels' vectors.</summary>
    [ParamsSource(nameof(Widths))]
    public VectorWidth Width { get; set; }

    /// <summary>Makes the layer.</summary>
    [GlobalSetup]
    public void Setup() => _work = new KernelWork(KernelShape.Parse(Shape), Density, Width);

    /// <summary>Gives its memory back.</summary>
    [GlobalCleanup]
    public void Cleanup() => _work?.Dispose();

    /// <summary>The convolution.</summary>
    [Benchmark(Description = "forward")]
    public void Forward() => _work!.Forward();

    /// <summary>The gradient of the convolution's input.</summary>
    [Benchmark(Description = "gradient of input")]
    public void InputGradient() => _work!.InputGradient();

    /// <summary>The gradient of the kept weights.</summary>
    [Benchmark(Description = "gradient of weights")]
    public void WeightGradient() => _work!.WeightGradient();
}
