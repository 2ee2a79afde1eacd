namespace MLNet.RandomPruning.Torch;

/// <summary>In what precision convolutions run. Weights, gradients, momentum, statistics and the loss are 32-bit in all of them.</summary>
public enum TorchPrecision
{
    /// <summary>32-bit throughout: the same numbers as the sparse engine, within float tolerance.</summary>
    Float32,

    /// <summary>On CUDA, convolutions round their inputs to TensorFloat-32, with 10 bits of mantissa; elsewhere as <see cref="Float32"/>.</summary>
    TensorFloat32,

    /// <summary>Activations and the copy of the convolutions' weights that they are computed with are bfloat16, with 7 bits of mantissa.</summary>
    BFloat16,
}
