namespace MLNet.RandomPruning;

/// <summary>What trains a network.</summary>
public enum TrainingEngineKind
{
    /// <summary><see cref="TorchSharp"/> where there is a CUDA device that libtorch can use, <see cref="Sparse"/> otherwise.</summary>
    Auto,

    /// <summary>The built-in engine on the CPU, which stores and computes kept weights only.</summary>
    Sparse,

    /// <summary>
    /// libtorch, on the CPU or on CUDA, with pruned weights as zeros. Needs TorchSharp's native libraries beside the program.
    /// </summary>
    TorchSharp,
}
