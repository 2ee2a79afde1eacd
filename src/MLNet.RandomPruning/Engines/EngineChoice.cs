using System.Runtime.CompilerServices;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Engines;

/// <summary>Which engine trains, and why. No TorchSharp assembly is loaded before one is really wanted.</summary>
/// <param name="Name">The engine's name: <c>Sparse</c> or <c>TorchSharp</c>.</param>
/// <param name="Reason">Why it was taken, for the log.</param>
/// <param name="Create">Makes the engine.</param>
internal sealed record EngineChoice(string Name, string Reason, TrainingEngineFactory Create)
{
    /// <summary>Chooses an engine.</summary>
    /// <param name="kind">What the user wants.</param>
    /// <param name="device">For TorchSharp: cpu, cuda, cuda:N or auto.</param>
    /// <param name="mixedPrecision">Whether TorchSharp runs convolutions in bfloat16, or the sparse engine keeps activations in it.</param>
    /// <exception cref="ArgumentException">The device's name is none.</exception>
    /// <exception cref="NotSupportedException">TorchSharp was asked for and libtorch is missing; says how to get it.</exception>
    public static EngineChoice Make(TrainingEngineKind kind, string device, bool mixedPrecision) => kind switch
    {
        TrainingEngineKind.Sparse => Sparse("it was asked for", mixedPrecision),
        TrainingEngineKind.TorchSharp => Required(device, mixedPrecision),
        TrainingEngineKind.Auto when !CudaDriver.HasDevice() => Sparse("there is no CUDA device", mixedPrecision),
        TrainingEngineKind.Auto => IfUsable(mixedPrecision),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An engine is Auto, Sparse or TorchSharp."),
    };

    private static EngineChoice Sparse(string reason, bool mixedPrecision) =>
        new("Sparse", reason, SparseTrainingEngine.Factory(mixedPrecision ? ActivationPrecision.BFloat16 : ActivationPrecision.Single));

    // In methods of their own: compiling them is what loads the assembly.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EngineChoice Required(string device, bool mixedPrecision) =>
        TorchRuntime.IsAvailable(out string? reason) ? Torch(device, mixedPrecision, "it was asked for") : throw new NotSupportedException(reason);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EngineChoice IfUsable(bool mixedPrecision) => TorchRuntime.HasCuda()
        ? Torch("cuda", mixedPrecision, "there is a CUDA device")
        : Sparse("there is a CUDA device, but libtorch is missing or cannot use it", mixedPrecision);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EngineChoice Torch(string device, bool mixedPrecision, string reason) => new("TorchSharp", reason,
        TorchSharpEngine.Factory(new TorchSharpEngineOptions { Device = device, Precision = mixedPrecision ? TorchPrecision.BFloat16 : TorchPrecision.Float32 }));
}
