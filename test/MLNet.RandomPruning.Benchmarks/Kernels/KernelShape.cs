using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>A 3×3 convolution with a border of one pixel.</summary>
/// <param name="Inputs">The number of input channels.</param>
/// <param name="Outputs">The number of output channels.</param>
/// <param name="Size">Rows and columns of the input.</param>
/// <param name="Stride">The convolution's stride.</param>
internal sealed record KernelShape(int Inputs, int Outputs, int Size, int Stride)
{
    private const int KernelSize = 3, Padding = 1;

    /// <summary>The layers of ResNet-20-16, and the widest planes of ResNet-20-32.</summary>
    public static IReadOnlyList<KernelShape> All { get; } =
        [new(16, 16, 32, 1), new(32, 32, 16, 1), new(64, 64, 8, 1), new(16, 32, 32, 2), new(32, 32, 32, 1)];

    /// <summary>For example 16-32@32/2: channels in and out, rows and columns of the input, and the stride if it is not 1.</summary>
    public string Name => $"{Inputs}-{Outputs}@{Size}{(Stride == 1 ? "" : $"/{Stride}")}";

    /// <summary>The shape of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static KernelShape Parse(string name) => All.FirstOrDefault(shape => shape.Name == name)
        ?? throw new ArgumentException($"'{name}' must be one of {string.Join(", ", All.Select(shape => shape.Name))}.");

    /// <summary>The layer itself.</summary>
    public ConvolutionLayer MakeLayer() => new(Name, 0, new ImageShape(Inputs, Size, Size), Outputs, KernelSize, Stride, Padding);

    /// <summary>The number of weights that are kept at a density.</summary>
    public int Kept(double density) => Math.Max(1, (int)Math.Round(density * Inputs * Outputs * KernelSize * KernelSize));

    /// <summary>
    /// The operations that a block of 16 images takes, forward or either way back: a multiplication and an addition for each kept
    /// weight, output pixel and image.
    /// </summary>
    public double Operations(double density)
    {
        double side = (Size + Stride - 1) / Stride;
        return 2.0 * Kept(density) * side * side * SparseKernels.Lanes;
    }
}
