namespace MLNet.RandomPruning.Torch;

/// <summary>Where and how the TorchSharp engine computes.</summary>
public sealed record TorchSharpEngineOptions
{
    /// <summary>
    /// <c>cpu</c>, <c>cuda</c> (its current device), <c>cuda:N</c>, or <c>auto</c>: CUDA where there is one, the CPU otherwise.
    /// </summary>
    public string Device { get; init; } = "auto";

    /// <summary>In what precision convolutions run.</summary>
    public TorchPrecision Precision { get; init; } = TorchPrecision.Float32;

    /// <summary>
    /// Whether image sets are copied to the device once, as bytes, and cropped and mirrored there; null for: on CUDA. Otherwise
    /// each batch is prepared on the CPU.
    /// </summary>
    public bool? KeepImagesOnDevice { get; init; }

    /// <summary>The most bytes of images that are kept on the device; the batches of larger sets are prepared on the CPU.</summary>
    public long MaximumImageBytes { get; init; } = 8L << 30;
}
