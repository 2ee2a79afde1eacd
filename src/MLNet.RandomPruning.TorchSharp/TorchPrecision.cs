namespace MLNet.RandomPruning.Torch;

/// <summary>
/// In what precision the engine computes. Below 64 bits it is that of the convolutions: weights, gradients, momentum, statistics
/// and the loss are 32-bit then.
/// </summary>
public enum TorchPrecision
{
    /// <summary>32-bit throughout: the same numbers as the sparse engine, within float tolerance.</summary>
    Float32,

    /// <summary>On CUDA, convolutions round their inputs to TensorFloat-32, with 10 bits of mantissa; elsewhere as <see cref="Float32"/>.</summary>
    TensorFloat32,

    /// <summary>Activations and the copy of the convolutions' weights that they are computed with are bfloat16, with 7 bits of mantissa.</summary>
    BFloat16,

    /// <summary>64-bit throughout, weights and momentum included; several times slower. What the others are measured against.</summary>
    Float64,
}
