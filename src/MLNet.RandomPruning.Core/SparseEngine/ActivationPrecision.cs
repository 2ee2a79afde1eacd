namespace MLNet.RandomPruning.SparseEngine;

/// <summary>How a training step keeps what the backward pass needs of the forward pass. All arithmetic is in single precision.</summary>
public enum ActivationPrecision
{
    /// <summary>32 bits: nothing is rounded on the way to memory.</summary>
    Single,

    /// <summary>
    /// bfloat16, the upper half of a single: 8 bits of precision, the full range of exponents. Steps move half as many bytes, which
    /// is what limits them at high sparsity, and training takes half the memory.
    /// </summary>
    BFloat16,
}
